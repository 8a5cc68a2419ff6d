/* Appends to and reads from the journal tree of the node's store. Touches the disk through store.h
 * only. */
#include "common/journal.h"

#include <sodium.h>
#include <string.h>

enum { VERSION = 1, PREFIX_BYTES = 1 + HASH_BYTES + 4 };

void journal_init(struct journal *journal, unsigned tree)
{
	*journal = (struct journal){.tree = tree, .epoch = 1};
	buffer_init(&journal->scratch, (size_t)128 * 1024);
}

void journal_done(struct journal *journal)
{
	buffer_done(&journal->scratch);
}

static struct key key_of(uint64_t seq)
{
	struct key key = {0};

	key_add_u64(&key, seq);
	return key;
}

static void chain(const uint8_t before[HASH_BYTES], struct bytes record, uint8_t ret[HASH_BYTES])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
	crypto_generichash_update(&state, before, HASH_BYTES);
	crypto_generichash_update(&state, record.p, record.n);
	crypto_generichash_final(&state, ret, HASH_BYTES);
}

static uint32_t sum_of(struct bytes value)
{
	return crc32c(
		crc32c(0, value.p + 1, HASH_BYTES), value.p + PREFIX_BYTES, value.n - PREFIX_BYTES);
}

static bool is_whole(struct bytes value)
{
	return value.n >= PREFIX_BYTES && value.p[0] == VERSION &&
	       get_u32(value.p + 1 + HASH_BYTES) == sum_of(value);
}

enum err journal_load(struct journal *journal, struct txn *txn)
{
	struct journal_entry entry;
	struct arena arena;
	struct scan scan;
	enum err err = ERR_OK;

	journal->seq = 0;
	journal->epoch = 1;
	journal->time = 0;
	memset(journal->hash, 0, HASH_BYTES);
	arena_init(&arena, (size_t)1024 * 1024);
	scan_begin(&scan, txn, journal->tree, SCAN_DOWN, BYTES_NONE, BYTES_NONE);
	if (scan_next(&scan)) {
		err = journal_parse(scan.value, &arena, &entry);
		if (!err) {
			journal->seq = (uint64_t)entry.record.seq;
			journal->epoch = (uint64_t)entry.record.epoch;
			journal->time = entry.record.time;
			memcpy(journal->hash, entry.hash, HASH_BYTES);
		}
	}
	scan_end(&scan);
	arena_done(&arena);
	return err ? err : store_error(txn);
}

void journal_append(struct journal *journal, struct txn *txn, struct record *record)
{
	struct buffer *out = &journal->scratch;
	uint8_t prefix[PREFIX_BYTES] = {VERSION};

	record->seq = (int64_t)(journal->seq + 1);
	record->epoch = (int64_t)journal->epoch;
	buffer_reset(out);
	buffer_add(out, prefix, sizeof(prefix));
	schema_encode(schema_record(), record, out);
	if (out->failed) {
		store_fail(txn, ERR_LIMIT);
		return;
	}
	struct bytes stored = {out->p + PREFIX_BYTES, out->n - PREFIX_BYTES};
	chain(journal->hash, stored, journal->hash);
	memcpy(out->p + 1, journal->hash, HASH_BYTES);
	put_u32(out->p + 1 + HASH_BYTES, sum_of(buffer_bytes(out)));
	journal->seq++;
	journal->time = record->time;
	struct key key = key_of(journal->seq);
	store_put(txn, journal->tree, key_bytes(&key), buffer_bytes(out));
}

enum err journal_parse(struct bytes value, struct arena *arena, struct journal_entry *ret)
{
	if (!is_whole(value))
		return ERR_CORRUPT;
	memcpy(ret->hash, value.p + 1, HASH_BYTES);
	ret->value = value;
	ret->stored = bytes_of(value.p + PREFIX_BYTES, value.n - PREFIX_BYTES);
	if (schema_decode(schema_record(), ret->stored, PACK_PLAIN, arena, &ret->record, NULL))
		return ERR_CORRUPT;
	return ERR_OK;
}

