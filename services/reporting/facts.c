/* Folds intake's events into facts without identities; writes replica trees through the fold it is
 * given and touches nothing else. */
#include "services/reporting/facts.h"

#include "proto/intake.h"
#include "services/reporting/rows.h"
#include "services/reporting/trees.h"

/* One event on its way into the facts of its inquiry. */
struct change {
	struct fold *fold;
	const struct record *record;
	struct uuid inquiry;
	enum fact_event event;
	int64_t at;
	struct inquiry_fact fact;
};

static struct change begin(
	struct fold *fold, const struct record *record, struct uuid inquiry, enum fact_event event)
{
	struct change change = {.fold = fold, .record = record, .inquiry = inquiry, .event = event};
	struct key key = id_key(inquiry);

	change.at = record->occurred_at ? record->occurred_at : record->time;
	(void)state_get(&fold->state, REPLICA_FACTS, &key, schema_inquiry_fact(), &change.fact);
	return change;
}

static void end(struct change *change)
{
	struct key key = id_key(change->inquiry);

	fold_put(change->fold, REPLICA_FACTS, &key, schema_inquiry_fact(), &change->fact);
}

static void put_entry(struct change *change, int64_t number, const struct ledger_entry *entry)
{
	struct key key = ledger_key(change->inquiry, number);

	fold_put(change->fold, REPLICA_LEDGER, &key, schema_ledger_entry(), entry);
}

/* What became of the promise that stands, if one does. */
static void settle(struct change *change, enum promise_state state)
{
	struct key key = ledger_key(change->inquiry, change->fact.open);
	struct ledger_entry entry;

	if (!change->fact.open || !state_get(&change->fold->state, REPLICA_LEDGER, &key,
					  schema_ledger_entry(), &entry))
		return;
	entry.state = state;
	entry.settled_at = change->at;
	entry.settled_seq = change->record->seq;
	entry.settled_by = change->event;
	put_entry(change, change->fact.open, &entry);
	change->fact.open = 0;
}

static void add_entry(struct change *change, enum promise_state state, int64_t talk_at)
{
	struct ledger_entry entry = {.at = change->at,
		.seq = change->record->seq,
		.event = change->event,
		.state = state,
		.talk_at = talk_at,
		.historical = change->record->historical};

	put_entry(change, ++change->fact.entries, &entry);
	if (state == promise_state_made)
		change->fact.open = change->fact.entries;
}

void facts_apply_received(struct fold *fold, const struct record *record, const void *event)
{
	const struct inquiry_received *e = event;
	struct change change = begin(fold, record, e->inquiry, fact_event_inquiry_received);
	struct inquiry_fact *fact = &change.fact;

	if (!fact->received_at) {
		fact->received_at = change.at;
		fact->received_seq = record->seq;
		fact->channel = e->channel;
		fact->asker = e->asker;
		fact->urgency = e->urgency;
		fact->main_area = e->life_areas.n ? e->life_areas.at[0] : life_area_none;
		for (size_t i = 0; i < e->life_areas.n; i++)
			fact->areas |= INT64_C(1) << e->life_areas.at[i];
		fact->historical = record->historical;
		struct key visit = visit_key(person_of(e->citizen), fact->received_at, e->inquiry);
		fold_put(fold, REPLICA_VISITS, &visit, NULL, NULL);
	}
	end(&change);
}

void facts_apply_booked(struct fold *fold, const struct record *record, const void *event)
{
	const struct first_talk_booked *e = event;
	struct change change = begin(fold, record, e->inquiry, fact_event_first_talk_booked);

	settle(&change, promise_state_moved_by_us);
	if (!change.fact.promised_at) {
		change.fact.promised_at = change.at;
		change.fact.offered_at = e->talk_at;
		change.fact.promised_seq = record->seq;
	}
	add_entry(&change, promise_state_made, e->talk_at);
	end(&change);
}

void facts_apply_moved(struct fold *fold, const struct record *record, const void *event)
{
	const struct first_talk_moved *e = event;
	struct change change = begin(fold, record, e->inquiry, fact_event_first_talk_moved);

	settle(&change,
		e->by == side_citizen ? promise_state_moved_by_citizen : promise_state_moved_by_us);
	add_entry(&change, promise_state_made, e->talk_at);
	end(&change);
}

void facts_apply_cancelled(struct fold *fold, const struct record *record, const void *event)
{
	const struct first_talk_cancelled *e = event;
	struct change change = begin(fold, record, e->inquiry, fact_event_first_talk_cancelled);

	settle(&change, e->by == side_citizen ? promise_state_lapsed : promise_state_moved_by_us);
	end(&change);
}

void facts_apply_held(struct fold *fold, const struct record *record, const void *event)
{
	const struct first_talk_held *e = event;
	struct change change = begin(fold, record, e->inquiry, fact_event_first_talk_held);

	settle(&change, e->kept ? promise_state_kept : promise_state_broken);
	if (!change.fact.held_at) {
		change.fact.held_at = e->held_at;
		change.fact.held_seq = record->seq;
	}
	end(&change);
}

void facts_apply_broken(struct fold *fold, const struct record *record, const void *event)
{
	const struct promise_broken *e = event;
	struct change change = begin(fold, record, e->inquiry, fact_event_promise_broken);

	settle(&change, promise_state_broken);
	end(&change);
}

void facts_apply_at_risk(struct fold *fold, const struct record *record, const void *event)
{
	const struct promise_at_risk *e = event;
	struct change change = begin(fold, record, e->inquiry, fact_event_promise_at_risk);

	add_entry(&change, promise_state_none, e->talk_at);
	end(&change);
}

void facts_apply_closed(struct fold *fold, const struct record *record, const void *event)
{
	const struct inquiry_closed *e = event;
	struct change change = begin(fold, record, e->inquiry, fact_event_inquiry_closed);

	settle(&change, promise_state_lapsed);
	if (!change.fact.closed_at) {
		change.fact.closed_at = change.at;
		change.fact.closed_seq = record->seq;
		change.fact.closing = e->closing;
	}
	end(&change);
}
