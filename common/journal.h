/* The journal of a node: its own events, numbered, checksummed and hash-chained.
 *
 * Stored as: key seq (8 bytes big-endian); value = version 1 | hash (32) | crc32c (4) | record,
 * where record is `struct record` in MessagePack, crc32c covers hash and record, and hash(n) =
 * BLAKE2b-256(hash(n-1) | record(n)), hash(0) = 32 zero bytes.
 *
 * 1. seq is contiguous from 1, epochs never fall and hash is chained (I4).
 * 2. A record is never changed and never removed.
 */
#ifndef COMMON_JOURNAL_H
#define COMMON_JOURNAL_H

#include "common/node.h"
#include "common/store.h"

#define HASH_BYTES 32

struct journal {
	unsigned tree;
	uint64_t epoch; /* that the next record belongs to; as loaded: that of the last one, or 1 */
	uint64_t seq;   /* of the last record, 0 when empty */
	int64_t time;   /* of the last record */
	uint8_t hash[HASH_BYTES];
	struct buffer scratch;
};

struct journal_entry {
	struct record record;
	struct bytes stored; /* the record as stored */
	struct bytes value;  /* with version, hash and checksum before it */
	uint8_t hash[HASH_BYTES];
};

void journal_init(struct journal *journal, unsigned tree);
void journal_done(struct journal *journal);

/* Reads where the journal ends; to be called at start and after a transaction was given up. */
enum err journal_load(struct journal *journal, struct txn *txn) MUST_USE;

/* Gives the record its seq and epoch, and writes it. Errors stick to the transaction. */
void journal_append(struct journal *journal, struct txn *txn, struct record *record);

/* ERR_NOT_FOUND beyond the end, ERR_CORRUPT when checksum or encoding fail. The record's texts lie
 * in the arena. */
enum err journal_read(const struct journal *journal, struct txn *txn, uint64_t seq,
	struct arena *arena, struct journal_entry *ret) MUST_USE;

/* A stored value taken apart, as a scan of the journal hands it out. */
enum err journal_parse(struct bytes value, struct arena *arena, struct journal_entry *ret) MUST_USE;

/* The same, and it must be the record seq that follows on the one with hash before; ERR_CORRUPT
 * when it is not. */
enum err journal_parse_next(struct bytes value, uint64_t seq, const uint8_t before[HASH_BYTES],
	struct arena *arena, struct journal_entry *ret) MUST_USE;

/* The hash at seq; of 0 it is zero. False when there is no such record; ERR_CORRUPT sticks to the
 * transaction when its bytes fail their checksum. */
bool journal_hash_at(
	const struct journal *journal, struct txn *txn, uint64_t seq, uint8_t ret[HASH_BYTES]);

/* A walk from the first record on, in steps that may lie far apart; all zero before it. */
struct journal_walk {
	uint64_t seq; /* of the record it stands at */
	int64_t epoch;
	uint8_t hash[HASH_BYTES];
};
/* Checks that the value is the next record, whole and in the chain, and moves to it. */
enum err journal_walk_next(
	struct journal_walk *walk, struct bytes value, struct arena *arena) MUST_USE;

/* A walk that checks numbers, epochs, checksums and hashes, from a number (at least 1) on, on the
 * word of the hash stored before it, to where the journal is known to end. begin: false when there
 * is no entry before `from`. next: false at the end, or with err set, where next is the first wrong
 * or missing number; otherwise entry is the one that was good. The caller ends the scan. */
struct journal_check {
	uint64_t next; /* to be looked at */
	int64_t epoch; /* of the one before */
	uint8_t hash[HASH_BYTES];
	struct journal_entry entry;
	struct scan scan;
	enum err err;
};
bool journal_check_begin(const struct journal *journal, struct txn *txn, uint64_t from,
	struct arena *arena, struct journal_check *ret);
bool journal_check_next(
	const struct journal *journal, struct journal_check *check, struct arena *arena);

/* Checks the whole journal. *ret_bad is the first wrong seq. */
enum err journal_verify(const struct journal *journal, struct txn *txn, struct arena *arena,
	uint64_t *ret_bad) MUST_USE;

#endif
