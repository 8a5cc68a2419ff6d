/* Walks facts and ledgers side by side, both in the order of inquiries; reads replica trees through
 * the state it is given and touches nothing else. */
#include "services/reporting/walk.h"

#include "common/clock.h"
#include "services/reporting/trees.h"

void walk_begin(
	struct walk *walk, const struct state *state, enum walk_what what, struct period period)
{
	*walk = (struct walk){.state = *state, .what = what};
	walk->least_at = period.from ? local_time(period.from, 0) : INT64_MIN;
	walk->end_at = period.until ? local_time(date_add_days(period.until, 1), 0) : INT64_MAX;
}

bool walk_seek(struct walk *walk, struct text node, struct uuid inquiry)
{
	for (unsigned i = 0; i < state_owners(&walk->state); i++)
		if (text_is(node, state_owner_name(&walk->state, i))) {
			walk->owner = i;
			walk->from = inquiry;
			return true;
		}
	return false;
}

static void enter(struct walk *walk)
{
	struct key from = facts_key(walk->from);

	walk->replica = state_replica(&walk->state, walk->owner);
	rows_begin(&walk->facts, &walk->replica, REPLICA_FACTS, schema_inquiry_fact(), NULL, &from);
	if (walk->what == WALK_LEDGER)
		rows_begin(&walk->ledger, &walk->replica, REPLICA_LEDGER, schema_ledger_entry(),
			NULL, &from);
	walk->has_fact = false;
	walk->inside = true;
}

static void leave(struct walk *walk)
{
	if (walk->inside) {
		rows_end(&walk->facts);
		if (walk->what == WALK_LEDGER)
			rows_end(&walk->ledger);
	}
	walk->inside = false;
}

/* The key of a scan dies with the next call on the transaction, so it is copied out at once. */
static bool next_fact(struct walk *walk)
{
	walk->has_fact = rows_next(&walk->facts, &walk->fact);
	if (walk->has_fact)
		walk->inquiry = key_inquiry(walk->facts.scan.key);
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
	struct uuid inquiry = key_inquiry(walk->ledger.scan.key);
	while (!walk->has_fact || !uuid_equal(walk->inquiry, inquiry))
		if (!next_fact(walk))
			return false;
	*ret = (struct item){
		.entry = &walk->entry, .at = walk->entry.at, .historical = walk->entry.historical};
	return true;
}

static bool next_of_owner(struct walk *walk, struct item *ret)
{
	bool found = walk->what == WALK_LEDGER ? next_entry(walk, ret) : next_inquiry(walk, ret);

	ret->node = state_owner_name(&walk->state, walk->owner);
	ret->inquiry = walk->inquiry;
	ret->fact = &walk->fact;
	return found;
}

bool walk_next(struct walk *walk, struct item *ret)
{
	for (; walk->owner < state_owners(&walk->state); walk->owner++) {
		if (!walk->inside)
			enter(walk);
		while (next_of_owner(walk, ret))
			if (ret->at && ret->at >= walk->least_at && ret->at < walk->end_at)
				return true;
		leave(walk);
		walk->from = (struct uuid){{0}};
	}
	return false;
}

void walk_end(struct walk *walk)
{
	leave(walk);
}
