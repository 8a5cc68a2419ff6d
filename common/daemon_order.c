/* Requests whose order counts: once one of them was refused for a reason that time cures, those
 * behind it in the session wait until it comes again, lest they overtake it. Touches nothing. */
#include "common/daemon_private.h"

void daemon_note_order(const struct pending *pending, enum err code)
{
	struct bus_session *session = pending->session;

	if (session && pending->request.ordered && err_retryable(code) &&
		uuid_is_nil(session->held))
		session->held = pending->request.key;
}

bool daemon_must_queue(const struct pending *pending)
{
	struct bus_session *session = pending->session;

	if (!session || !pending->request.ordered || uuid_is_nil(session->held))
		return false;
	if (!uuid_equal(pending->request.key, session->held))
		return true;
	session->held = (struct uuid){{0}};
	return false;
}
