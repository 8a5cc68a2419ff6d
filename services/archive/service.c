/* The queries of the archive and the table that the engine runs; reads state through what it is
 * given and touches nothing else. */
#include "common/stored.h"
#include "proto/archive.h"
#include "services/archive/archive.h"

enum { LISTED = 200, CHECKED_AT_ONCE = 5000, PAGE_BYTES = 60000, LENGTH_BYTES = 4 };

static bool find_owner(const struct state *state, struct text name, struct state *ret)
{
	for (unsigned i = 0; i < state_owners(state); i++)
		if (text_is(name, state_owner_name(state, i))) {
			*ret = state_replica(state, i);
			return true;
		}
	return false;
}

/* ---- list ------------------------------------------------------------------------------------ */

static void list_owner(struct state *replica, const char *owner, struct archive_list *list)
{
	struct line_row row;
	struct rows rows;

	rows_begin(&rows, replica, STORED_LINES, schema_line_row(), NULL, NULL);
	while (list->lines.n < LISTED && rows_next(&rows, &row))
		list->lines.at[list->lines.n++] = (struct archive_line){.owner = text_of(owner),
			.line = (int64_t)get_u64(rows.scan.key.p),
			.epoch = row.epoch,
			.first = row.first,
			.last = row.last,
			.before = row.before,
			.bytes = row.bytes,
			.hash = row.hash,
			.since = row.since,
			.time = row.time};
	rows_end(&rows);
}

static enum err list(struct question *q, const void *query, void *ret_reply)
{
	const struct list_archive *asked = query;
	struct archive_list *reply = ret_reply;

	reply->lines.at = arena_alloc(q->state.arena, LISTED * sizeof(*reply->lines.at));
	if (!reply->lines.at)
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	for (unsigned i = 0; i < state_owners(&q->state); i++) {
		const char *owner = state_owner_name(&q->state, i);
		struct state replica = state_replica(&q->state, i);
		if (asked->owner.n == 0 || text_is(asked->owner, owner))
			list_owner(&replica, owner, reply);
	}
	return ERR_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct asked {
	struct text owner;
	uint64_t line, from;
};

static enum err begin(struct question *q, const struct asked *asked, struct state *ret_replica,
	struct stored_walk *ret)
{
	struct line_row row;

	if (!find_owner(&q->state, asked->owner, ret_replica))
		return reason_set(
			q->reason, ERR_NOT_FOUND, "owner", "is no node that this archive follows");
	uint64_t line = asked->line ? asked->line : stored_present(ret_replica, &row);
	if (line == 0)
		return reason_set(q->reason, ERR_NOT_FOUND, "owner", "nothing came from it yet");
	if (!stored_line(ret_replica, line, &row))
		return reason_set(q->reason, ERR_NOT_FOUND, "line", "is none of this owner");
	enum err err = stored_walk_begin(ret, ret_replica, line, asked->from);
	if (err == ERR_NOT_FOUND)
		return reason_set(
			q->reason, err, "from", "the journal ends at %lld", (long long)row.last);
	return err ? reason_set(q->reason, err, "from", "the record before it cannot be read")
		   : ERR_OK;
}

static bool add_record(struct buffer *page, struct bytes value)
{
	uint8_t length[LENGTH_BYTES];

	if (page->n && page->n + LENGTH_BYTES + value.n > PAGE_BYTES)
		return false;
	put_u32(length, (uint32_t)value.n);
	buffer_add(page, length, sizeof(length));
	buffer_add(page, value.p, value.n);
	return true;
}

static enum err read_page(struct stored_walk *walk, struct buffer *page, struct archive_page *reply)
{
	struct journal_entry entry;
	enum err err = ERR_OK;

	while (!err) {
		struct arena *arena = walk->replica->arena;
		const struct arena_mark mark = arena_mark(arena);
		uint64_t seq = walk->next;
		err = stored_walk_next(walk, &entry);
		if (!err && !add_record(page, entry.value)) {
			reply->next = (int64_t)seq;
			break;
		}
		reply->count += !err;
		arena_release(arena, &mark);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err read_records(struct question *q, const void *query, void *ret_reply)
{
	const struct read_archive *ask = query;
	const struct asked asked = {ask->owner, (uint64_t)ask->line, (uint64_t)ask->from};
	struct archive_page *reply = ret_reply;
	struct stored_walk walk;
	struct state replica;
	struct buffer page;
	enum err err = begin(q, &asked, &replica, &walk);

	if (err)
		return err;
	reply->line = (int64_t)walk.line;
	buffer_init(&page, (size_t)2 * PAGE_BYTES);
	err = read_page(&walk, &page, reply);
	stored_walk_end(&walk);
	if (err)
		err = reason_set(q->reason, err, "", "record %llu is damaged",
			(unsigned long long)walk.next);
	reply->records = text_of_bytes(bytes_copy(q->state.arena, buffer_bytes(&page)));
	if (!err && (page.failed || (page.n && !reply->records.p)))
		err = reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	buffer_done(&page);
	return err;
}

static enum err verify(struct question *q, const void *query, void *ret_reply)
{
	const struct verify_archive *ask = query;
	const struct asked asked = {ask->owner, (uint64_t)ask->line, (uint64_t)ask->from};
	struct archive_checked *reply = ret_reply;
	struct journal_entry entry;
	struct stored_walk walk;
	struct state replica;
	enum err err = begin(q, &asked, &replica, &walk);

	if (err && err != ERR_CORRUPT)
		return err;
	for (unsigned n = 0; !err && n < CHECKED_AT_ONCE; n++) {
		const struct arena_mark mark = arena_mark(q->state.arena);
		err = stored_walk_next(&walk, &entry);
		arena_release(q->state.arena, &mark);
	}
	stored_walk_end(&walk);
	reply->line = (int64_t)walk.line;
	reply->through = (int64_t)walk.next - 1;
	reply->hash =
		(struct text){arena_copy(q->state.arena, walk.hash, HASH_BYTES), HASH_BYTES, false};
	if (!err)
		reply->next = (int64_t)walk.next;
	else if (err != ERR_NOT_FOUND)
		reply->bad = (int64_t)walk.next;
	return ERR_OK;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct query_row queries[] = {
	{schema_list_archive, list},
	{schema_read_archive, read_records},
	{schema_verify_archive, verify},
};

const struct service archive_service = {
	.role = "archive",
	.role_bit = PEER_ARCHIVE,
	.node_peers = PEER_NODES,
	.keeps_stored = true,
	.peer_roles = peer_roles,
	.n_peer_roles = N_PEER_ROLES,
	.actor_roles = actor_roles,
	.n_actor_roles = N_ACTOR_ROLES,
	.replica_trees = stored_trees,
	.n_replica_trees = STORED_TREES,
	.queries = queries,
	.n_queries = sizeof(queries) / sizeof(queries[0]),
};
