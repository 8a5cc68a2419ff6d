/* How old what waits in a queue is: a line for each type, department or error, with classes of ages
 * that double. A piece of the queue in each call. Touches the disk through store.h only, in read
 * transactions. */
#include <stdlib.h>
#include <string.h>

#include "common/engine_private.h"

/* LOOKS: in one call; READ: in one call, of those that must be read whole. */
enum { LOOKS = 5000, READ = 500, CLASSES = 10, GROUPS = 100, FIRST_MS = 5 * 60 * 1000 };
enum { GROUP_BYTES = 96 };

struct shaping {
	struct question *q;
	const struct show_shape *ask;
	struct queue_shape *reply;
	int64_t first_ms;
	/* of each line; what is read on the way is given back, this is not */
	struct {
		char group[GROUP_BYTES];
		struct shape_cell cells[CLASSES];
	} * room;
};

/* What is more than fits is of the last group: rather that than not counted. */
static struct shape_line *find_line(struct shaping *s, struct text group)
{
	size_t n = s->reply->lines.n;

	group.n = group.n < GROUP_BYTES ? group.n : GROUP_BYTES;
	for (size_t i = 0; i < n; i++)
		if (text_equal(s->reply->lines.at[i].group, group))
			return &s->reply->lines.at[i];
	if (n == GROUPS)
		return &s->reply->lines.at[n - 1];
	if (n == GROUPS - 1)
		group = text_of("(others)");
	struct shape_line *line = &s->reply->lines.at[s->reply->lines.n++];
	memcpy(s->room[n].group, group.n ? group.p : "", group.n);
	*line = (struct shape_line){.group = {group.n ? s->room[n].group : NULL, group.n, false},
		.cells = {CLASSES, s->room[n].cells}};
	for (int i = 0; i < CLASSES - 1; i++)
		line->cells.at[i].under_ms = s->first_ms << i;
	return line;
}

static void add_entry(void *ctx, const struct waiting *entry)
{
	struct shaping *s = ctx;
	struct text groups[] = {[shape_by_none] = TEXT_NONE,
		[shape_by_type] = entry->type,
		[shape_by_department] = entry->department,
		[shape_by_error] = entry->error};
	struct shape_line *line = find_line(s, groups[s->ask->by]);
	int64_t age = s->q->now - entry->since;
	size_t i = 0;

	while (i + 1 < line->cells.n && age >= line->cells.at[i].under_ms)
		i++;
	line->cells.at[i].n++;
	line->n++;
	s->reply->looked++;
	if (line->oldest == 0 || entry->since < line->oldest)
		line->oldest = entry->since;
}

/* ---- where it goes on ------------------------------------------------------------------------ */

static void set_next(struct shaping *s, struct bytes key)
{
	s->reply->next = text_of_bytes(bytes_copy(s->q->state.arena, key));
}

static struct key key_of(struct text next)
{
	struct key key = {0};

	if (next.n <= sizeof(key.b)) {
		key.n = next.n;
		memcpy(key.b, next.n ? next.p : "", next.n);
	}
	return key;
}

/* ---- links: the records that wait ------------------------------------------------------------ */

static void add_record(struct shaping *s, const struct record *record)
{
	struct waiting entry = {.since = record->time, .type = record->type};

	if (record->actor)
		entry.department = record->actor->department;
	add_entry(s, &entry);
}

static enum err shape_link(struct shaping *s, const struct follower *follower)
{
	struct key from = key_of(s->ask->next);
	struct arena *arena = &s->q->state.engine->read_arena;
	struct journal_entry entry;
	enum err err = ERR_OK;
	struct scan scan;

	if (from.n != sizeof(uint64_t)) {
		from.n = 0;
		key_add_u64(&from, (uint64_t)follower->row.through + 1);
	}
	scan_begin(&scan, s->q->state.txn, CORE_JOURNAL, SCAN_UP, BYTES_NONE, key_bytes(&from));
	for (int looked = 0; !err && scan_next(&scan); looked++) {
		if (looked == LOOKS) {
			set_next(s, scan.key);
			break;
		}
		arena_reset(arena);
		err = journal_parse(scan.value, arena, &entry);
		if (!err && engine_may_have(follower, &entry.record))
			add_record(s, &entry.record);
	}
	scan_end(&scan);
	return err;
}

