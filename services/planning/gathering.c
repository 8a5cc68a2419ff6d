/* Gathers what may be in each other's way. Pure; state through service.h. */
#include "services/planning/gathering.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "services/planning/appointments.h"
#include "services/planning/parts.h"

enum { KEYS_LOOKED_AT = 1024 };

/* Two appointments further apart than this cannot overlap, however long the way is. */
#define BESIDE_MS (APPOINTMENT_HOURS * MS_PER_HOUR + 2 * TRAVEL_MINUTES * MS_PER_MINUTE)

struct walk {
	const struct gathering *what;
	struct gathered *into;
	const struct source *sources;
	size_t n;
	const struct source *source; /* that is being read */
	int64_t part_ends;           /* of that one: when its part was closed, or NO_END */
};

int uuid_order(struct uuid a, struct uuid b)
{
	return memcmp(a.b, b.b, sizeof(a.b));
}

/* ---- places ---------------------------------------------------------------------------------- */

/* Ids begin with their time: of too many the newest stay, whoever's are read first. */
static int order_by_id(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return uuid_order(x->id, y->id);
}

static int order_by_begin(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->begins != y->begins)
		return x->begins < y->begins ? -1 : 1;
	return uuid_order(x->id, y->id);
}

struct room {
	void *at;
	size_t *n;
	size_t size, max;
	int (*order)(const void *a, const void *b);
};
#define ROOM(at_, n_, max_, order_) (&(struct room){(at_), &(n_), sizeof(*(at_)), (max_), (order_)})

static void add(const struct room *room, const void *item)
{
	char *at = room->at, *least = at;

	if (*room->n < room->max) {
		memcpy(at + (*room->n)++ * room->size, item, room->size);
		return;
	}
	for (size_t i = 1; i < room->max; i++)
		if (room->order(at + i * room->size, least) < 0)
			least = at + i * room->size;
	if (room->order(least, item) < 0)
		memcpy(least, item, room->size);
}

static struct seen seen_of(const struct walk *walk, const void *row)
{
	struct item_head head = item_head_of(row);
	struct seen seen = {.id = head.id,
		.plan = head.plan,
		.department = walk->source->department,
		.own = walk->source->own};

	for (; seen.n_areas < head.life_areas.n && seen.n_areas < SEEN_AREAS; seen.n_areas++)
		seen.areas[seen.n_areas] = head.life_areas.at[seen.n_areas];
	return seen;
}

/* ---- kinds of items -------------------------------------------------------------------------- */

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

bool measure_period(const struct plan_measure *row, int64_t *ret_begins, int64_t *ret_ends)
{
	bool ended = row->state == measure_state_completed || row->state == measure_state_stopped;
	int64_t from = row->from ? local_time(row->from, 0) : 0, began = row->began_at;
	int64_t last = row->ended_at ? row->ended_at : row->state_at;

	if (row->state == measure_state_proposed || row->state == measure_state_cancelled)
		return false;
	if (!began && !ended)
		began = row->state_at; /* accepted, scheduled or begun then, and not before */
	*ret_begins = from && began ? later(from, began) : from ? from : began;
	*ret_ends = row->until ? local_time(date_add_days(row->until, 1), 0) : NO_END;
	if (ended && last < *ret_ends)
		*ret_ends = last;
	return *ret_begins && *ret_begins < *ret_ends;
}

static void add_measure(struct walk *walk, const void *item)
{
	const struct plan_measure *row = item;
	struct seen_measure seen = {.seen = seen_of(walk, row),
		.kind = row->kind,
		.hours_a_week = row->hours_a_week,
		.n_goals = row->goals.n < SEEN_GOALS ? row->goals.n : SEEN_GOALS};

	if (!measure_period(row, &seen.seen.begins, &seen.seen.ends))
		return;
	seen.seen.ends = sooner(seen.seen.ends, walk->part_ends);
	if (seen.seen.begins >= seen.seen.ends)
		return;
	if (seen.n_goals)
		memcpy(seen.goals, row->goals.at, seen.n_goals * sizeof(seen.goals[0]));
	add(ROOM(walk->into->measures, walk->into->n_measures, SEEN_MEASURES, order_by_id), &seen);
}

