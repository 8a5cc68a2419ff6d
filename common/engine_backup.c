/* Asking for a backup, and how far it is; making it is the daemon's. Touches nothing. */
#include <stdio.h>
#include <string.h>

#include "common/admin.h"
#include "common/engine_private.h"

static const char *const phases[] = {[BACKUP_NONE] = "none",
	[BACKUP_ASKED] = "asked",
	[BACKUP_COPYING] = "copying",
	[BACKUP_CHECKING] = "checking",
	[BACKUP_DONE] = "done",
	[BACKUP_FAILED] = "failed"};

struct backup *engine_backup(struct engine *engine)
{
	return &engine->backup;
}

/* ---- when the last one was made ---------------------------------------------------------------
 */

static struct key backup_key(void)
{
	struct key key = {0};

	key_add_text(&key, "backup", 6);
	return key;
}

void engine_load_backup(struct engine *engine, struct txn *txn)
{
	struct key key = backup_key();

	engine->last_backup = (struct backup_row){0};
	row_get(txn, CORE_META, &key, schema_backup_row(), &engine->read_arena,
		&engine->last_backup);
}

void engine_keep_backup(struct engine *engine)
{
	const struct backup *backup = &engine->backup;
	struct key key = backup_key();
	struct txn *txn;

	if (backup->phase != BACKUP_DONE || !backup->keep ||
		backup->ended_at == engine->last_backup.ended_at)
		return;
	engine->last_backup = (struct backup_row){.ended_at = backup->ended_at,
		.epoch = (int64_t)backup->head.epoch,
		.head = (int64_t)backup->head.seq};
	arena_reset(&engine->arena);
	if (store_begin(engine->options.store, STORE_WRITE, &engine->arena, &txn))
		return; /* it is known until the next start */
	row_put(txn, CORE_META, &key, schema_backup_row(), &engine->last_backup);
	enum err err = store_commit(txn);
	(void)err; /* as with a scrub: the next turn says so */
}

/* ---- asking ---------------------------------------------------------------------------------- */

enum err engine_describe_check(const struct check *check, const struct head *head,
	struct arena *arena, struct files_checked *ret)
{
	size_t n = check->faults < CHECK_FAULTS ? (size_t)check->faults : CHECK_FAULTS;

	*ret = (struct files_checked){.epoch = (int64_t)head->epoch,
		.head = (int64_t)head->seq,
		.hash = {(const char *)head->hash, HASH_BYTES, false},
		.records = (int64_t)check->records,
		.rows = (int64_t)check->rows,
		.faults = (int64_t)check->faults,
		.later = (int64_t)check->later};
	ret->first.at = arena_alloc(arena, (n + 1) * sizeof(*ret->first.at));
	if (!ret->first.at)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < n; i++)
		ret->first.at[ret->first.n++] = (struct check_line){
			text_of(check->first[i].where), text_of(check->first[i].what)};
	return ERR_OK;
}

static enum err describe(const struct engine *engine, struct arena *arena, struct backup_state *ret)
{
	const struct backup *backup = &engine->backup;

	*ret = (struct backup_state){.phase = text_of(phases[backup->phase]),
		.dir = text_of(backup->dir),
		.asked_at = backup->asked_at,
		.ended_at = backup->ended_at,
		.bytes = (int64_t)backup->bytes,
		.why = text_of(backup->why),
		.last_good = engine->last_backup.ended_at};
	if (!backup->check.done)
		return ERR_OK;
	ret->checked = arena_alloc(arena, sizeof(*ret->checked));
	return ret->checked
		       ? engine_describe_check(&backup->check, &backup->head, arena, ret->checked)
		       : ERR_NO_MEMORY;
}

enum err engine_show_backup(struct question *q, const void *query, void *ret_reply)
{
	(void)query;
	return describe(q->state.engine, q->state.arena, ret_reply)
		       ? reason_set(q->reason, ERR_BUSY, "", "too much in one turn")
		       : ERR_OK;
}

/* The directory itself is the daemon's to judge; here only what nobody should ask for. */
static enum err check_dir(struct text dir, struct reason *reason)
{
	if (dir.p[0] != '/' || memmem(dir.p, dir.n, "/../", 4) ||
		(dir.n >= 3 && memcmp(dir.p + dir.n - 3, "/..", 3) == 0) || memchr(dir.p, 0, dir.n))
		return reason_set(
			reason, ERR_INVALID, "dir", "must begin with / and go upwards nowhere");
	return dir.p[dir.n - 1] == '/'
		       ? reason_set(reason, ERR_INVALID, "dir", "must end in a name")
		       : ERR_OK;
}

enum err engine_ask_copy(struct engine_call *call, struct text dir)
{
	struct engine *engine = call->taking.engine;
	struct backup *backup = &engine->backup;
	enum err err = ERR_OK;

	if (!backup->possible)
		err = reason_set(
			call->reason, ERR_CONFLICT, "", "this node's store cannot be copied");
	if (!err && backup->phase != BACKUP_NONE && backup->phase < BACKUP_DONE)
		err = reason_set(call->reason, ERR_CONFLICT, "", "another copy is being made");
	if (err)
		return err;
	*backup = (struct backup){.possible = true,
		.phase = BACKUP_ASKED,
		.keep = dir.n > 0,
		.asked_at = clock_now(&engine->options.clock)};
	if (dir.n)
		memcpy(backup->dir, dir.p, dir.n);
	return ERR_OK;
}

enum err engine_make_backup(struct engine_call *call)
{
	const struct make_backup *c = call->body;
	struct engine *engine = call->taking.engine;
	enum err err = check_dir(c->dir, call->reason);

	if (!err)
		err = engine_ask_copy(call, c->dir);
	return err ? err : describe(engine, &engine->arena, call->reply);
}
