/* What an archive keeps of each owner: every record of its journal, as the owner has stored it.
 *
 * 1. Nothing is ever overwritten or removed.
 * 2. Records lie in lines, numbered 1, 2, 3. A new line begins where the owner begins an epoch and
 *    where, followed anew after it was restored, it goes another way than it went before; what that
 *    leaves behind stays in the line it was in.
 * 3. The journal that ends in a line is that line, behind the one that it goes on from up to its
 * own first record, and so on down to record 1. The present journal ends in the last line.
 */
#ifndef COMMON_STORED_H
#define COMMON_STORED_H

#include "common/journal.h"
#include "common/service.h"

/* The replica trees of an archive's service. */
enum stored_tree {
	STORED_RECORDS, /* line, seq: the value as it stands in the owner's journal (journal.h) */
	STORED_LINES,   /* line: line_row */
	STORED_TREES
};
extern const struct service_tree stored_trees[STORED_TREES];
struct key stored_key(uint64_t line, uint64_t seq);

/* The number of the last line; 0: there is none. */
uint64_t stored_present(struct state *replica, struct line_row *ret);
bool stored_line(struct state *replica, uint64_t line, struct line_row *ret);

/* Where a record lies, and how far that line belongs to the journal. */
struct stored_stretch {
	uint64_t line;
	uint64_t until;
};
/* Of the record seq of the journal that ends in `line`. False: it is not there. */
bool stored_find(struct state *replica, uint64_t line, uint64_t seq, struct stored_stretch *ret);

/* A walk over the records of one journal; each is checked to go on from the one before. */
struct stored_walk {
	struct state *replica;
	uint64_t line; /* the journal ends in it */
	uint64_t next;
	struct stored_stretch stretch;
	uint8_t hash[HASH_BYTES]; /* at next - 1 */
	struct scan scan;
	bool scanning;
};
/* ERR_NOT_FOUND: there is no such record; ERR_CORRUPT: the one before it cannot be read. */
enum err stored_walk_begin(
	struct stored_walk *walk, struct state *replica, uint64_t line, uint64_t from) MUST_USE;
/* The entry lies in the state's arena and is valid until the next call; ERR_NOT_FOUND: that was
 * all; ERR_CORRUPT: record walk->next is missing, or does not go on from the one before. */
enum err stored_walk_next(struct stored_walk *walk, struct journal_entry *ret) MUST_USE;
void stored_walk_end(struct stored_walk *walk);

#endif
