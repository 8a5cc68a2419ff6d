/* The erasures that a node decided, until nobody can read any more what their keys sealed. Touches
 * the disk through store.h only. */
#include <string.h>

#include "common/admin.h"
#include "common/engine_private.h"

enum { PAGE = 50 };

static struct key row_key(struct uuid person)
{
	struct key key = {0};

	key_add_uuid(&key, person);
	return key;
}

/* Followers that have not passed that number, by name; room for all of them at ret. */
static size_t find_waiting(const struct engine *engine, int64_t seq, struct text *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < engine->options.n_followers; i++)
		if (engine->followers[i].row.through < seq)
			ret[n++] = text_of(engine->followers[i].name);
	return n;
}

void engine_date_erasure(const struct engine *engine, struct person_erased *erased, int64_t now)
{
	erased->keys_until =
		engine->options.key_backups_ms ? now + engine->options.key_backups_ms : 0;
}

/* ---- applying -------------------------------------------------------------------------------- */

static void put_row(struct fold *fold, struct uuid person, const struct erasure_row *row)
{
	struct key key = row_key(person);

	row_put(fold->state.txn, CORE_ERASURES, &key, schema_erasure_row(), row);
}

static void look_at(struct fold *fold, const struct record *record, struct uuid person, int64_t due)
{
	struct record watched = *record;

	watched.entity = person;
	watched.historical = false;
	fold_deadline(fold, &watched, DEADLINE_ERASURE, due);
}

static void apply_erased(
	struct fold *fold, const struct record *record, const struct person_erased *e)
{
	const struct erasure_row row = {.seq = record->seq,
		.at = record->time,
		.decided_by = e->decided_by,
		.keys_until = e->keys_until};

	put_row(fold, e->person, &row);
	look_at(fold, record, e->person, e->keys_until ? e->keys_until : record->time);
}

static void apply_completed(
	struct fold *fold, const struct record *record, const struct erasure_completed *e)
{
	struct key key = row_key(e->person);
	struct erasure_row row;

	fold_deadline_clear(fold, e->person, DEADLINE_ERASURE);
	if (!row_get(fold->state.txn, CORE_ERASURES, &key, schema_erasure_row(), fold->state.arena,
		    &row) ||
		row.seq != e->erased_seq)
		return;
	row.completed_at = record->time;
	put_row(fold, e->person, &row);
}

void engine_apply_erasure(struct fold *fold, const struct record *record, const void *event)
{
	const struct erasure_delayed *delayed = event;

	if (text_is(record->type, schema_person_erased()->head->name))
		apply_erased(fold, record, event);
	else if (text_is(record->type, schema_erasure_completed()->head->name))
		apply_completed(fold, record, event);
	else
		look_at(fold, record, delayed->person, delayed->until);
}

/* ---- deciding -------------------------------------------------------------------------------- */

enum err engine_decide_erasure(struct decision *d, struct uuid person, int64_t due)
{
	struct engine *engine = d->state.engine;
	struct text *waiting =
		arena_alloc(d->state.arena, (engine->options.n_followers + 1) * sizeof(*waiting));
	struct key key = row_key(person);
	struct erasure_row row;

	(void)due;
	if (!waiting) {
		d->err = ERR_NO_MEMORY;
		return ERR_OK;
	}
	if (!row_get(d->state.txn, CORE_ERASURES, &key, schema_erasure_row(), d->state.arena, &row))
		return ERR_OK;
	const struct erasure_completed completed = {person, row.seq};
	struct erasure_delayed delayed = {
		.person = person, .erased_seq = row.seq, .until = d->now + MS_PER_DAY};
	delayed.waits_for.at = waiting;
	delayed.waits_for.n = find_waiting(engine, row.seq, waiting);
	if (delayed.waits_for.n)
		decision_emit(d, schema_erasure_delayed(), person, &delayed);
	else
		decision_emit(d, schema_erasure_completed(), person, &completed);
	return ERR_OK;
}

/* ---- listing --------------------------------------------------------------------------------- */

static bool fill_line(struct question *q, struct uuid person, const struct erasure_row *row,
	struct erasure_line *line)
{
	const struct engine *engine = q->state.engine;
	struct text *waiting =
		arena_alloc(q->state.arena, (engine->options.n_followers + 1) * sizeof(*waiting));

	if (!waiting)
		return false;
	*line = (struct erasure_line){.person = person,
		.seq = row->seq,
		.at = row->at,
		.decided_by = row->decided_by,
		.keys_until = row->keys_until,
		.completed_at = row->completed_at};
	line->waits_for.at = waiting;
	line->waits_for.n = row->completed_at ? 0 : find_waiting(engine, row->seq, waiting);
	line->state = row->completed_at   ? erasure_state_complete
		      : line->waits_for.n ? erasure_state_pending
					  : erasure_state_passed;
	return true;
}

static enum err fill_page(struct question *q, const struct list_erasures *ask, struct scan *scan,
	struct erasure_page *page)
{
	struct erasure_row row;
	struct uuid person;

	while (scan_next(scan)) {
		if (scan->key.n != sizeof(person.b))
			return ERR_CORRUPT;
		memcpy(person.b, scan->key.p, sizeof(person.b));
		struct key key = row_key(person);
		if (uuid_equal(person, ask->after))
			continue;
		if (page->erasures.n == PAGE) {
			page->next = page->erasures.at[PAGE - 1].person;
			break;
		}
		if (!row_get(q->state.txn, CORE_ERASURES, &key, schema_erasure_row(),
			    q->state.arena, &row))
			return ERR_CORRUPT;
		if (!fill_line(q, person, &row, &page->erasures.at[page->erasures.n++]))
			return ERR_BUSY;
	}
	return ERR_OK;
}

enum err engine_list_erasures(struct question *q, const void *query, void *ret_reply)
{
	const struct list_erasures *ask = query;
	struct erasure_page *page = ret_reply;
	struct key from = row_key(ask->after);
	struct scan scan;

	page->erasures.at = arena_alloc(q->state.arena, PAGE * sizeof(*page->erasures.at));
	if (!page->erasures.at)
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	scan_begin(&scan, q->state.txn, CORE_ERASURES, SCAN_UP, BYTES_NONE, key_bytes(&from));
	enum err err = fill_page(q, ask, &scan, page);
	scan_end(&scan);
	return err ? reason_set(q->reason, err, "", "the erasures cannot be read") : ERR_OK;
}
