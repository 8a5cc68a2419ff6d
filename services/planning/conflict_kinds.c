/* Finds conflicts among what was gathered. Pure; touches nothing. */
#include "services/planning/conflict_kinds.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "services/planning/conflict_texts.h"

/* ---- one conflict ---------------------------------------------------------------------------- */

static struct conflict begin(const struct conflicts *into, const struct conflict_kind_row *kind)
{
	return (struct conflict){.row = {.plan = into->seen->plan,
					 .citizen = into->seen->citizen,
					 .kind = kind->kind,
					 .severity = kind->severity}};
}

/* The items with the smallest ids have room, in their order. */
static void add_item(struct conflict *c, struct uuid id)
{
	size_t at = c->row.items.n;

	while (at > 0 && uuid_order(id, c->items[at - 1]) < 0)
		at--;
	if (at == CONFLICT_ITEMS || (at > 0 && uuid_equal(id, c->items[at - 1])))
		return;
	size_t moved = c->row.items.n < CONFLICT_ITEMS ? c->row.items.n++ : CONFLICT_ITEMS - 1;
	memmove(&c->items[at + 1], &c->items[at], (moved - at) * sizeof(c->items[0]));
	c->items[at] = id;
}

static int text_order(struct text a, struct text b)
{
	return bytes_compare(text_bytes(a), text_bytes(b));
}

static void add_department(struct conflict *c, struct text department)
{
	size_t at = c->row.departments.n;

	while (at > 0 && text_order(department, c->departments[at - 1]) < 0)
		at--;
	if (at > 0 && text_equal(c->departments[at - 1], department))
		return;
	if (at == CONFLICT_DEPARTMENTS)
		return;
	size_t moved = c->row.departments.n < CONFLICT_DEPARTMENTS ? c->row.departments.n++
								   : CONFLICT_DEPARTMENTS - 1;
	memmove(&c->departments[at + 1], &c->departments[at],
		(moved - at) * sizeof(c->departments[0]));
	c->departments[at] = department;
}

static void add_areas(struct conflict *c, const struct seen *seen)
{
	bool there[life_area_end] = {false};

	for (size_t i = 0; i < c->row.life_areas.n; i++)
		there[c->areas[i]] = true;
	for (size_t i = 0; i < seen->n_areas; i++)
		there[seen->areas[i]] = true;
	c->row.life_areas.n = 0;
	for (int area = 1; area < life_area_end; area++)
		if (there[area])
			c->areas[c->row.life_areas.n++] = (enum life_area)area;
	c->unbounded |= seen->n_areas == 0;
}

static void involve(struct conflict *c, const struct seen *seen)
{
	add_item(c, seen->id);
	add_department(c, seen->department);
	add_areas(c, seen);
	c->own |= seen->own;
}

/* The same kind and ids give the same id; no time is in it. */
static struct uuid id_of(enum conflict_kind kind, const struct uuid *ids, size_t n)
{
	struct {
		uint8_t kind[sizeof(struct uuid)];
		struct uuid ids[CONFLICT_ITEMS];
	} from = {.kind = {(uint8_t)kind}};

	assert(n <= CONFLICT_ITEMS);
	memcpy(from.ids, ids, n * sizeof(ids[0]));
	return uuid_of_hash(0, bytes_of(&from, sizeof(from.kind) + n * sizeof(ids[0])));
}

/* Of too many the weightiest stay, and of these the newest: which those are does not depend on who
 * looks. */
static bool gives_way(const struct plan_conflict *a, const struct plan_conflict *b)
{
	if (a->severity != b->severity)
		return a->severity < b->severity;
	if (a->since != b->since)
		return a->since < b->since;
	return uuid_order(a->conflict, b->conflict) < 0;
}

static void report(struct conflicts *into, const struct conflict *c)
{
	struct conflict *place = into->at;

	if (c->row.until && c->row.until < into->forgotten)
		return;
	if (into->n < CONFLICTS_CONSIDERED) {
		into->at[into->n++] = *c;
		return;
	}
	into->full = true;
	for (size_t i = 1; i < into->n; i++)
		if (gives_way(&into->at[i].row, &place->row))
			place = &into->at[i];
	if (gives_way(&place->row, &c->row))
		*place = *c;
}

