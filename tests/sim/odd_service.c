/* A service that does what services should not do; it exists for the engine's test only. Touches
 * nothing. */
#include "tests/sim/odd_service.h"

#include <stdlib.h>
#include <string.h>

#include "common/schema_tables.h"
#include "tests/sim/odd.def"
#include "common/schema_undef.h"

jmp_buf *odd_crash;

static void emit(struct decision *d, enum odd_what what, struct uuid entity, struct uuid made)
{
	decision_emit(d, schema_odd_happened(), entity,
		&(struct odd_happened){.what = what, .made = made});
}

/* Nobody is nothing that a record can be about: it cannot be written. */
static void emit_unwritable(struct decision *d)
{
	emit(d, ODD_PLAIN, (struct uuid){{0}}, (struct uuid){{0}});
}

static enum err decide_do(struct decision *d, const void *command)
{
	const struct odd_do *c = command;
	struct odd_reply *reply = d->reply;
	char *words = arena_copy(d->state.arena, "", 0);

	if (c->what == ODD_BUSY)
		return decision_refuse(d, ERR_BUSY, "", "not now");
	if (c->reply_bytes) {
		words = arena_alloc(d->state.arena, (size_t)c->reply_bytes);
		memset(words, 'x', (size_t)c->reply_bytes);
		reply->words = (struct text){words, (uint32_t)c->reply_bytes, false};
	}
	decision_emit(d, schema_odd_happened(), c->entity,
		&(struct odd_happened){.what = c->what,
			.due = c->due,
			.person = c->entity,
			.words = text_of(c->what == ODD_WORDY ? "eleven byte" : "")});
	return ERR_OK;
}

static void apply_happened(struct fold *fold, const struct record *record, const void *event)
{
	static const struct {
		enum odd_what what;
		const char *kinds[2];
		bool set;
	} rows[] = {{ODD_PAIR, {"first", "second"}, true}, {ODD_TWINS, {"left", "right"}, true},
		{ODD_BOMB, {"bomb", NULL}, true}, {ODD_PAIR_DONE, {"first", "second"}, false},
		{ODD_SECOND_DONE, {"second", NULL}, false}, {ODD_LEFT_DONE, {"left", NULL}, false},
		{ODD_RIGHT_DONE, {"right", NULL}, false}};
	const struct odd_happened *e = event;

	if (fold->replica && e->what == ODD_CRASH) {
		if (odd_crash)
			longjmp(*odd_crash, 1);
		abort();
	}
	if (fold->replica) /* as if it had read a row */
		arena_alloc(fold->state.arena, 1000);
	for (size_t i = 0; !fold->replica && i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t k = 0; rows[i].what == (enum odd_what)e->what && k < 2; k++)
			if (rows[i].kinds[k] && rows[i].set)
				fold_deadline(fold, record, rows[i].kinds[k], e->due);
			else if (rows[i].kinds[k])
				fold_deadline_clear(fold, record->entity, rows[i].kinds[k]);
}

static enum err react_to(struct decision *d, const struct record *record, const void *event)
{
	const struct odd_happened *e = event;

	const struct odd_settings *settings = state_settings(&d->state);

	if (e->what == ODD_POISON && settings->cured)
		emit(d, ODD_PLAIN, record->entity, (struct uuid){{0}});
	else if (e->what == ODD_POISON)
		emit_unwritable(d);
	return ERR_OK;
}

static enum err on_first(struct decision *d, struct uuid entity, int64_t due)
{
	(void)due;
	emit(d, ODD_PAIR_DONE, entity, (struct uuid){{0}});
	return ERR_OK;
}

static enum err on_second(struct decision *d, struct uuid entity, int64_t due)
{
	(void)due;
	emit(d, ODD_SECOND_DONE, entity, (struct uuid){{0}});
	return ERR_OK;
}

static enum err on_left(struct decision *d, struct uuid entity, int64_t due)
{
	(void)due;
	emit(d, ODD_LEFT_DONE, entity, decision_uuid(d));
	return ERR_OK;
}

static enum err on_right(struct decision *d, struct uuid entity, int64_t due)
{
	(void)due;
	emit(d, ODD_RIGHT_DONE, entity, decision_uuid(d));
	return ERR_OK;
}

static enum err on_bomb(struct decision *d, struct uuid entity, int64_t due)
{
	(void)entity;
	(void)due;
	emit_unwritable(d);
	return ERR_OK;
}

static const struct command_row commands[] = {{schema_odd_do, decide_do}};
static const struct apply_row applies[] = {{schema_odd_happened, apply_happened}};
/* `idle` is an event of nobody's use here; `later` only a later version knows. */
bool odd_later;

static const struct schema *find_message(const char *name, size_t n)
{
	const struct text text = {name, (uint32_t)n, false};

	return text_is(text, "later") && !odd_later ? NULL : schema_odd_happened();
}

static const struct follow_row follows[] = {{schema_odd_happened, apply_happened, react_to}};
static const struct deadline_kind deadlines[] = {{"bomb", on_bomb}, {"first", on_first},
	{"left", on_left}, {"right", on_right}, {"second", on_second}};
static const struct role_name roles[] = {{"client", 1, UINT32_MAX, false}, {"node", 2, 0, false}};
static const struct role_name actors[] = {
	{"client", 1, 0, false}, {"operator", ACTOR_OPERATOR, 0, false}};

const struct service odd_service = {.role = "node",
	.role_bit = 2,
	.personal_peers = 2,
	.import_peers = 1,
	.peer_roles = roles,
	.n_peer_roles = 2,
	.actor_roles = actors,
	.n_actor_roles = 2,
	.commands = commands,
	.n_commands = 1,
	.applies = applies,
	.n_applies = 1,
	.follows = follows,
	.n_follows = 1,
	.find_message = find_message,
	.deadlines = deadlines,
	.n_deadlines = sizeof(deadlines) / sizeof(deadlines[0])};
