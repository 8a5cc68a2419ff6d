/* Electronic mail as it goes over the wire: RFC 5322 with MIME (RFC 2045, 2047). */
#ifndef SERVICES_NOTIFICATION_MAIL_H
#define SERVICES_NOTIFICATION_MAIL_H

#include "services/notification/settings.h"
#include "services/notification/trees.h"

/* One plain ASCII address (local@domain) that is safe in a header and in an SMTP command. */
bool mail_address_good(struct text address);

/* Appends the whole mail, lines ending with CRLF. The Message-ID is made of the message's id, so
 * that a second delivery of the same message can be told as such. The address must be good. */
void mail_compose(const struct notification_settings *settings, const struct message_view *message,
	int64_t now, struct buffer *out);

#endif