static void report_items(struct conflicts *into, struct conflict *c)
{
	c->row.conflict = id_of(c->row.kind, c->items, c->row.items.n);
	report(into, c);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool periods_overlap(const struct seen *a, const struct seen *b)
{
	return a->begins < b->ends && b->begins < a->ends;
}

/* A pair, for as long as both last. */
static void pair(struct conflict *c, const struct seen *a, const struct seen *b)
{
	int64_t until = sooner(a->ends, b->ends);

	involve(c, a);
	involve(c, b);
	c->first = a;
	c->second = b;
	c->row.since = later(a->begins, b->begins);
	c->row.until = until == NO_END ? 0 : until;
}

/* ---- C1: two appointments overlap ------------------------------------------------------------ */

static bool is_before(const struct seen *a, const struct seen *b)
{
	return a->begins < b->begins || (a->begins == b->begins && uuid_order(a->id, b->id) < 0);
}

static void overlap_pair(struct conflicts *into, const struct conflict_kind_row *kind,
	const struct seen_appointment *a, const struct seen_appointment *b)
{
	struct conflict c = begin(into, kind);

	if (!periods_overlap(&a->seen, &b->seen) || !share_person(a, b))
		return;
	if (is_before(&a->seen, &b->seen))
		pair(&c, &a->seen, &b->seen);
	else
		pair(&c, &b->seen, &a->seen);
	c.row.asked = (c.row.until - c.row.since + MS_PER_MINUTE - 1) / MS_PER_MINUTE;
	report_items(into, &c);
}

static void find_overlaps(struct conflicts *into, const struct conflict_kind_row *kind)
{
	const struct gathered *seen = into->seen;

	for (size_t i = 0; i < seen->n_appointments; i++) {
		const struct seen_appointment *a = &seen->appointments[i];
		for (size_t k = i + 1; k < seen->n_appointments &&
				       seen->appointments[k].seen.begins < a->seen.ends;
			k++)
			overlap_pair(into, kind, a, &seen->appointments[k]);
		for (size_t k = 0; k < seen->n_beside; k++)
			overlap_pair(into, kind, a, &seen->beside[k]);
	}
}

/* ---- C2: the week asks too much -------------------------------------------------------------- */

/* Weeks from Monday to Sunday, numbered; 1 January 1970 was a Thursday. */
static int64_t week_of(int64_t ms)
{
	int64_t days = date_to_days(local_date(ms)) + 3;

	return days >= 0 ? days / 7 : (days - 6) / 7;
}

static int64_t week_begins(int64_t week)
{
	return local_time(date_of_days(week * 7 - 3), 0);
}

struct span {
	const struct seen_measure *measure;
	int64_t first, last; /* weeks */
};

static size_t spans_of(const struct gathered *seen, struct span ret[SEEN_MEASURES])
{
	size_t n = 0;

	for (size_t i = 0; i < seen->n_measures; i++) {
		const struct seen_measure *m = &seen->measures[i];
		if (m->hours_a_week > 0)
			ret[n++] = (struct span){m, week_of(m->seen.begins),
				m->seen.ends == NO_END ? NO_END : week_of(m->seen.ends - 1)};
	}
	return n;
}

static bool is_in(const struct span *span, int64_t week)
{
	return span->first <= week && week <= span->last;
}

static int64_t asked_in(const struct span *spans, size_t n, int64_t week)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += is_in(&spans[i], week) ? spans[i].measure->hours_a_week : 0;
	return sum;
}

static int order_weeks(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The weeks in which the sum may become another one, in their order, each once. */
static size_t weeks_of_change(
	const struct span *spans, size_t n_spans, int64_t ret[2 * SEEN_MEASURES])
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < n_spans; i++) {
		ret[n++] = spans[i].first;
		if (spans[i].last != NO_END)
			ret[n++] = spans[i].last + 1;
	}
	qsort(ret, n, sizeof(ret[0]), order_weeks);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || ret[i] != ret[kept - 1])
			ret[kept++] = ret[i];
	return kept;
}