static bool see_appointment(const struct walk *walk, const struct plan_appointment *row,
	struct uuid citizen, struct seen_appointment *ret)
{
	int64_t travel = row->travel_minutes * MS_PER_MINUTE;

	*ret = (struct seen_appointment){.seen = seen_of(walk, row),
		.from = row->begins,
		.to = row->ends,
		.n_persons = 1,
		.persons = {citizen}};
	ret->seen.begins = row->begins - travel;
	ret->seen.ends = row->ends + travel;
	if (row->attendees.n) {
		ret->n_persons = row->attendees.n < SEEN_PERSONS ? row->attendees.n : SEEN_PERSONS;
		memcpy(ret->persons, row->attendees.at, ret->n_persons * sizeof(ret->persons[0]));
	}
	return row->state == appointment_state_kept ||
	       (row->state == appointment_state_booked && row->begins < walk->part_ends);
}

static void add_appointment(struct walk *walk, const void *row)
{
	struct seen_appointment seen;

	if (see_appointment(walk, row, walk->into->citizen, &seen))
		add(ROOM(walk->into->appointments, walk->into->n_appointments, SEEN_APPOINTMENTS,
			    order_by_begin),
			&seen);
}

static void add_silence(struct walk *walk, const struct seen_silence *silence)
{
	if (walk->part_ends == NO_END) /* otherwise nobody can end it any more */
		add(ROOM(walk->into->silences, walk->into->n_silences, SEEN_SILENCES, order_by_id),
			silence);
}

/* Without a clock: once the department that keeps it has said so. */
static void add_commitment(struct walk *walk, const void *item)
{
	const struct plan_commitment *row = item;
	struct seen_silence seen = {
		.seen = seen_of(walk, row), .what = SILENCE_COMMITMENT, .by = row->by};

	seen.seen.begins = row->due;
	seen.seen.ends = NO_END;
	if (row->state == commitment_state_overdue ||
		(row->state == commitment_state_open && row->due < walk->what->now))
		add_silence(walk, &seen);
}

static bool is_answered(const struct walk *walk, struct uuid proposal)
{
	struct plan_proposal_answer answer;

	return item_find(&(struct sight){walk->what->state, walk->what->seen_at},
		TREE_PROPOSAL_ANSWER, ITEM(walk->what->plan, proposal), &answer);
}