enum err journal_parse_next(struct bytes value, uint64_t seq, const uint8_t before[HASH_BYTES],
	struct arena *arena, struct journal_entry *ret)
{
	uint8_t hash[HASH_BYTES];
	enum err err = journal_parse(value, arena, ret);

	if (err)
		return err;
	chain(before, ret->stored, hash);
	return (uint64_t)ret->record.seq == seq && memcmp(hash, ret->hash, HASH_BYTES) == 0
		       ? ERR_OK
		       : ERR_CORRUPT;
}

enum err journal_read(const struct journal *journal, struct txn *txn, uint64_t seq,
	struct arena *arena, struct journal_entry *ret)
{
	struct key key = key_of(seq);
	struct bytes value;

	if (!store_get(txn, journal->tree, key_bytes(&key), &value))
		return store_error(txn) ? store_error(txn) : ERR_NOT_FOUND;
	enum err err = journal_parse(value, arena, ret);
	if (!err && (uint64_t)ret->record.seq != seq)
		return ERR_CORRUPT;
	return err;
}

bool journal_hash_at(
	const struct journal *journal, struct txn *txn, uint64_t seq, uint8_t ret[HASH_BYTES])
{
	struct key key = key_of(seq);
	struct bytes value;

	memset(ret, 0, HASH_BYTES);
	if (seq == 0)
		return true;
	if (!store_get(txn, journal->tree, key_bytes(&key), &value))
		return false;
	if (!is_whole(value)) {
		store_fail(txn, ERR_CORRUPT);
		return false;
	}
	memcpy(ret, value.p + 1, HASH_BYTES);
	return true;
}

enum err journal_walk_next(struct journal_walk *walk, struct bytes value, struct arena *arena)
{
	struct journal_entry entry;
	enum err err = journal_parse_next(value, walk->seq + 1, walk->hash, arena, &entry);

	if (!err && entry.record.epoch < walk->epoch)
		err = ERR_CORRUPT;
	if (err)
		return err;
	walk->seq++;
	walk->epoch = entry.record.epoch;
	memcpy(walk->hash, entry.hash, HASH_BYTES);
	return ERR_OK;
}

static enum err check_entry(
	struct bytes key, struct bytes value, struct arena *arena, struct journal_check *check)
{
	struct journal_entry *entry = &check->entry;
	enum err err = journal_parse_next(value, check->next, check->hash, arena, entry);

	if (err)
		return err;
	if (get_u64(key.p) != check->next || entry->record.epoch < check->epoch)
		return ERR_CORRUPT;
	memcpy(check->hash, entry->hash, HASH_BYTES);
	check->epoch = entry->record.epoch;
	return ERR_OK;
}

bool journal_check_begin(const struct journal *journal, struct txn *txn, uint64_t from,
	struct arena *arena, struct journal_check *ret)
{
	struct key key = key_of(from);

	*ret = (struct journal_check){.next = from, .epoch = 1};
	if (from > 1 && journal_read(journal, txn, from - 1, arena, &ret->entry))
		return false;
	if (from > 1) {
		memcpy(ret->hash, ret->entry.hash, HASH_BYTES);
		ret->epoch = ret->entry.record.epoch;
	}
	scan_begin(&ret->scan, txn, journal->tree, SCAN_UP, BYTES_NONE, key_bytes(&key));
	return true;
}

bool journal_check_next(
	const struct journal *journal, struct journal_check *check, struct arena *arena)
{
	if (check->err || check->next > journal->seq + 1)
		return false;
	bool there = scan_next(&check->scan);
	bool end = check->next == journal->seq + 1;
	if (end && !there)
		return false;
	check->err = end || !there ? ERR_CORRUPT
				   : check_entry(check->scan.key, check->scan.value, arena, check);
	check->next += !check->err;
	return !check->err;
}

enum err journal_verify(
	const struct journal *journal, struct txn *txn, struct arena *arena, uint64_t *ret_bad)
{
	struct journal_check check;
	bool begun = journal_check_begin(journal, txn, 1, arena, &check);

	arena_reset(arena);
	while (begun && journal_check_next(journal, &check, arena))
		arena_reset(arena);
	scan_end(&check.scan);
	*ret_bad = check.err ? check.next : 0;
	return check.err ? check.err : store_error(txn);
}
