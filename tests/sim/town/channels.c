/* The channels of notification, in place of libcurl and the spool: a mail server and a gateway that
 * answer after a while, well or badly, or not at all. Touches nothing. */
#include <stdlib.h>

#include "services/notification/sender_curl.h"
#include "services/notification/spool.h"
#include "tests/sim/town/sim.h"

struct sending {
	struct sending *next;
	struct sender *sender;
	struct event event;
	struct sender_answer answer;
};

struct sender {
	struct node *node;
	struct sender_call call;
	struct sending *first;
};

enum err sender_open(struct loop *loop, const struct notification_settings *settings,
	struct sender_call call, struct sender **ret)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	(void)settings;
	*ret = sender;
	if (!sender)
		return ERR_NO_MEMORY;
	*sender = (struct sender){.node = loop->node, .call = call};
	return ERR_OK;
}

void sender_close(struct sender *sender)
{
	while (sender && sender->first) {
		struct sending *sending = sender->first;
		sender->first = sending->next;
		event_drop(&sending->event);
		free(sending);
	}
	free(sender);
}

static void run_sending(struct event *event)
{
	struct sending *sending = OWNER_OF(event, struct sending, event);
	struct sender *sender = sending->sender;
	struct sender_answer answer = sending->answer;
	struct sending **at = &sender->first;

	while (*at != sending)
		at = &(*at)->next;
	*at = sending->next;
	free(sending);
	sender->call.fn(sender->call.ctx, &answer);
}

static enum send_outcome draw_outcome(void)
{
	static const enum send_outcome bad[] = {send_outcome_refused, send_outcome_no_answer,
		send_outcome_uncertain, send_outcome_no_answer};

	if (chance(FOR_CHANNELS, 4))
		return send_outcome_sent;
	return bad[chance(FOR_CHANNELS, sizeof(bad) / sizeof(bad[0]))];
}

static enum err start(struct sender *sender, struct uuid message)
{
	struct sending *sending = calloc(1, sizeof(*sending));

	if (!sending)
		return ERR_NO_MEMORY;
	sending->sender = sender;
	sending->next = sender->first;
	sender->first = sending;
	sending->answer = (struct sender_answer){
		.message = message, .outcome = draw_outcome(), .why = "simulated"};
	sending->event =
		(struct event){.node = sender->node, .kind = STEP_TIMER, .run = run_sending};
	event_set(&sending->event, world.now + chance_skewed(FOR_CHANNELS, 5, 20000));
	return ERR_OK;
}

enum err sender_start_mail(
	struct sender *sender, struct uuid message, const char *to, struct bytes mail)
{
	if (!to[0] || mail.n == 0)
		return ERR_INVALID;
	return start(sender, message);
}

enum err sender_start_sms(struct sender *sender, struct uuid message, struct bytes json)
{
	return json.n ? start(sender, message) : ERR_INVALID;
}

enum err spool_open(const char *dir, struct reason *reason)
{
	(void)dir;
	(void)reason;
	return ERR_OK;
}

enum err spool_write(
	const char *dir, const struct message_view *message, int64_t now, struct arena *arena)
{
	(void)dir;
	(void)message;
	(void)now;
	(void)arena;
	return chance(FOR_CHANNELS, 8) ? ERR_OK : ERR_SYSTEM;
}

enum err spool_remove(const char *dir, struct uuid message)
{
	(void)dir;
	(void)message;
	return ERR_OK;
}
