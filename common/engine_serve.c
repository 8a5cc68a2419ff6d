/* The owner's side of following: which records a follower may have, in which form, and how many
 * wait for it. Touches the disk through store.h only, in read transactions. */
#include <string.h>

#include "common/admin.h"
#include "common/engine_private.h"
#include "common/op.h"

/* SCAN_A_CALL: records looked at in one call, so that a turn stays short. REPLAYED: of a reply. */
enum { SCAN_A_CALL = 20000, REPLAYED_BYTES = 40000, REPLAYED_MOST = 60000 };

void engine_head(const struct engine *engine, struct head *ret)
{
	*ret = (struct head){.epoch = engine->journal.epoch,
		.seq = engine->journal.seq,
		.time = engine->journal.time};
	memcpy(ret->hash, engine->journal.hash, HASH_BYTES);
}

int engine_follower(const struct engine *engine, struct text name, uint32_t role)
{
	for (size_t i = 0; i < engine->options.n_followers; i++)
		if (text_is(name, engine->followers[i].name) && role == engine->followers[i].role)
			return (int)i;
	return -1;
}

size_t engine_followers(const struct engine *engine)
{
	return engine->options.n_followers;
}

/* Records in (after, until] that the follower may have. */
static enum err count_between(struct engine *engine, struct txn *txn,
	const struct follower *follower, const uint64_t range[2], int64_t *ret)
{
	struct journal_entry entry;
	struct key from = {0};
	struct scan scan;
	enum err err = ERR_OK;

	*ret = 0;
	key_add_u64(&from, range[0] + 1);
	scan_begin(&scan, txn, CORE_JOURNAL, SCAN_UP, BYTES_NONE, key_bytes(&from));
	while (!err && scan_next(&scan)) {
		if (scan.key.n == 8 && get_u64(scan.key.p) > range[1])
			break;
		arena_reset(&engine->read_arena);
		err = journal_parse(scan.value, &engine->read_arena, &entry);
		if (!err)
			*ret += engine_may_have(follower, &entry.record);
		if (err == ERR_CORRUPT) { /* as when addressed was counted */
			engine_met_corrupt(engine, "journal");
			err = ERR_OK;
		}
	}
	scan_end(&scan);
	return err ? err : store_error(txn);
}

static enum err set_delivered(
	struct engine *engine, struct txn *txn, struct follower *follower, uint64_t through)
{
	struct follower_row row = follower->row;
	uint64_t range[2] = {(uint64_t)row.through, through};
	int64_t between;

	if (through < (uint64_t)row.through) { /* it begins anew: counted from the start */
		row.delivered = 0;
		row.withheld = 0;
		follower->oldest = 0;
		range[0] = 0;
	}
	enum err err = count_between(engine, txn, follower, range, &between);
	if (err)
		return err;
	row.delivered += between;
	row.through = (int64_t)through;
	follower->row = row;
	follower->dirty = true;
	return ERR_OK;
}

/* Is what it has a prefix of our journal? An error of the store teaches nothing. */
static enum err compare(
	struct engine *engine, struct txn *txn, const struct standing *at, struct reason *reason)
{
	const struct journal *journal = &engine->journal;
	uint8_t ours[HASH_BYTES];

	if (at->epoch > journal->epoch)
		return reason_set(reason, ERR_DIVERGED, "epoch", "%llu is later than ours, %llu",
			(unsigned long long)at->epoch, (unsigned long long)journal->epoch);
	if (at->through > journal->seq || at->hash_at > journal->seq)
		return reason_set(reason, ERR_DIVERGED, "next",
			"it was told of record %llu, our journal ends at %llu",
			(unsigned long long)(at->hash_at > at->through ? at->hash_at : at->through),
			(unsigned long long)journal->seq);
	bool there = journal_hash_at(journal, txn, at->hash_at, ours);
	if (store_error(txn))
		return reason_set(reason, store_error(txn), "", "the journal cannot be read");
	if (!there || (at->hash && memcmp(ours, at->hash, HASH_BYTES) != 0))
		return reason_set(reason, ERR_DIVERGED, "hash",
			"that of record %llu is another one in our journal",
			(unsigned long long)at->hash_at);
	return ERR_OK;
}

static void note_standing(struct follower *follower, const struct standing *at, enum err err)
{
	int64_t through = err ? (int64_t)at->through : 0, epoch = err ? (int64_t)at->epoch : 0;

	if (follower->row.diverged_at == through && follower->row.diverged_epoch == epoch)
		return;
	follower->row.diverged_at = through;
	follower->row.diverged_epoch = epoch;
	follower->dirty = true;
}

