/* A shadow of a node in a directory of its own, folded from the node's journal and those of its
 * owners, and how it differs. Reads a backup, makes files beside it, and asks the owners over the
 * sockets of client.h, with the node's own key. The node itself, running or not, is not touched. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/admin.h"
#include "common/client.h"
#include "common/daemon_private.h"
#include "common/op.h"

enum { ANSWER_MS = 10000, ARENA_BYTES = 32 * 1024 * 1024 };

struct replay {
	struct daemon *daemon; /* its files are those of the shadow */
	struct engine *present, *shadow;
	struct arena arena;  /* of what is told */
	struct arena pieces; /* of one piece of a journal */
	struct node_replayed told;
	char dir[4000];
};

/* ---- files ----------------------------------------------------------------------------------- */

static enum err cannot(struct reason *reason, const char *path, const char *what)
{
	return reason_set(reason, ERR_SYSTEM, path, "%s: %s", what, strerror(errno));
}

static enum err copy_file(const char *from, const char *to, struct reason *reason)
{
	static uint8_t block[256 * 1024];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n = out < 0 ? -1 : 1;
	enum err err = ERR_OK;

	while (n > 0) {
		n = read(in, block, sizeof(block));
		if (n > 0 && write(out, block, (size_t)n) != n)
			n = -1;
	}
	if (n < 0)
		err = cannot(reason, to, "cannot be copied");
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return err;
}

static enum err make_shadow_files(struct replay *r, struct reason *reason)
{
	char from[4200], path[4200];

	snprintf(path, sizeof(path), "%s/shadow", r->dir);
	if (mkdir(path, 0700))
		return cannot(reason, path, "cannot be made");
	snprintf(from, sizeof(from), "%s/present/" STATE_KEYS, r->dir);
	snprintf(path, sizeof(path), "%s/shadow/" STATE_KEYS, r->dir);
	enum err err = copy_file(from, path, reason);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/shadow", r->dir);
	err = daemon_open_keys(r->daemon, path, reason);
	snprintf(path, sizeof(path), "%s/shadow/db", r->dir);
	return err ? err : daemon_open_store(r->daemon, path, FILES_USE, reason);
}

/* ---- the journals of owners ------------------------------------------------------------------ */

static enum err ask_piece(
	struct replay *r, struct client *client, int64_t from, struct journal_piece *ret)
{
	const struct replay_journal query = {from};
	struct client_request request = {
		.type = text_of(schema_replay_journal()->head->name), .timeout_ms = ANSWER_MS};
	struct client_answer answer;
	struct buffer body;

	arena_reset(&r->pieces);
	buffer_init(&body, 4096);
	schema_encode(schema_replay_journal(), &query, &body);
	request.body = buffer_bytes(&body);
	enum err err = client_call(client, &request, &answer);
	buffer_done(&body);
	if (err || answer.status)
		return err ? err : answer.status;
	return schema_decode(
		schema_journal_piece(), answer.body, PACK_PLAIN, &r->pieces, ret, NULL);
}

/* As far as the node has it, and no further. */
static enum err take_piece(
	struct replay *r, unsigned owner, const struct journal_piece *piece, uint64_t through)
{
	struct batch batch = {.owner = owner,
		.epoch = (uint64_t)piece->epoch,
		.first = (uint64_t)piece->first,
		.last = (uint64_t)piece->last < through ? (uint64_t)piece->last : through};
	struct turn turn = {.batches = &batch, .n_batches = 1};
	struct batch_item *items;

	if (piece->hash_last.n == HASH_BYTES)
		memcpy(batch.hash_last, piece->hash_last.p, HASH_BYTES);
	enum err err = engine_parse_items(text_bytes(piece->items), &r->pieces, &items, &batch.n);
	if (err)
		return err;
	while (batch.n && items[batch.n - 1].seq > batch.last)
		batch.n--;
	batch.items = items;
	err = engine_turn(r->shadow, &turn);
	return err ? err : batch.result;
}

static enum err fold_journal(
	struct replay *r, struct client *client, unsigned owner, uint64_t through)
{
	struct journal_piece piece;
	int64_t next = 1;
	enum err err = ERR_OK;

	while (!err && (uint64_t)next <= through) {
		err = ask_piece(r, client, next, &piece);
		if (!err && piece.last < next)
			err = ERR_DIVERGED; /* it ends before what the node has of it */
		if (!err)
			err = take_piece(r, owner, &piece, through);
		next = piece.last + 1;
	}
	return err;
}

