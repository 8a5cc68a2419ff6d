/* Walks facts and ledgers side by side, both in the order of inquiries, or the trees of stages one
 * after the other; reads replica trees through the state it is given and touches nothing else. */
#include "services/reporting/walk.h"

#include <string.h>

#include "common/clock.h"
#include "services/reporting/trees.h"

void walk_begin(struct walk *walk, const struct state *state, const struct course *course,
	struct period period)
{
	*walk = (struct walk){.state = *state, .course = course};
	walk->departments = departments_of(state);
	walk->least_at = period.from ? local_time(period.from, 0) : INT64_MIN;
	walk->end_at = period.until ? local_time(date_add_days(period.until, 1), 0) : INT64_MAX;
}

bool walk_seek(struct walk *walk, const struct place *place)
{
	size_t stages = walk->course->n_stages ? walk->course->n_stages : 1;

	if (place->stage < 0 || (size_t)place->stage >= stages)
		return false;
	for (unsigned i = 0; i < state_owners(&walk->state); i++)
		if (text_is(place->node, state_owner_name(&walk->state, i))) {
			walk->stage = (size_t)place->stage;
			walk->owner = i;
			walk->from = place->id;
			return true;
		}
	return false;
}

static const struct schema *row_schema(unsigned tree)
{
	return reporting_replica_trees[tree].row ? reporting_replica_trees[tree].row() : NULL;
}

static void enter(struct walk *walk)
{
	struct key from = id_key(walk->from);

	walk->replica = state_replica(&walk->state, walk->owner);
	walk->has_fact = false;
	walk->inside = true;
	if (walk->course->what == WALK_STAGES) {
		unsigned tree = walk->course->stages[walk->stage].tree;
		rows_begin(&walk->facts, &walk->replica, tree, row_schema(tree), NULL, &from);
		return;
	}
	rows_begin(&walk->facts, &walk->replica, REPLICA_FACTS, schema_inquiry_fact(), NULL, &from);
	if (walk->course->what == WALK_LEDGER)
		rows_begin(&walk->ledger, &walk->replica, REPLICA_LEDGER, schema_ledger_entry(),
			NULL, &from);
}

static void leave(struct walk *walk)
{
	if (walk->inside) {
		rows_end(&walk->facts);
		if (walk->course->what == WALK_LEDGER)
			rows_end(&walk->ledger);
	}
	walk->inside = false;
}

/* The key of a scan dies with the next call on the transaction, so it is copied out at once. */
static bool next_fact(struct walk *walk)
{
	walk->has_fact = rows_next(&walk->facts, &walk->fact);
	if (walk->has_fact)
		walk->id = key_first_id(walk->facts.scan.key);
	return walk->has_fact;
}

static bool next_inquiry(struct walk *walk, struct item *ret)
{
	if (!next_fact(walk))
		return false;
	*ret = (struct item){.at = walk->fact.received_at, .historical = walk->fact.historical};
	return true;
}

/* Every entry has its fact, so the facts never have to be searched: they only catch up. */
static bool next_entry(struct walk *walk, struct item *ret)
{
	if (!rows_next(&walk->ledger, &walk->entry))
		return false;
	struct uuid inquiry = key_first_id(walk->ledger.scan.key);
	while (!walk->has_fact || !uuid_equal(walk->id, inquiry))
		if (!next_fact(walk))
			return false;
	*ret = (struct item){
		.entry = &walk->entry, .at = walk->entry.at, .historical = walk->entry.historical};
	return true;
}

static struct view view_of(struct walk *walk)
{
	return (struct view){.state = &walk->state,
		.owner = walk->owner,
		.departments = &walk->departments,
		.least_at = walk->least_at,
		.end_at = walk->end_at};
}

/* ---- stages ---------------------------------------------------------------------------------- */

union any_row {
	struct inquiry_fact inquiry;
	struct plan_fact plan;
	struct part_fact part;
	struct goal_fact goal;
	struct answer_fact answer;
	struct commitment_fact commitment;
	struct proposal_fact proposal;
	struct conflict_fact conflict;
};