enum err engine_follow(
	struct engine *engine, unsigned index, const struct standing *at, struct reason *reason)
{
	struct follower *follower = &engine->followers[index];
	struct txn *txn;

	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (err)
		return reason_set(reason, err, "", "the journal cannot be read");
	err = compare(engine, txn, at, reason);
	if (err == ERR_OK || err == ERR_DIVERGED)
		note_standing(follower, at, err);
	if (!err && at->through != (uint64_t)follower->row.through) {
		err = set_delivered(engine, txn, follower, at->through);
		if (err)
			err = reason_set(reason, err, "", "the journal cannot be read");
	}
	store_abort(txn);
	return err;
}

/* On which basis others have it is not for this follower to know. */
static void keep_own_grants(const struct follower *follower, struct record *record)
{
	size_t kept = 0;

	for (size_t i = 0; i < record->grants.n; i++)
		if (text_is(record->grants.at[i].to, follower->name))
			record->grants.at[kept++] = record->grants.at[i];
	record->grants.n = kept;
}

/* A record as this follower may have it: personal fields opened, or stripped. */
static enum err encode_for(struct engine *engine, const struct follower *follower,
	struct record *record, struct buffer *out)
{
	struct stored_event event;
	enum err err = engine_decode_event(engine, record, &engine->read_arena, &event);

	if (err)
		return err;
	if (follower->role & engine->service->personal_peers)
		engine_open_record(engine, &engine->read_arena, event.schema, event.fields);
	else
		engine_mask_record(event.schema, event.fields, "");
	buffer_reset(&engine->scratch);
	schema_encode(event.schema, event.fields, &engine->scratch);
	record->fields = text_of_bytes(buffer_bytes(&engine->scratch));
	if (!(follower->role & engine->service->personal_peers) && record->actor)
		record->actor->id = TEXT_NONE;
	keep_own_grants(follower, record);
	schema_encode(schema_record(), record, out);
	return engine->scratch.failed || out->failed ? ERR_LIMIT : ERR_OK;
}

static enum err add_item(struct engine *engine, const struct follower *follower,
	struct journal_entry *entry, struct outgoing *out)
{
	struct op_item item = {OP_FORM_STORED, (uint64_t)entry->record.seq, entry->value};
	enum err err = ERR_OK;

	if (!(follower->role & engine->service->sealed_peers)) {
		buffer_reset(&engine->item);
		err = encode_for(engine, follower, &entry->record, &engine->item);
		item.form = OP_FORM_WHOLE;
		item.bytes = buffer_bytes(&engine->item);
	}
	if (err)
		return err;
	op_batch_add(out->items, &item);
	if (out->n++ == 0)
		out->written = entry->record.time;
	return out->items->failed ? ERR_LIMIT : ERR_OK;
}

static enum err collect(struct engine *engine, struct txn *txn, const struct follower *follower,
	struct outgoing *out)
{
	struct journal_entry entry;
	struct key from = {0};
	struct scan scan;
	enum err err = ERR_OK;

	key_add_u64(&from, out->first);
	scan_begin(&scan, txn, CORE_JOURNAL, SCAN_UP, BYTES_NONE, key_bytes(&from));
	unsigned looked = 0;
	for (; looked < SCAN_A_CALL && out->n < out->max_records &&
		out->items->n < out->max_bytes && scan_next(&scan);
		looked++) {
		size_t before = out->items->n;
		arena_reset(&engine->read_arena);
		err = journal_parse(scan.value, &engine->read_arena, &entry);
		if (!err && out->last >= out->first && out->epoch != (uint64_t)entry.record.epoch)
			break;
		if (!err && engine_may_have(follower, &entry.record))
			err = add_item(engine, follower, &entry, out);
		if (err)
			break;
		if (out->items->n > out->max_bytes && out->n > 1) { /* it opens the next frame */
			out->items->n = before;
			out->n--;
			break;
		}
		out->last = (uint64_t)entry.record.seq;
		out->epoch = (uint64_t)entry.record.epoch;
		memcpy(out->hash_last, entry.hash, HASH_BYTES);
	}
	scan_end(&scan);
	out->tired = looked == SCAN_A_CALL;
	return err;
}

enum err engine_outgoing(struct engine *engine, unsigned follower, struct outgoing *out)
{
	struct txn *txn;

	out->last = out->first - 1;
	out->n = 0;
	out->stubs = 0;
	out->written = 0;
	out->tired = false;
	buffer_reset(out->items);
	if (out->first > engine->journal.seq || out->max_records == 0)
		return ERR_OK;
	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (err)
		return err;
	if (!engine_paused(engine, txn, "link", engine->followers[follower].name))
		err = collect(engine, txn, &engine->followers[follower], out);
	if (!err)
		err = store_error(txn);
	if ((err == ERR_CORRUPT || err == ERR_UNKNOWN_TYPE) && out->last >= out->first)
		err = ERR_OK; /* what lies before it is good */
	else if (err == ERR_CORRUPT)
		engine_met_corrupt(engine, "journal");
	store_abort(txn);
	return err;
}

