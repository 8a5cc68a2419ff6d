/* Finding and reading what an archive keeps. Touches the disk through store.h, in the transaction
 * that it is given. */
#include "common/stored.h"

#include <string.h>

const struct service_tree stored_trees[STORED_TREES] = {
	[STORED_RECORDS] = {"records", TREE_GROWING | TREE_STORED, NULL},
	[STORED_LINES] = {"lines", 0, schema_line_row},
};

struct key stored_key(uint64_t line, uint64_t seq)
{
	struct key key = {0};

	key_add_u64(&key, line);
	key_add_u64(&key, seq);
	return key;
}

uint64_t stored_present(struct state *replica, struct line_row *ret)
{
	struct rows rows;
	uint64_t line = 0;

	rows_begin_down(&rows, replica, STORED_LINES, schema_line_row(), NULL, NULL);
	if (rows_next(&rows, ret))
		line = get_u64(rows.scan.key.p);
	rows_end(&rows);
	return line;
}

bool stored_line(struct state *replica, uint64_t line, struct line_row *ret)
{
	struct key key = {0};

	key_add_u64(&key, line);
	return state_get(replica, STORED_LINES, &key, schema_line_row(), ret);
}

bool stored_find(struct state *replica, uint64_t line, uint64_t seq, struct stored_stretch *ret)
{
	uint64_t until = UINT64_MAX;
	struct line_row row;

	while (line && stored_line(replica, line, &row)) {
		if (seq >= (uint64_t)row.first) {
			if (until > (uint64_t)row.last)
				until = (uint64_t)row.last;
			*ret = (struct stored_stretch){line, until};
			return seq <= until;
		}
		if (until > (uint64_t)row.first - 1)
			until = (uint64_t)row.first - 1;
		line = (uint64_t)row.before;
	}
	return false;
}

static bool get_value(struct stored_walk *walk, uint64_t seq, struct bytes *ret)
{
	struct state *replica = walk->replica;
	struct stored_stretch stretch;

	if (!stored_find(replica, walk->line, seq, &stretch))
		return false;
	struct key key = stored_key(stretch.line, seq);
	return store_get(replica->txn, replica->first_tree + STORED_RECORDS, key_bytes(&key), ret);
}

enum err stored_walk_begin(
	struct stored_walk *walk, struct state *replica, uint64_t line, uint64_t from)
{
	struct journal_entry entry;
	struct bytes value;

	*walk = (struct stored_walk){.replica = replica, .line = line, .next = from};
	if (from == 0 || !stored_find(replica, line, from, &walk->stretch))
		return ERR_NOT_FOUND;
	walk->stretch.until = 0; /* to be looked for again, with its scan */
	if (from == 1)
		return ERR_OK;
	if (!get_value(walk, from - 1, &value) || journal_parse(value, replica->arena, &entry))
		return ERR_CORRUPT;
	memcpy(walk->hash, entry.hash, HASH_BYTES);
	return ERR_OK;
}

static bool begin_stretch(struct stored_walk *walk)
{
	struct state *replica = walk->replica;
	struct key prefix = {0};

	stored_walk_end(walk);
	if (!stored_find(replica, walk->line, walk->next, &walk->stretch))
		return false;
	struct key from = stored_key(walk->stretch.line, walk->next);
	key_add_u64(&prefix, walk->stretch.line);
	scan_begin(&walk->scan, replica->txn, replica->first_tree + STORED_RECORDS, SCAN_UP,
		key_bytes(&prefix), key_bytes(&from));
	walk->scanning = true;
	return true;
}

enum err stored_walk_next(struct stored_walk *walk, struct journal_entry *ret)
{
	if (walk->next > walk->stretch.until && !begin_stretch(walk))
		return ERR_NOT_FOUND;
	struct key key = stored_key(walk->stretch.line, walk->next);
	if (!scan_next(&walk->scan) || !bytes_equal(walk->scan.key, key_bytes(&key)))
		return ERR_CORRUPT;
	enum err err = journal_parse_next(
		walk->scan.value, walk->next, walk->hash, walk->replica->arena, ret);
	if (err)
		return err;
	memcpy(walk->hash, ret->hash, HASH_BYTES);
	walk->next++;
	return ERR_OK;
}

void stored_walk_end(struct stored_walk *walk)
{
	if (walk->scanning)
		scan_end(&walk->scan);
	walk->scanning = false;
}
