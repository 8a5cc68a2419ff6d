/* One mail handed to a mail server, from MAIL FROM to the last answer (RFC 5321 sections 3.3, 4.2):
 * the dialogue without the connection, so that nothing in it can wait. libcurl connects, encrypts
 * and authenticates before it; libcurl's own dialogue waits for the last answer and would stop the
 * loop.
 *
 *      MAIL FROM --250--> RCPT TO --25x--> DATA --354--> content --2xx--> over
 *      any other answer: over */
#ifndef SERVICES_NOTIFICATION_SMTP_TALK_H
#define SERVICES_NOTIFICATION_SMTP_TALK_H

#include "common/bytes.h"
#include "proto/notification.h"

enum smtp_step { SMTP_MAIL, SMTP_RCPT, SMTP_DATA, SMTP_CONTENT, SMTP_OVER };

struct smtp_talk {
	enum smtp_step step;
	const char *to;
	struct bytes mail;
	struct buffer out; /* of this step */
	size_t sent;       /* of out */
	char line[4];      /* how the line that is being received begins */
	size_t line_n;     /* its length so far */
	int64_t code;      /* of the last whole answer; 0: none */
	bool garbled;      /* it was none that may come here */
	bool after_content;
};

/* from and to are good addresses; to and mail must outlive the talk. */
void smtp_talk_init(struct smtp_talk *talk, const char *from, const char *to, struct bytes mail);
void smtp_talk_done(struct smtp_talk *talk);

/* What is to be sent now, and how much of it was. */
struct bytes smtp_talk_out(const struct smtp_talk *talk);
void smtp_talk_sent(struct smtp_talk *talk, size_t n);

/* Bytes received. */
void smtp_talk_in(struct smtp_talk *talk, struct bytes in);

/* How it ended, when it is over or the connection is lost: uncertain only when the whole content
 * was sent and no answer came. */
enum send_outcome smtp_talk_outcome(const struct smtp_talk *talk);

#endif