static void add_proposal(struct walk *walk, const void *item)
{
	const struct plan_proposal *row = item;
	struct seen_silence seen = {.seen = seen_of(walk, row),
		.what = SILENCE_PROPOSAL,
		.kind = row->kind,
		.to = text_of_bytes(bytes_copy(walk->what->state->arena, text_bytes(row->to)))};

	seen.seen.begins = row->answer_by;
	/* then nobody waits for it any more, whether its end was heard of here or not */
	seen.seen.ends = row->answer_by + QUIET_DAYS * MS_PER_DAY;
	if ((row->state == proposal_state_waiting || row->state == proposal_state_expired) &&
		row->answer_by < walk->what->now && !is_answered(walk, row->proposal))
		add_silence(walk, &seen);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void add_quiet(struct walk *walk, const struct plan_part *part)
{
	int64_t last = part->changed_at ? part->changed_at : part->opened_at;
	struct seen_silence seen = {.what = SILENCE_DEPARTMENT,
		.seen = {.id = part->part,
			.plan = part->plan,
			.department = walk->source->department,
			.own = walk->source->own,
			.begins = last + QUIET_DAYS * MS_PER_DAY,
			.ends = NO_END}};

	for (struct seen *at = &seen.seen;
		at->n_areas < part->life_areas.n && at->n_areas < SEEN_AREAS; at->n_areas++)
		at->areas[at->n_areas] = part->life_areas.at[at->n_areas];
	if (part->state == part_state_open && last && seen.seen.begins < walk->what->now)
		add_silence(walk, &seen);
}

/* When the part of the source that is read was closed, as far as may be seen. */
static int64_t part_ends(const struct walk *walk, struct uuid plan)
{
	const struct override *override = walk->what->override;
	struct state theirs = walk->source->state;
	struct plan_part part;

	if (walk->source->own && override && uuid_equal(override->closed, plan))
		return override->closed_at;
	if (part_get(&theirs, plan, &part) && part.state == part_state_closed &&
		source_shows(walk->what->state, walk->source, plan, UUID_NIL))
		return part.closed_at;
	return NO_END;
}

/* Said last counts; of two at once the first department's by name. */
static void take_hours(struct gathered *into, const struct weekly_hours *said)
{
	if (said->at > into->hours.at)
		into->hours = *said;
}

static void add_part(struct walk *walk)
{
	struct state theirs = walk->source->state;
	const struct override *override = walk->what->override;
	struct plan_part part;

	if (!part_get(&theirs, walk->what->plan, &part) ||
		!source_shows(walk->what->state, walk->source, part.plan, HELD_PARTY))
		return;
	if (uuid_is_nil(walk->into->citizen) || walk->source->own)
		walk->into->citizen = part.citizen;
	if (!source_shows(walk->what->state, walk->source, part.plan, UUID_NIL))
		return;
	if (walk->source->own && override && override->hours &&
		override->hours->at >= part.weekly_hours_at)
		take_hours(walk->into, override->hours);
	else
		take_hours(walk->into,
			&(struct weekly_hours){part.weekly_hours, part.weekly_hours_at});
	add_quiet(walk, &part);
}

/* ---- one tree of all sources ----------------------------------------------------------------- */

static bool is_overridden(const struct walk *walk, struct uuid id)
{
	const struct override *override = walk->what->override;

	if (!override || !walk->source->own)
		return false;
	for (size_t i = 0; i < override->n_commitments; i++)
		if (uuid_equal(override->commitments[i].commitment, id))
			return true;
	return (override->measure && uuid_equal(override->measure->measure, id)) ||
	       (override->appointment && uuid_equal(override->appointment->appointment, id));
}

typedef void item_fn(struct walk *walk, const void *row);

/* What a row points at is given back at once: only what was gathered stays. */
static void each_item(struct walk *walk, enum planning_tree tree, item_fn *fn)
{
	const struct schema *schema = item_kind_of(tree)->row();
	struct arena *arena = walk->what->state->arena;
	struct key prefix = plan_key(walk->what->plan);
	struct state theirs = walk->source->state;
	void *row = arena_alloc(arena, schema->size);
	bool keeps = tree == TREE_PROPOSAL; /* a name of it stays */
	struct rows rows;

	if (!row)
		return;
	rows_begin(&rows, &theirs, (unsigned)tree, schema, &prefix, NULL);
	for (;;) {
		struct arena_mark mark = arena_mark(arena);
		if (!rows_next(&rows, row))
			break;
		struct uuid id = item_head_of(row).id;
		if (!is_overridden(walk, id) &&
			source_shows(walk->what->state, walk->source, walk->what->plan, id))
			fn(walk, row);
		if (!keeps)
			arena_release(arena, &mark);
	}
	rows_end(&rows);
}

static void each_source(struct walk *walk, enum planning_tree tree, item_fn *fn)
{
	for (size_t i = 0; i < walk->n; i++) {
		walk->source = &walk->sources[i];
		walk->part_ends = part_ends(walk, walk->what->plan);
		each_item(walk, tree, fn);
	}
}

static void add_overrides(struct walk *walk)
{
	const struct override *override = walk->what->override;

	for (size_t i = 0; i < walk->n; i++)
		if (walk->sources[i].own)
			walk->source = &walk->sources[i];
	walk->part_ends = part_ends(walk, walk->what->plan);
	if (override->measure && uuid_equal(override->measure->plan, walk->what->plan))
		add_measure(walk, override->measure);
	if (override->appointment && uuid_equal(override->appointment->plan, walk->what->plan))
		add_appointment(walk, override->appointment);
	for (size_t i = 0; i < override->n_commitments; i++)
		if (uuid_equal(override->commitments[i].plan, walk->what->plan))
			add_commitment(walk, &override->commitments[i]);
}

/* ---- appointments of other plans ------------------------------------------------------------- */

bool share_person(const struct seen_appointment *a, const struct seen_appointment *b)
{
	for (size_t i = 0; i < a->n_persons; i++)
		for (size_t k = 0; k < b->n_persons; k++)
			if (uuid_equal(a->persons[i], b->persons[k]))
				return true;
	return false;
}

static void add_beside(struct walk *walk, const struct seen_appointment *seen)
{
	struct gathered *into = walk->into;
	bool overlaps = false;

	for (size_t i = 0; i < into->n_beside; i++)
		if (uuid_equal(into->beside[i].seen.id, seen->seen.id))
			return;
	for (size_t i = 0; i < into->n_appointments && !overlaps; i++)
		overlaps = into->appointments[i].seen.begins < seen->seen.ends &&
			   seen->seen.begins < into->appointments[i].seen.ends &&
			   share_person(&into->appointments[i], seen);
	if (overlaps)
		add(ROOM(into->beside, into->n_beside, SEEN_BESIDE, order_by_begin), seen);
}

/* A key of TREE_ATTENDEE of the source that is being read. */
static void consider(struct walk *walk, struct uuid person, struct bytes key)
{
	struct uuid plan = plan_key_last_but_one(key), id = plan_key_last(key);
	struct state theirs = walk->source->state;
	struct plan_appointment row;
	struct seen_appointment seen;

	if (uuid_equal(plan, walk->what->plan) || is_overridden(walk, id) ||
		!item_get(&theirs, TREE_APPOINTMENT, ITEM(plan, id), &row) ||
		!source_shows(walk->what->state, walk->source, plan, id))
		return;
	walk->part_ends = part_ends(walk, plan);
	if (see_appointment(walk, &row, person, &seen))
		add_beside(walk, &seen);
}

static void each_beside(struct walk *walk, struct uuid person, int64_t from, int64_t to)
{
	struct arena *arena = walk->what->state->arena;
	struct key prefix = plan_key(person), first = plan_key(person);
	struct state theirs = walk->source->state;
	struct rows rows;

	key_add_time(&first, from);
	rows_begin(&rows, &theirs, TREE_ATTENDEE, NULL, &prefix, &first);
	for (size_t n = 0; n < KEYS_LOOKED_AT; n++) {
		struct arena_mark mark = arena_mark(arena);
		if (!rows_next(&rows, NULL) || key_time(rows.scan.key.p + sizeof(person.b)) > to)
			break;
		consider(walk, person, rows.scan.key);
		arena_release(arena, &mark);
	}
	rows_end(&rows);
}

/* Everybody who must be at one of this plan's, each once, in the range of all of them. */
static size_t collect_persons(const struct gathered *from, struct uuid ret[SEEN_PERSONS * 4])
{
	size_t n = 0;

	for (size_t i = 0; i < from->n_appointments; i++)
		for (size_t k = 0; k < from->appointments[i].n_persons; k++) {
			struct uuid person = from->appointments[i].persons[k];
			size_t at = 0;
			while (at < n && !uuid_equal(ret[at], person))
				at++;
			if (at == n && n < SEEN_PERSONS * 4)
				ret[n++] = person;
		}
	return n;
}

static void gather_beside(struct walk *walk)
{
	const struct gathered *into = walk->into;
	const struct override *override = walk->what->override;
	struct uuid persons[SEEN_PERSONS * 4];
	size_t n = collect_persons(into, persons);
	struct seen_appointment seen;

	if (!into->n_appointments)
		return;
	int64_t from = into->appointments[0].from - BESIDE_MS;
	int64_t to = into->appointments[into->n_appointments - 1].to + BESIDE_MS;
	for (size_t i = 0; i < walk->n; i++) {
		walk->source = &walk->sources[i];
		for (size_t k = 0; k < n; k++)
			each_beside(walk, persons[k], from, to);
		walk->part_ends = NO_END; /* it changes, so it is of an open one */
		if (walk->source->own && override && override->appointment &&
			!uuid_equal(override->appointment->plan, walk->what->plan) &&
			see_appointment(walk, override->appointment, override->citizen, &seen))
			add_beside(walk, &seen);
	}
}

static size_t add_plan(struct uuid plan, struct uuid ret[SEEN_PLANS], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (uuid_equal(ret[i], plan))
			return n;
	if (n < SEEN_PLANS)
		ret[n++] = plan;
	return n;
}

size_t plans_beside(struct state *state, const struct plan_appointment *row, struct uuid citizen,
	struct uuid ret[SEEN_PLANS])
{
	struct source sources[SOURCES_MAX];
	size_t n_sources = sources_collect(state, 0, sources), n = 0;
	size_t n_persons = row->attendees.n ? row->attendees.n : 1;

	for (size_t i = 0; i < n_sources * n_persons; i++) {
		struct source *source = &sources[i / n_persons];
		struct uuid person = row->attendees.n ? row->attendees.at[i % n_persons] : citizen;
		struct key prefix = plan_key(person), first = plan_key(person);
		struct rows rows;
		key_add_time(&first, row->begins - BESIDE_MS);
		rows_begin(&rows, &source->state, TREE_ATTENDEE, NULL, &prefix, &first);
		while (rows_next(&rows, NULL) &&
			key_time(rows.scan.key.p + sizeof(person.b)) <= row->ends + BESIDE_MS) {
			struct uuid plan = plan_key_last_but_one(rows.scan.key);
			if (!uuid_equal(plan, row->plan))
				n = add_plan(plan, ret, n);
		}
		rows_end(&rows);
	}
	return n;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool make_room(struct gathered *into, struct arena *arena)
{
	into->measures = arena_alloc(arena, SEEN_MEASURES * sizeof(*into->measures));
	into->appointments = arena_alloc(arena, SEEN_APPOINTMENTS * sizeof(*into->appointments));
	into->beside = arena_alloc(arena, SEEN_BESIDE * sizeof(*into->beside));
	into->silences = arena_alloc(arena, SEEN_SILENCES * sizeof(*into->silences));
	return into->measures && into->appointments && into->beside && into->silences;
}

bool gather(const struct gathering *what, struct gathered *ret)
{
	struct source sources[SOURCES_MAX];
	struct walk walk = {.what = what, .into = ret, .sources = sources, .part_ends = NO_END};

	*ret = (struct gathered){.plan = what->plan, .now = what->now};
	if (!make_room(ret, what->state->arena))
		return false;
	walk.n = sources_collect(what->state, what->seen_at, sources);
	for (size_t i = 0; i < walk.n; i++) {
		sources[i].without = what->override ? what->override->withdrawn : UUID_NIL;
		walk.source = &sources[i];
		add_part(&walk);
	}
	each_source(&walk, TREE_MEASURE, add_measure);
	each_source(&walk, TREE_APPOINTMENT, add_appointment);
	each_source(&walk, TREE_COMMITMENT, add_commitment);
	each_source(&walk, TREE_PROPOSAL, add_proposal);
	if (what->override)
		add_overrides(&walk);
	qsort(ret->measures, ret->n_measures, sizeof(*ret->measures), order_by_id);
	qsort(ret->appointments, ret->n_appointments, sizeof(*ret->appointments), order_by_begin);
	qsort(ret->silences, ret->n_silences, sizeof(*ret->silences), order_by_id);
	gather_beside(&walk);
	qsort(ret->beside, ret->n_beside, sizeof(*ret->beside), order_by_begin);
	return true;
}
