/* What operators say to any node: about its queues, following and epochs. Touches nothing. */
#include "tests/sim/town/workload_private.h"

/* None is there: one that never was, when just this command is wanted, and at times. */
static const struct thing *some_aside(struct saying *s)
{
	static const struct thing nothing = {
		.node = NODE_EMPLOYMENT, .name = {"intake", 6, false}, .version = 1};
	const struct thing *aside = any(s->w, ASIDE, ANY_NODE, ANY_STATE);

	if (!aside && (s->only || one_in(s->w, 2)))
		aside = &nothing;
	if (aside)
		s->deed->node = aside->node;
	return aside;
}

/* One record, or all about its entity, or all there are. */
static bool mend_aside(struct saying *s, struct mend_queue *c)
{
	const struct thing *aside = some_aside(s);
	struct queue_filter *filter = arena_alloc(s->arena, sizeof(*filter));
	struct text *item = arena_alloc(s->arena, sizeof(*item));

	if (!aside || !filter || !item)
		return false;
	*item = text_of(arena_printf(s->arena, "%lld", (long long)aside->version));
	*filter = (struct queue_filter){.entity = one_in(s->w, 3) ? (struct uuid){{0}} : aside->id};
	c->queue = text_of(
		arena_printf(s->arena, "quarantine/%.*s", (int)aside->name.n, aside->name.p));
	if (one_in(s->w, 2) || uuid_is_nil(aside->id)) {
		c->items.n = 1;
		c->items.at = item;
	} else {
		c->filter = filter;
	}
	return true;
}

/* A message that is known, with a verb that does something to it; or all of a channel. */
static bool mend_outbox(struct saying *s, struct mend_queue *c)
{
	const struct thing *message = any(s->w, MESSAGES, NODE_NOTIFICATION,
		STATE(message_state_pending) | STATE(message_state_uncertain) |
			STATE(message_state_failed) | STATE(message_state_buried));
	struct queue_filter *filter = arena_alloc(s->arena, sizeof(*filter));
	char *id = arena_alloc(s->arena, UUID_TEXT_BYTES);
	struct text *item = arena_alloc(s->arena, sizeof(*item));
	unsigned channel = message ? message->other : contact_email;

	if (!filter || !id || !item)
		return false;
	*filter = (struct queue_filter){.older_ms = (int64_t)pick(s->w, 2)};
	c->queue = text_of(arena_printf(s->arena, "outbox/%s", enum_word(words_contact, channel)));
	c->twice = one_in(s->w, 2);
	s->deed->node = NODE_NOTIFICATION;
	if (!message || one_in(s->w, 4)) {
		c->filter = filter;
		return true;
	}
	uuid_format(message->id, id);
	*item = text_of(id);
	c->items.n = 1;
	c->items.at = item;
	if (message->state == message_state_buried)
		c->verb = mend_verb_kick;
	return true;
}

static bool fill_mend(struct saying *s, void *fields)
{
	static const enum mend_verb verbs[] = {mend_verb_retry, mend_verb_retry, mend_verb_bury,
		mend_verb_drop, mend_verb_bury, mend_verb_kick};
	struct mend_queue *c = fields;

	*c = (struct mend_queue){.verb = verbs[pick(s->w, 6)],
		.dry_run = one_in(s->w, 8),
		.reason = text_of("cannot be mended"),
		.by = text_of("Ida Drift")};
	return one_in(s->w, 2) ? mend_outbox(s, c) : mend_aside(s, c);
}

/* One that the node has. */
static struct text some_queue(struct saying *s)
{
	static const char *const outboxes[] = {"outbox/email", "outbox/sms", "outbox/letter"};
	static const char *const links[] = {"link/reporting", "link/notification"};
	unsigned node = s->deed->node;

	if (node == NODE_NOTIFICATION && one_in(s->w, 2))
		return text_of(outboxes[pick(s->w, 3)]);
	if (node == NODE_REPORTING || (node != NODE_INTAKE && one_in(s->w, 2)))
		return text_of("from/intake");
	return text_of(links[node == NODE_NOTIFICATION ? 0 : pick(s->w, 2)]);
}

/* A short time, so that it ends while the world heals. */
static bool fill_pause(struct saying *s, void *fields)
{
	struct pause_queue *c = fields;

	*c = (struct pause_queue){.queue = some_queue(s),
		.until = s->now + 1000 + (int64_t)pick(s->w, 8000),
		.reason = text_of("to see what happens"),
		.by = text_of("Ida Drift")};
	s->w->paused_node = s->deed->node;
	s->w->paused = c->queue;
	return true;
}

static bool fill_resume(struct saying *s, void *fields)
{
	struct resume_queue *c = fields;

	if (s->w->paused.n == 0)
		return false;
	*c = (struct resume_queue){.queue = s->w->paused,
		.reason = text_of("it was seen"),
		.by = text_of("Ida Drift")};
	s->deed->node = s->w->paused_node;
	return true;
}

static bool fill_refollow(struct saying *s, void *fields)
{
	static const char *const owners[] = {
		"intake", "planning.employment", "planning.family", "planning.social"};
	struct refollow *c = fields;

	*c = (struct refollow){.owner = text_of(owners[pick(s->w, 4)]),
		.reason = text_of("to see whether it is the same"),
		.by = text_of("Ida Drift")};
	return true;
}

static bool fill_begin_epoch(struct saying *s, void *fields)
{
	struct begin_epoch *c = fields;

	(void)s;
	*c = (struct begin_epoch){text_of("files were put back"), text_of("Ida Drift")};
	return true;
}

/* A store in memory cannot be copied to files: it is refused, whatever happens to it. */
static bool fill_make_backup(struct saying *s, void *fields)
{
	struct make_backup *c = fields;

	c->dir = text_of(arena_printf(s->arena, "/nowhere/%u", ++s->w->numbers));
	return true;
}

static bool fill_start_scrub(struct saying *s, void *fields)
{
	(void)s;
	(void)fields;
	return true;
}

static const struct saying_row rows[] = {
	{schema_mend_queue, AT_ANY, 8, fill_mend, NULL},
	{schema_pause_queue, AT_ANY, 2, fill_pause, NULL},
	{schema_resume_queue, AT_ANY, 2, fill_resume, schema_pause_queue},
	{schema_refollow, AT_ANY, 1, fill_refollow, NULL},
	{schema_begin_epoch, AT_ANY, 1, fill_begin_epoch, NULL},
	{schema_start_scrub, AT_ANY, 1, fill_start_scrub, NULL},
	{schema_make_backup, AT_ANY, 1, fill_make_backup, NULL},
};
SAYINGS(sayings_admin, rows);