/* As engine_outgoing, also while the link is paused. */
enum err engine_replay_journal(struct question *q, const void *query, void *ret_reply)
{
	const struct replay_journal *ask = query;
	struct engine *engine = q->state.engine;
	struct journal_piece *reply = ret_reply;
	struct buffer items;
	struct outgoing out = {.first = (uint64_t)ask->from,
		.last = (uint64_t)ask->from - 1,
		.max_records = OP_ITEMS_MAX,
		.max_bytes = REPLAYED_BYTES,
		.items = &items};
	int follower = engine_follower(engine, q->client, q->peer);

	if (follower < 0)
		return reason_set(q->reason, ERR_DENIED, "", "this peer is no follower");
	if (engine->followers[follower].role & engine->service->sealed_peers)
		return reason_set(q->reason, ERR_DENIED, "", "is not for archives");
	buffer_init(&items, (size_t)256 * 1024);
	arena_reset(&engine->read_arena);
	enum err err = collect(engine, q->state.txn, &engine->followers[follower], &out);
	struct bytes copy = bytes_copy(q->state.arena, buffer_bytes(&items));
	*reply = (struct journal_piece){.epoch = (int64_t)out.epoch,
		.first = ask->from,
		.last = (int64_t)out.last,
		.hash_last = {arena_copy(q->state.arena, out.hash_last, HASH_BYTES), HASH_BYTES,
			false},
		.items = text_of_bytes(copy)};
	buffer_done(&items);
	if (err)
		return reason_set(q->reason, err, "", "the journal cannot be read");
	return copy.n <= REPLAYED_MOST
		       ? ERR_OK
		       : reason_set(q->reason, ERR_LIMIT, "from",
				 "record %lld is too large to be replayed", (long long)ask->from);
}

void engine_delivered(struct engine *engine, unsigned index, const struct delivered *delivered)
{
	struct follower *follower = &engine->followers[index];
	struct follower_row *row = &follower->row;

	row->seen = clock_now(&engine->options.clock);
	if (delivered->last <= (uint64_t)row->through)
		return;
	if (delivered->first != (uint64_t)row->through + 1) {
		/* uncounted it stays undelivered: the next FOLLOW counts it */
		enum err ignored = engine_follow(engine, index,
			&(struct standing){.through = delivered->last, .hash_at = delivered->last},
			NULL);
		(void)ignored;
		return;
	}
	engine_note_delivery(
		&follower->watch->deliveries, (uint64_t)row->through, delivered->last, row->seen);
	row->through = (int64_t)delivered->last;
	row->delivered += (int64_t)delivered->records;
	row->withheld += (int64_t)delivered->stubs;
	follower->dirty = true;
}

void engine_told_aside(struct engine *engine, unsigned index, int64_t quarantined, int64_t dropped)
{
	struct follower *follower = &engine->followers[index];
	struct follower_row *row = &follower->row;

	if (row->quarantined == quarantined && row->dropped == dropped)
		return;
	row->quarantined = quarantined;
	row->dropped = dropped;
	follower->dirty = true;
}

/* Nothing between through and the one found last is for it, so the search goes on from there. */
static enum err find_oldest(struct engine *engine, struct follower *follower, int64_t *ret)
{
	uint64_t next = (uint64_t)follower->row.through + 1;
	struct journal_entry entry;
	struct key from = {0};
	struct scan scan;
	struct txn *txn;

	key_add_u64(&from, follower->oldest > next ? follower->oldest : next);
	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (err)
		return err;
	scan_begin(&scan, txn, CORE_JOURNAL, SCAN_UP, BYTES_NONE, key_bytes(&from));
	while (!err && *ret == 0 && scan_next(&scan)) {
		arena_reset(&engine->read_arena);
		err = journal_parse(scan.value, &engine->read_arena, &entry);
		if (!err && engine_may_have(follower, &entry.record)) {
			*ret = entry.record.time;
			follower->oldest = (uint64_t)entry.record.seq;
		}
	}
	scan_end(&scan);
	store_abort(txn);
	return err;
}

enum err engine_queue(struct engine *engine, unsigned index, struct queue *ret)
{
	struct follower *follower = &engine->followers[index];
	const struct follower_row *row = &follower->row;

	*ret = (struct queue){.follower = follower->name,
		.role = follower->role,
		.addressed = (uint64_t)row->addressed,
		.delivered = (uint64_t)row->delivered,
		.withheld = (uint64_t)row->withheld,
		.quarantined = (uint64_t)row->quarantined,
		.dropped = (uint64_t)row->dropped,
		.through = (uint64_t)row->through,
		.seen = row->seen,
		.diverged_at = (uint64_t)row->diverged_at,
		.diverged_epoch = (uint64_t)row->diverged_epoch};
	if (row->addressed == row->delivered)
		return ERR_OK;
	enum err err = find_oldest(engine, follower, &ret->oldest_time);
	if (err != ERR_CORRUPT)
		return err;
	engine_met_corrupt(engine, "journal");
	return ERR_OK;
}