/* ---- quarantine ------------------------------------------------------------------------------ */

static enum err shape_quarantine(struct shaping *s, const struct owner *owner)
{
	struct key prefix = {0}, from = key_of(s->ask->next);
	struct quarantine_row row;
	enum err err = ERR_OK;
	struct scan scan;

	key_add_text(&prefix, owner->name, strlen(owner->name));
	scan_begin(&scan, s->q->state.txn, CORE_QUARANTINE, SCAN_UP, key_bytes(&prefix),
		key_bytes(&from));
	for (int looked = 0; !err && scan_next(&scan); looked++) {
		if (looked == READ) {
			set_next(s, scan.key);
			break;
		}
		struct arena_mark mark = arena_mark(s->q->state.arena);
		err = row_decode(&scan, schema_quarantine_row(), s->q->state.arena, &row);
		const struct waiting entry = {.since = row.since,
			.type = row.type,
			.department = text_of(owner->name),
			.error = row.why};
		if (!err)
			add_entry(s, &entry);
		arena_release(s->q->state.arena, &mark);
	}
	scan_end(&scan);
	return err;
}

/* ---- all ------------------------------------------------------------------------------------- */

static enum err shape_service(struct shaping *s, const struct service_queue *queue)
{
	struct question *q = s->q;
	struct state state = engine_own_state(q->state.engine, q->state.txn, q->state.arena);
	struct entries entries = {
		.fn = add_entry, .ctx = s, .max = LOOKS, .after = key_of(s->ask->next)};

	engine_each_entry(&state, queue, &entries);
	if (entries.next.n)
		set_next(s, key_bytes(&entries.next));
	return store_error(q->state.txn);
}

/* What follows the word in the name; TEXT_NONE: it does not begin with it. */
static struct text behind(struct text name, const char *word)
{
	size_t n = strlen(word);

	if (name.n <= n || memcmp(name.p, word, n) != 0)
		return TEXT_NONE;
	return (struct text){name.p + n, name.n - (uint32_t)n, false};
}

static enum err shape(struct shaping *s)
{
	const struct engine *engine = s->q->state.engine;
	struct text link = behind(s->ask->queue, "link/");
	struct text aside = behind(s->ask->queue, "quarantine/");

	for (size_t i = 0; i < engine->options.n_followers; i++)
		if (text_is(link, engine->followers[i].name))
			return shape_link(s, &engine->followers[i]);
	for (size_t i = 0; i < engine->options.n_owners; i++)
		if (text_is(aside, engine->owners[i].name))
			return shape_quarantine(s, &engine->owners[i]);
	for (size_t i = 0; i < engine->service->n_queues; i++)
		if (text_is(s->ask->queue, engine->service->queues[i].name))
			return shape_service(s, &engine->service->queues[i]);
	return ERR_NOT_FOUND;
}

static int by_group(const void *a, const void *b)
{
	const struct shape_line *left = a, *right = b;
	size_t n = left->group.n < right->group.n ? left->group.n : right->group.n;
	int differs = n ? memcmp(left->group.p, right->group.p, n) : 0;

	if (differs)
		return differs;
	return (left->group.n > right->group.n) - (left->group.n < right->group.n);
}

enum err engine_show_shape(struct question *q, const void *query, void *ret_reply)
{
	struct shaping s = {.q = q, .ask = query, .reply = ret_reply};
	struct arena *arena = q->state.arena;

	s.first_ms = s.ask->first_ms ? s.ask->first_ms : FIRST_MS;
	s.reply->queue = s.ask->queue;
	s.reply->now = q->now;
	s.reply->lines.at = arena_alloc(arena, GROUPS * sizeof(*s.reply->lines.at));
	s.room = arena_alloc(arena, GROUPS * sizeof(*s.room));
	if (!s.reply->lines.at || !s.room)
		return reason_set(q->reason, ERR_NO_MEMORY, "", "out of memory");
	enum err err = shape(&s);
	if (err == ERR_NOT_FOUND)
		return reason_set(q->reason, err, "queue",
			"no such queue: show_queues names those there are");
	if (err)
		return reason_set(q->reason, err, "", "the queue cannot be read");
	qsort(s.reply->lines.at, s.reply->lines.n, sizeof(*s.reply->lines.at), by_group);
	return ERR_OK;
}
