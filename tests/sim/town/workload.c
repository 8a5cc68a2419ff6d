/* Chooses what is said next to a simulated town. Touches nothing. */
#include "tests/sim/town/workload_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 12, WRONG_ONE_IN = 9, STEPS_BACK = 8 };

static const struct saying_table *const tables[] = {&sayings_intake, &sayings_plan, &sayings_items,
	&sayings_together, &sayings_sharing, &sayings_notification, &sayings_admin};
enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

/* ---- the rows -------------------------------------------------------------------------------- */

static const struct saying_row *row_at(size_t i)
{
	for (size_t t = 0; t < TABLES; i -= tables[t++]->n)
		if (i < tables[t]->n)
			return &tables[t]->rows[i];
	return NULL;
}

size_t workload_commands(void)
{
	size_t n = 0;

	for (size_t t = 0; t < TABLES; t++)
		n += tables[t]->n;
	return n;
}

const char *workload_command_name(size_t i)
{
	const struct saying_row *row = row_at(i);

	assert(row);
	return row->command()->head->name;
}

static const struct saying_row *find_row(const char *name)
{
	for (size_t i = 0; i < workload_commands(); i++)
		if (strcmp(workload_command_name(i), name) == 0)
			return row_at(i);
	return NULL;
}

static const struct saying_row *weighted_row(struct workload *w)
{
	size_t which = pick(w, w->total_weight);
	const struct saying_row *row = NULL;

	for (size_t i = 0; (row = row_at(i)) != NULL && which >= row->weight; i++)
		which -= row->weight;
	return row;
}

/* ---- chance ---------------------------------------------------------------------------------- */

size_t pick(struct workload *w, size_t n)
{
	return (size_t)(random_u64(&w->random) % n);
}

bool one_in(struct workload *w, size_t n)
{
	return pick(w, n) == 0;
}

/* ---- one deed -------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t bit;
} speakers[] = {{"front_desk", ACTOR_FRONT_DESK}, {"caseworker", ACTOR_CASEWORKER},
	{"coordinator", ACTOR_COORDINATOR}, {"manager", ACTOR_MANAGER},
	{"operator", ACTOR_OPERATOR}, {"administrator", ACTOR_ADMINISTRATOR},
	{"auditor", ACTOR_AUDITOR}, {"citizen", ACTOR_CITIZEN}};
enum { SPEAKERS = sizeof(speakers) / sizeof(speakers[0]) };

/* Somebody who may say it: staff before others. */
static void choose_actor(struct saying *s)
{
	size_t from = pick(s->w, 4);
	uint32_t may = s->deed->command->head->actors;

	for (size_t i = 0; i < SPEAKERS; i++) {
		size_t at = i < 4 ? (from + i) % 4 : i;
		if (!(may & speakers[at].bit))
			continue;
		s->deed->actor.role = text_of(speakers[at].name);
		s->deed->actor.id = some_person(s);
		return;
	}
}

static void choose_peer(struct deed *deed)
{
	uint32_t peers = deed->command->head->peers;

	deed->peer = peers & PEER_PORTAL ? PEER_PORTAL : peers & PEER_OPERATOR;
	deed->client = peers & PEER_PORTAL ? "portal" : "operator";
	if (peers == PEER_NOBODY)
		deed->client = "notification";
}

static unsigned choose_node(struct saying *s, enum at at)
{
	switch (at) {
	case AT_INTAKE:
		return NODE_INTAKE;
	case AT_DEPARTMENT:
		return some_department(s);
	case AT_NOTIFICATION:
		return NODE_NOTIFICATION;
	case AT_ANY:
		return (unsigned)pick(s->w, TOWN_NODES);
	}
	return NODE_INTAKE;
}

/* Now and then a fact is brought in from before, where that may be. */
static void date_back(struct saying *s)
{
	struct deed *deed = s->deed;

	if (!(deed->command->head->peers & PEER_IMPORTER) || !one_in(s->w, 40))
		return;
	deed->occurred_at = s->now - (int64_t)(1 + pick(s->w, 20)) * MS_PER_HOUR;
	if (one_in(s->w, 3))
		return;
	deed->peer = PEER_IMPORTER;
	deed->client = "importer";
	deed->historical = true;
}

/* False: it cannot be said now. */
static bool say(struct saying *s, const struct saying_row *row)
{
	const struct schema *schema = row->command();

	*s->deed = (struct deed){.command = schema};
	s->deed->fields = arena_alloc(s->arena, schema->size);
	if (!s->deed->fields)
		return false;
	s->deed->node = choose_node(s, row->at);
	choose_actor(s);
	choose_peer(s->deed);
	if (!row->fill(s, s->deed->fields))
		return false;
	if (s->deed->node >= NODE_EMPLOYMENT && s->deed->node <= NODE_SOCIAL &&
		s->deed->actor.department.n == 0)
		s->deed->actor.department = department_of(s->deed->node);
	date_back(s);
	return true;
}

/* That one, or what leads to it. */
static bool say_only(struct saying *s, const char *only)
{
	const struct saying_row *row = find_row(only);

	for (int back = 0; row && back < STEPS_BACK; back++) {
		for (int i = 0; i < TRIES; i++)
			if (say(s, row))
				return true;
		row = row->before ? find_row(row->before()->head->name) : NULL;
	}
	return false;
}

static bool say_any(struct saying *s)
{
	for (int i = 0; i < TRIES; i++)
		if (say(s, weighted_row(s->w)))
			return true;
	return say(s, find_row("publish_slots"));
}

bool workload_next(
	struct workload *w, int64_t now, const char *only, struct arena *arena, struct deed *ret)
{
	struct saying s = {w, arena, ret, now, only != NULL};

	w->now = now;
	if (!(only && say_only(&s, only)) && !say_any(&s))
		return false;
	if (one_in(w, WRONG_ONE_IN))
		spoil(&s);
	return true;
}

/* ---- its life -------------------------------------------------------------------------------- */

struct workload *workload_new(uint64_t seed)
{
	struct workload *w = calloc(1, sizeof(*w));

	assert(w);
	w->seed = seed * 0x9e3779b97f4a7c15U + 1;
	w->random = random_seeded(&w->seed);
	const struct saying_row *row;
	for (size_t i = 0; (row = row_at(i)) != NULL; i++)
		w->total_weight += row->weight;
	return w;
}

void workload_free(struct workload *w)
{
	free(w);
}

struct looking {
	struct workload *w;
	const struct town_view *view;
};

static void look_at(void *ctx, unsigned node, const struct record *record)
{
	const struct looking *looking = ctx;

	if (record)
		know_record(looking->w, looking->view, node, record);
	else
		forget_node(looking->w, node);
}

void workload_look(struct workload *w, const struct town_view *view)
{
	w->now = view->now;
	(void)news_tell(&w->news, view, look_at, &(struct looking){w, view});
	know_aside(w, view);
}

/* Journals say more than replies do; but whoever is told that a thing is not there, or over, does
 * not ask for it for ever. */
void workload_learn(struct workload *w, const struct deed *deed, enum err status, const void *reply)
{
	(void)w;
	(void)deed;
	(void)status;
	(void)reply;
}
