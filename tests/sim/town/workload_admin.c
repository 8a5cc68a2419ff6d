/* What operators say to any node: about its quarantine, following and epochs. Touches nothing. */
#include "tests/sim/town/workload_private.h"

/* None is there: one that never was, when just this command is wanted. */
static const struct thing *some_aside(struct saying *s)
{
	static const struct thing nothing = {
		.node = NODE_EMPLOYMENT, .name = {"intake", 6, false}, .version = 1};
	const struct thing *aside = any(s->w, ASIDE, ANY_NODE, ANY_STATE);

	if (!aside && s->only)
		aside = &nothing;
	if (aside)
		s->deed->node = aside->node;
	return aside;
}

static bool fill_retry(struct saying *s, void *fields)
{
	struct retry_quarantine *c = fields;
	const struct thing *aside = some_aside(s);

	if (!aside)
		return false;
	*c = (struct retry_quarantine){.owner = aside->name, .entity = aside->id};
	if (uuid_is_nil(aside->id))
		c->seq = aside->version;
	return true;
}

static bool fill_drop(struct saying *s, void *fields)
{
	struct drop_quarantine *c = fields;
	const struct thing *aside = some_aside(s);

	if (!aside)
		return false;
	*c = (struct drop_quarantine){.owner = aside->name,
		.seq = aside->version,
		.reason = text_of("cannot be mended"),
		.by = text_of("Ida Drift")};
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
	{schema_retry_quarantine, AT_ANY, 3, fill_retry, NULL},
	{schema_drop_quarantine, AT_ANY, 1, fill_drop, NULL},
	{schema_refollow, AT_ANY, 1, fill_refollow, NULL},
	{schema_begin_epoch, AT_ANY, 1, fill_begin_epoch, NULL},
	{schema_start_scrub, AT_ANY, 1, fill_start_scrub, NULL},
	{schema_make_backup, AT_ANY, 1, fill_make_backup, NULL},
};
SAYINGS(sayings_admin, rows);
