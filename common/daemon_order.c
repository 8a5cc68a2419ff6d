/* Requests whose order counts: once one of them was refused for a reason that time cures, those
 * behind it in the session wait until it comes again, lest they overtake it. Correlations tell what
 * is behind. Touches nothing. */
#include "common/daemon_private.h"

void daemon_note_order(const struct pending *pending, enum err code)
{
	struct bus_session *session = pending->session;

	if (!session || !pending->request.ordered || !err_retryable(code))
		return;
	if (!uuid_is_nil(session->held) && session->held_at <= pending->correlation)
		return;
	session->held = pending->request.key;
	session->held_at = pending->correlation;
}

bool daemon_must_queue(const struct pending *pending)
{
	struct bus_session *session = pending->session;

	if (!session || !pending->request.ordered || uuid_is_nil(session->held))
		return false;
	if (!uuid_equal(pending->request.key, session->held))
		return pending->correlation > session->held_at;
	session->held = (struct uuid){{0}};
	return false;
}
