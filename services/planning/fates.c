/* What becomes of conflicts. Pure; state through service.h. */
#include "services/planning/fates.h"

#include <string.h>

#include "common/clock.h"
#include "services/planning/conflict_texts.h"

static bool find_now(const struct showing *what, struct gathered *seen, struct conflicts *found)
{
	const struct gathering gathering = {
		.state = what->state, .plan = what->plan, .now = what->now, .seen_at = what->now};

	*found = (struct conflicts){.seen = seen, .forgotten = what->now - OVER_DAYS * MS_PER_DAY};
	return gather(&gathering, seen) && conflicts_find(what->state->arena, found);
}

/* ---- settling -------------------------------------------------------------------------------- */

static enum err check(struct decision *d, const struct settle_conflict *c)
{
	if (c->state != conflict_state_acknowledged && c->state != conflict_state_solved &&
		c->state != conflict_state_waived)
		return decision_refuse(
			d, ERR_INVALID, "state", "must be acknowledged, solved or waived");
	if (c->state == conflict_state_waived && !c->reason.n)
		return decision_refuse(d, ERR_INVALID, "reason", "is required to waive it");
	return ERR_OK;
}

static const struct conflict *find_one(const struct conflicts *found, struct uuid conflict)
{
	for (size_t i = 0; i < found->n; i++)
		if (uuid_equal(found->at[i].row.conflict, conflict))
			return &found->at[i];
	return NULL;
}

enum err fates_decide_settle(struct decision *d, const void *command)
{
	const struct settle_conflict *c = command;
	struct gathered seen;
	struct conflicts found;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = check(d, c);
	if (err)
		return err;
	const struct showing now = {&d->state, change.part.plan, d->now};
	if (!find_now(&now, &seen, &found))
		return decision_refuse(d, ERR_BUSY, "", "too much in one turn");
	const struct conflict *conflict = find_one(&found, c->conflict);
	if (!conflict)
		return decision_refuse(d, ERR_NOT_FOUND, "conflict", "is not there now");
	struct plan_fate row = {.plan = change.head.plan,
		.citizen = change.head.citizen,
		.fate = decision_uuid(d),
		.life_areas = {conflict->row.life_areas.n, conflict->row.life_areas.at},
		.conflict = c->conflict,
		.state = c->state,
		.reason = c->reason,
		.by = d->actor.id,
		.at = d->occurred_at,
		.since = conflict->row.since};
	const struct conflict_settled e = {HEAD(&change), .fate = &row};
	change_emit(&change, schema_conflict_settled(), &e, ABOUT(&row));
	return change_done(&change, row.fate);
}

/* ---- showing --------------------------------------------------------------------------------- */

static bool is_before(const struct plan_fate *a, const struct plan_fate *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	int order = bytes_compare(text_bytes(a->department), text_bytes(b->department));
	return order ? order < 0 : uuid_order(a->fate, b->fate) < 0;
}

/* In the order in which they were decided; of too many the newest stay. */
static void add_fate(struct conflict_view *view, const struct plan_fate *fate)
{
	size_t at = view->fates.n;

	while (at > 0 && is_before(fate, &view->fates.at[at - 1]))
		at--;
	if (view->fates.n < FATES_SHOWN) {
		memmove(&view->fates.at[at + 1], &view->fates.at[at],
			(view->fates.n++ - at) * sizeof(*fate));
		view->fates.at[at] = *fate;
	} else if (at > 0) {
		memmove(&view->fates.at[0], &view->fates.at[1], (at - 1) * sizeof(*fate));
		view->fates.at[at - 1] = *fate;
	}
}

static void collect_fates(const struct showing *what, struct conflict_view *views, size_t n)
{
	struct source sources[SOURCES_MAX];
	size_t n_sources = sources_collect(what->state, what->now, sources);
	struct key prefix = plan_key(what->plan);
	struct plan_fate row;
	struct rows rows;

	for (size_t i = 0; i < n_sources; i++) {
		rows_begin(&rows, &sources[i].state, TREE_FATE, schema_plan_fate(), &prefix, NULL);
		while (rows_next(&rows, &row)) {
			size_t k = 0;
			while (k < n && !uuid_equal(views[k].conflict->conflict, row.conflict))
				k++;
			row.department = sources[i].department;
			if (k < n && source_shows(what->state, &sources[i], what->plan, row.fate))
				add_fate(&views[k], &row);
		}
		rows_end(&rows);
	}
}

static enum conflict_state state_of(const struct conflict_view *view, int64_t now)
{
	enum conflict_state state = conflict_state_open;
	bool over = view->conflict->until && view->conflict->until <= now;

	for (size_t i = 0; i < view->fates.n; i++)
		if (view->fates.at[i].since == view->conflict->since)
			state = view->fates.at[i].state;
	if (over && state != conflict_state_solved && state != conflict_state_waived)
		state = conflict_state_over;
	return state;
}

/* False: no room in the arena. */
static bool fill(struct conflict_view *view, struct conflict *conflict, struct arena *arena)
{
	struct conflict_words words = {.arena = arena};

	conflict_kind_of(conflict->row.kind)->say(conflict, &words);
	*view = (struct conflict_view){.conflict = &conflict->row,
		.state = conflict_state_open,
		.reason_da = words.reason[DANISH],
		.reason_en = words.reason[ENGLISH],
		.suggestion_da = words.suggestion[DANISH],
		.suggestion_en = words.suggestion[ENGLISH],
		.fates.at = arena_alloc(arena, FATES_SHOWN * sizeof(*view->fates.at))};
	return view->fates.at && view->reason_da.n && view->reason_en.n && view->suggestion_da.n &&
	       view->suggestion_en.n;
}

size_t fates_show(const struct showing *what, struct conflict_view *ret, bool *ret_more,
	int64_t *ret_weekly_hours)
{
	struct gathered seen;
	struct conflicts found;
	size_t n = 0;

	if (!find_now(what, &seen, &found))
		return 0;
	*ret_weekly_hours = seen.hours.hours;
	*ret_more = found.full || found.n > CONFLICTS_SHOWN;
	while (n < found.n && n < CONFLICTS_SHOWN &&
		fill(&ret[n], &found.at[n], what->state->arena))
		n++;
	collect_fates(what, ret, n);
	for (size_t i = 0; i < n; i++)
		ret[i].state = state_of(&ret[i], what->now);
	return n;
}