/* From one week of change to the next everything stays as it is. */
static void find_hours(struct conflicts *into, const struct conflict_kind_row *kind)
{
	const struct gathered *seen = into->seen;
	int64_t weeks[2 * SEEN_MEASURES];
	struct span spans[SEEN_MEASURES];
	struct conflict c = begin(into, kind);
	size_t n_spans = spans_of(seen, spans), n = weeks_of_change(spans, n_spans, weeks);

	for (size_t i = 0; i < n && seen->hours.at; i++) {
		int64_t asked = asked_in(spans, n_spans, weeks[i]);
		if (asked <= seen->hours.hours)
			continue;
		if (!c.row.since)
			c.row.since = week_begins(weeks[i]);
		c.row.until = i + 1 < n ? week_begins(weeks[i + 1]) : 0;
		c.row.asked = later(c.row.asked, asked);
		for (size_t k = 0; k < n_spans; k++)
			if (is_in(&spans[k], weeks[i]))
				involve(&c, &spans[k].measure->seen);
	}
	if (!c.row.asked)
		return;
	c.row.had = seen->hours.hours;
	c.row.conflict = id_of(kind->kind, &seen->plan, 1);
	report(into, &c);
}

/* ---- C5: the same help twice ----------------------------------------------------------------- */

static bool share_goal(const struct seen_measure *a, const struct seen_measure *b)
{
	for (size_t i = 0; i < a->n_goals; i++)
		for (size_t k = 0; k < b->n_goals; k++)
			if (uuid_equal(a->goals[i], b->goals[k]))
				return true;
	return false;
}

static void find_same_help(struct conflicts *into, const struct conflict_kind_row *kind)
{
	const struct gathered *seen = into->seen;

	for (size_t i = 0; i < seen->n_measures; i++)
		for (size_t k = i + 1; k < seen->n_measures; k++) {
			const struct seen_measure *a = &seen->measures[i], *b = &seen->measures[k];
			struct conflict c = begin(into, kind);
			if (a->kind != b->kind ||
				text_equal(a->seen.department, b->seen.department) ||
				!periods_overlap(&a->seen, &b->seen) || !share_goal(a, b))
				continue;
			pair(&c, &a->seen, &b->seen);
			report_items(into, &c);
		}
}

/* ---- C7: silence ----------------------------------------------------------------------------- */

static void find_silences(struct conflicts *into, const struct conflict_kind_row *kind)
{
	const struct gathered *seen = into->seen;

	for (size_t i = 0; i < seen->n_silences; i++) {
		const struct seen_silence *s = &seen->silences[i];
		struct conflict c = begin(into, kind);
		involve(&c, &s->seen);
		if (s->to.n)
			add_department(&c, s->to);
		c.first = s;
		c.row.since = s->seen.begins;
		c.row.until = s->seen.ends == NO_END ? 0 : s->seen.ends;
		if (seen->now > c.row.since)
			c.row.asked = (seen->now - c.row.since) / MS_PER_DAY +
				      (s->what == SILENCE_DEPARTMENT ? QUIET_DAYS : 0);
		report_items(into, &c);
	}
}

/* ---- all of them ----------------------------------------------------------------------------- */

static const struct conflict_kind_row kinds[] = {
	{conflict_kind_overlap, severity_serious, find_overlaps, say_overlap},
	{conflict_kind_hours, severity_warning, find_hours, say_hours},
	{conflict_kind_same_help, severity_warning, find_same_help, say_same_help},
	{conflict_kind_silence, severity_note, find_silences, say_silence},
};

const struct conflict_kind_row *conflict_kind_of(enum conflict_kind kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	assert(false); /* found by no row of the table */
	return NULL;
}

static int by_weight(const void *a, const void *b)
{
	const struct plan_conflict *x = &((const struct conflict *)a)->row;
	const struct plan_conflict *y = &((const struct conflict *)b)->row;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->since != y->since)
		return x->since < y->since ? -1 : 1;
	return uuid_order(x->conflict, y->conflict);
}

bool conflicts_find(struct arena *arena, struct conflicts *ret)
{
	ret->n = 0;
	ret->full = false;
	ret->at = arena_alloc(arena, CONFLICTS_CONSIDERED * sizeof(*ret->at));
	if (!ret->at)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		kinds[i].find(ret, &kinds[i]);
	qsort(ret->at, ret->n, sizeof(*ret->at), by_weight);
	for (size_t i = 0; i < ret->n; i++) {
		struct conflict *c = &ret->at[i];
		c->row.items.at = c->items;
		c->row.departments.at = c->departments;
		c->row.life_areas.at = c->areas;
		if (c->unbounded)
			c->row.life_areas.n = 0;
	}
	return true;
}
