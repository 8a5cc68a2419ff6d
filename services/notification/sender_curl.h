/* Sending over the network without ever waiting for it: electronic mail over SMTP (RFC 5321,
 * STARTTLS RFC 3207, AUTH RFC 4954) and text messages over the gateway's HTTP, by libcurl on the
 * daemon's loop. */
#ifndef SERVICES_NOTIFICATION_SENDER_CURL_H
#define SERVICES_NOTIFICATION_SENDER_CURL_H

#include "common/loop.h"
#include "services/notification/settings.h"
#include "services/notification/trees.h"

struct sender;

/* How a try ended. Uncertain only when all bytes were handed over and no answer came. */
struct sender_answer {
	struct uuid message;
	enum send_outcome outcome;
	int64_t code;    /* SMTP or HTTP; 0: none */
	const char *why; /* libcurl's words for it, which name nobody */
};

/* Called once for each started try, from the loop. */
struct sender_call {
	void (*fn)(void *ctx, const struct sender_answer *answer);
	void *ctx;
};

/* settings must outlive the sender. */
enum err sender_open(struct loop *loop, const struct notification_settings *settings,
	struct sender_call call, struct sender **ret) MUST_USE;

/* Ends what is under way without an answer; never waits. */
void sender_close(struct sender *sender);

/* mail: as mail_compose writes it; to: a good address. Both are copied. An error: not started. */
enum err sender_start_mail(
	struct sender *sender, struct uuid message, const char *to, struct bytes mail) MUST_USE;

/* json: what the gateway expects; copied. */
enum err sender_start_sms(struct sender *sender, struct uuid message, struct bytes json) MUST_USE;

#endif
