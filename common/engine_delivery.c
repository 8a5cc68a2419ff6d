/* When followers acknowledged single records, as far back as that is kept in memory. Touches the
 * disk through store.h only, in read transactions. */
#include "common/admin.h"
#include "common/engine_private.h"

void engine_note_delivery(struct deliveries *d, uint64_t before, uint64_t through, int64_t at)
{
	if (d->n == 0)
		d->from = before;
	if (d->n == DELIVERIES)
		d->from = d->at[d->next].through;
	else
		d->n++;
	d->at[d->next] = (struct delivery){through, at};
	d->next = (d->next + 1) % DELIVERIES;
}

int64_t engine_delivered_at(const struct deliveries *d, uint64_t seq)
{
	if (d->n == 0 || seq <= d->from)
		return 0;
	for (unsigned i = 0; i < d->n; i++) {
		const struct delivery *one = &d->at[(d->next + DELIVERIES - d->n + i) % DELIVERIES];
		if (one->through >= seq)
			return one->at;
	}
	return 0;
}

static void add_lines(struct question *q, const struct record *record, struct delivery_list *reply)
{
	struct engine *engine = q->state.engine;
	uint64_t seq = (uint64_t)record->seq;

	for (size_t i = 0; i < engine->options.n_followers; i++) {
		const struct follower *follower = &engine->followers[i];
		bool waits = seq > (uint64_t)follower->row.through;
		if (!engine_may_have(follower, record) || reply->lines.n == DELIVERY_LINES)
			continue;
		reply->lines.at[reply->lines.n++] = (struct delivery_line){.seq = record->seq,
			.follower = text_of(follower->name),
			.waits = waits,
			.at = waits ? 0 : engine_delivered_at(&follower->watch->deliveries, seq)};
	}
}

enum err engine_show_delivery(struct question *q, const void *query, void *ret_reply)
{
	const struct show_delivery *ask = query;
	struct delivery_list *reply = ret_reply;
	struct journal_entry entry;

	reply->lines.at = arena_alloc(q->state.arena, DELIVERY_LINES * sizeof(*reply->lines.at));
	if (!reply->lines.at)
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	for (size_t i = 0; i < ask->records.n; i++) {
		enum err err = journal_read(&q->state.engine->journal, q->state.txn,
			(uint64_t)ask->records.at[i].n, q->state.arena, &entry);
		if (err == ERR_NOT_FOUND)
			continue;
		if (err)
			return reason_set(q->reason, err, "", "the journal cannot be read");
		add_lines(q, &entry.record, reply);
	}
	return ERR_OK;
}