static bool fill_moments(struct walk *walk)
{
	const struct stage *stage = &walk->course->stages[walk->stage];
	struct view view = view_of(walk);
	union any_row row;

	if (!rows_next(&walk->facts, &row))
		return false;
	struct uuid id = key_first_id(walk->facts.scan.key);
	walk->next_moment = walk->n_moments = 0;
	if (!row_schema(stage->tree) && walk->has_fact && uuid_equal(id, walk->id))
		return true;
	walk->id = id;
	walk->has_fact = true;
	memset(walk->moments, 0, sizeof(walk->moments));
	for (size_t i = 0; i < MOMENTS_MAX; i++)
		walk->moments[i].references = walk->references[i];
	walk->n_moments = stage->fill(&view, id, &row, walk->moments);
	return true;
}

static bool next_moment(struct walk *walk, struct item *ret)
{
	while (walk->next_moment == walk->n_moments)
		if (!fill_moments(walk))
			return false;
	*ret = walk->moments[walk->next_moment];
	ret->further = walk->next_moment++ > 0;
	return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool next_of_owner(struct walk *walk, struct item *ret)
{
	bool staged = walk->course->what == WALK_STAGES;
	bool found = staged                              ? next_moment(walk, ret)
		     : walk->course->what == WALK_LEDGER ? next_entry(walk, ret)
							 : next_inquiry(walk, ret);

	ret->node = state_owner_name(&walk->state, walk->owner);
	ret->id = walk->id;
	ret->fact = staged ? NULL : &walk->fact;
	return found;
}

static bool next_in_period(struct walk *walk, struct item *ret)
{
	for (; walk->owner < state_owners(&walk->state); walk->owner++) {
		if (!walk->inside)
			enter(walk);
		while (next_of_owner(walk, ret))
			if (ret->at && ret->at >= walk->least_at && ret->at < walk->end_at)
				return true;
		leave(walk);
		walk->from = (struct uuid){{0}};
		walk->n_moments = walk->next_moment = 0;
	}
	return false;
}

bool walk_next(struct walk *walk, struct item *ret)
{
	while (!next_in_period(walk, ret)) {
		if (walk->stage + 1 >= walk->course->n_stages)
			return false;
		walk->stage++;
		walk->owner = 0;
	}
	if (walk->course->join) {
		struct view view = view_of(walk);
		ret->references = walk->references[0];
		walk->course->join(&view, ret);
	}
	return true;
}

void walk_end(struct walk *walk)
{
	leave(walk);
}

/* ---- what stages look at --------------------------------------------------------------------- */

void item_refer(struct item *item, const struct reference *reference)
{
	if (item->n_references < REFERENCES_MAX)
		item->references[item->n_references++] = *reference;
}

bool view_get(const struct view *view, unsigned owner, unsigned tree, struct uuid id, void *ret)
{
	struct state replica = state_replica(view->state, owner);
	struct key key = id_key(id);

	return state_get(&replica, tree, &key, row_schema(tree), ret);
}

const char *view_node(const struct view *view, unsigned owner)
{
	return state_owner_name(view->state, owner);
}

bool view_inquiry(
	const struct view *view, struct uuid inquiry, unsigned *ret_owner, struct inquiry_fact *ret)
{
	for (unsigned i = 0; !uuid_is_nil(inquiry) && i < state_owners(view->state); i++)
		if (!department_key(view->departments, i) &&
			view_get(view, i, REPLICA_FACTS, inquiry, ret) && ret->received_at) {
			*ret_owner = i;
			return true;
		}
	return false;
}

int64_t view_known_at(const struct view *view)
{
	struct cursor_row cursor;

	state_cursor(view->state, view->owner, &cursor);
	return cursor.time;
}

bool view_before(const struct view *view, unsigned tree, struct uuid id)
{
	struct key prefix = id_key(id);
	bool found = false;

	for (unsigned i = 0; !found && i < view->owner; i++) {
		struct state replica = state_replica(view->state, i);
		struct rows rows;
		rows_begin(&rows, &replica, tree, NULL, &prefix, NULL);
		found = rows_next(&rows, NULL);
		rows_end(&rows);
	}
	return found;
}