static void replay_owner(struct replay *r, unsigned owner, struct replayed_owner *told)
{
	const struct daemon_config *config = &r->daemon->config;
	const struct client_options options = {.endpoint = config->links[owner].endpoint,
		.server_key = config->links[owner].key,
		.public_key = config->public_key,
		.secret_key = config->secret_key,
		.name = config->name,
		.connect_timeout_ms = ANSWER_MS};
	struct cursor_row before, after;
	struct reason reason = {0};
	struct client *client;

	engine_cursor(r->present, owner, &before);
	enum err err = client_open(&options, &client, &reason);
	if (!err) {
		err = fold_journal(r, client, owner, (uint64_t)before.through);
		client_close(client);
		(void)reason_set(&reason, err, "", "%s", err_sentence(err));
	}
	engine_cursor(r->shadow, owner, &after);
	*told = (struct replayed_owner){.owner = text_of(engine_owner_name(r->present, owner)),
		.through = before.through,
		.whole = !err,
		.applied = after.applied,
		.applied_before = before.applied,
		.aside = after.quarantined,
		.aside_before = before.quarantined,
		.dropped = after.dropped};
	if (err)
		told->why = text_of(arena_printf(&r->arena, "%s", reason.rule));
}

/* ---- comparing ------------------------------------------------------------------------------- */

static enum err compare(struct replay *r)
{
	struct node_replayed *told = &r->told;
	size_t n = engine_digest_parts(r->present);
	enum err err = ERR_OK;

	told->same = true;
	told->trees.at = arena_alloc(&r->arena, n * sizeof(*told->trees.at));
	for (size_t i = 0; told->trees.at && !err && i < n; i++) {
		struct replayed_tree *tree = &told->trees.at[told->trees.n];
		struct digest_part part;
		engine_digest_part(r->present, i, &part);
		if (part.owner != DIGEST_OWN && !told->owners.at[part.owner].whole)
			continue;
		err = engine_compare_tree(r->present, r->shadow, &part, &r->arena, tree);
		told->same &= !tree->differing && !tree->missing && !tree->extra;
		told->trees.n++;
	}
	for (size_t i = 0; i < told->owners.n; i++)
		told->same &= told->owners.at[i].whole;
	return told->trees.at ? err : ERR_NO_MEMORY;
}

static enum err fold(struct replay *r, struct reason *reason)
{
	const struct engine_options options = daemon_engine_options(r->daemon);
	struct node_replayed *told = &r->told;
	struct head head;

	enum err err = engine_shadow(r->present, &options, &r->shadow, reason);
	if (err)
		return err;
	engine_head(r->present, &head);
	told->node = text_of(r->daemon->config.name);
	told->head = (int64_t)head.seq;
	told->owners.at =
		arena_alloc(&r->arena, (engine_owners(r->present) + 1) * sizeof(*told->owners.at));
	if (!told->owners.at)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	for (unsigned i = 0; i < engine_owners(r->present); i++)
		replay_owner(r, i, &told->owners.at[told->owners.n++]);
	err = compare(r);
	return err ? reason_set(reason, err, "", "the shadow cannot be compared: %s",
			     err_sentence(err))
		   : ERR_OK;
}

static enum err replay(struct replay *r, struct reason *reason)
{
	struct daemon *daemon = r->daemon;
	struct backup_manifest manifest;
	char present[4200];

	snprintf(present, sizeof(present), "%s/present", r->dir);
	if (daemon->program->service->keeps_stored)
		return reason_set(reason, ERR_INVALID, "", "an archive has no state to be folded");
	enum err err = daemon_read_manifest(daemon, present, &r->arena, &manifest, reason);
	if (!err)
		err = daemon_open_files(daemon, present, FILES_LOOK, reason);
	struct engine_options options = daemon_engine_options(daemon);
	options.look_only = true;
	if (!err)
		err = engine_open(&options, &r->present, reason);
	struct store *store = daemon->store;
	struct keyring *keyring = daemon->keyring;
	daemon->store = NULL;
	daemon->keyring = NULL;
	if (!err)
		err = make_shadow_files(r, reason);
	if (!err)
		err = fold(r, reason);
	engine_close(r->shadow);
	daemon_close_files(daemon);
	engine_close(r->present);
	keyring_close(keyring);
	if (store)
		store_close(store);
	return err;
}

int daemon_replay(struct daemon *daemon, const char *dir)
{
	struct replay r = {.daemon = daemon};
	struct reason reason = {0};

	arena_init(&r.arena, ARENA_BYTES);
	arena_init(&r.pieces, ARENA_BYTES);
	snprintf(r.dir, sizeof(r.dir), "%s", dir);
	enum err err = replay(&r, &reason);
	char *json = err ? NULL : schema_to_json(schema_node_replayed(), &r.told, 0, &r.arena);
	if (err)
		log_event(LOG_ERROR, "no shadow was made", LOG_TEXT("field", reason.field),
			LOG_TEXT("rule", reason.rule));
	else
		puts(json ? json : "{}");
	arena_done(&r.arena);
	arena_done(&r.pieces);
	if (err)
		return DAEMON_UNAVAILABLE;
	return r.told.same ? DAEMON_STOPPED : DAEMON_FAULTY;
}
