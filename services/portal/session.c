/* Sessions in the portal's own store. Touches that store. */
#include "services/portal/session.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "services/portal/rows.h"

enum {
	TREE_SESSIONS,
	HASH_BYTES = 32,
	ROW_BYTES = 512,
	SWEEP_ROWS = 200,
	/* Every use would be a commit; so often is enough to know when one was idle. */
	TOUCH_MS = 30000,
	ARENA_BYTES = 64 * 1024
};

const struct tree session_trees[] = {{"sessions", 0}};
const size_t n_session_trees = 1;

/* ---- tokens ---------------------------------------------------------------------------------- */

void token_make(char ret[TOKEN_TEXT])
{
	uint8_t random[32];

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(ret, TOKEN_TEXT, random, sizeof(random));
	sodium_memzero(random, sizeof(random));
}

bool token_valid(const char *token)
{
	return token && strlen(token) == TOKEN_TEXT - 1 &&
	       token[strspn(token, "0123456789abcdef")] == '\0';
}

static void hash_of(const char *token, const char *what, uint8_t ret[HASH_BYTES])
{
	crypto_generichash(ret, HASH_BYTES, (const uint8_t *)token, strlen(token),
		(const uint8_t *)what, strlen(what));
}

void token_for_forms(const char *token, char ret[TOKEN_TEXT])
{
	uint8_t hash[HASH_BYTES];

	hash_of(token, "oneplan portal: forms", hash);
	sodium_bin2hex(ret, TOKEN_TEXT, hash, sizeof(hash));
}

bool token_equal(const char *a, const char *b)
{
	return token_valid(a) && token_valid(b) && sodium_memcmp(a, b, TOKEN_TEXT - 1) == 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static struct key key_of(const char *token)
{
	struct key key = {.n = HASH_BYTES};

	hash_of(token, "oneplan portal: sessions", key.b);
	return key;
}

static void put(struct txn *txn, struct bytes key, const struct session_row *row)
{
	struct buffer out;

	buffer_init(&out, ROW_BYTES);
	schema_encode(schema_session_row(), row, &out);
	if (out.failed)
		store_fail(txn, ERR_NO_MEMORY);
	else
		store_put(txn, TREE_SESSIONS, key, buffer_bytes(&out));
	buffer_done(&out);
}

static bool is_over(const struct sessions *sessions, const struct session_row *row, int64_t now)
{
	/* A clock that went back makes nobody's session longer. */
	return now - row->seen >= sessions->idle_ms || now - row->since >= sessions->absolute_ms ||
	       now < row->since - TOUCH_MS;
}

static enum err begin(
	struct sessions *sessions, enum store_mode mode, struct arena *arena, struct txn **ret)
{
	arena_init(arena, ARENA_BYTES);
	enum err err = store_begin(sessions->store, mode, arena, ret);
	if (err)
		arena_done(arena);
	return err;
}

static enum err finish(struct txn *txn, struct arena *arena)
{
	enum err err = store_commit(txn);

	arena_done(arena);
	return err;
}

static bool read_row(
	struct txn *txn, struct bytes key, struct arena *arena, struct session_row *ret)
{
	struct bytes value;

	return store_get(txn, TREE_SESSIONS, key, &value) &&
	       schema_decode(schema_session_row(), value, PACK_PLAIN, arena, ret, NULL) == ERR_OK;
}

/* ---- the life of a session ------------------------------------------------------------------- */

enum err session_begin(struct sessions *sessions, struct session *session, const char *before,
	struct reason *reason)
{
	int64_t now = clock_now(&sessions->clock);
	struct arena arena;
	struct txn *txn;
	enum err err = begin(sessions, STORE_WRITE, &arena, &txn);

	if (err)
		return reason_set(reason, err, "", "sessions cannot be kept");
	if (token_valid(before)) {
		struct key old = key_of(before);
		store_delete(txn, TREE_SESSIONS, key_bytes(&old));
	}
	if (store_count(txn, TREE_SESSIONS) >= SESSIONS_MAX)
		store_fail(txn, ERR_BUSY);
	token_make(session->token);
	struct key key = key_of(session->token);
	const struct session_row row = {.name = text_of(session->who.name),
		.role = text_of(session->who.role),
		.print = text_of_bytes(bytes_of(session->who.print, PRINT_BYTES)),
		.since = now,
		.seen = now,
		.language = session->chose_language ? (int64_t)session->language + 1 : 0};
	put(txn, key_bytes(&key), &row);
	err = finish(txn, &arena);
	return err ? reason_set(reason, err, "", "sessions cannot be kept") : ERR_OK;
}

static bool fill(struct session *ret, const char *token, const struct session_row *row)
{
	*ret = (struct session){.chose_language = row->language > 0 && row->language <= LANGUAGES};
	snprintf(ret->token, sizeof(ret->token), "%s", token);
	snprintf(ret->who.name, sizeof(ret->who.name), "%.*s", (int)row->name.n, row->name.p);
	snprintf(ret->who.role, sizeof(ret->who.role), "%.*s", (int)row->role.n, row->role.p);
	if (row->print.n == PRINT_BYTES)
		memcpy(ret->who.print, row->print.p, PRINT_BYTES);
	if (ret->chose_language)
		ret->language = (enum language)(row->language - 1);
	return row->print.n == PRINT_BYTES;
}

/* Changes the row of a token, or deletes it when change is NULL. */
static enum err update(struct sessions *sessions, const char *token,
	void (*change)(struct session_row *row, int64_t value), int64_t value)
{
	struct session_row row;
	struct key key = key_of(token);
	struct arena arena;
	struct txn *txn;
	enum err err = begin(sessions, STORE_WRITE, &arena, &txn);

	if (err)
		return err;
	if (!change) {
		store_delete(txn, TREE_SESSIONS, key_bytes(&key));
	} else if (read_row(txn, key_bytes(&key), &arena, &row)) {
		change(&row, value);
		put(txn, key_bytes(&key), &row);
	}
	return finish(txn, &arena);
}

static void set_seen(struct session_row *row, int64_t now)
{
	row->seen = now;
}

static void set_language(struct session_row *row, int64_t language)
{
	row->language = language + 1;
}

enum err session_find(
	struct sessions *sessions, const char *token, enum session_use use, struct session *ret)
{
	int64_t now = clock_now(&sessions->clock);
	struct session_row row;
	struct arena arena;
	struct txn *txn;
	struct key key;

	if (!token_valid(token))
		return ERR_NOT_FOUND;
	enum err err = begin(sessions, STORE_READ, &arena, &txn);
	if (err)
		return err;
	key = key_of(token);
	bool good = read_row(txn, key_bytes(&key), &arena, &row) && !is_over(sessions, &row, now) &&
		    fill(ret, token, &row);
	int64_t seen = good ? row.seen : 0;
	err = finish(txn, &arena);
	if (err || !good)
		return err ? err : ERR_NOT_FOUND;
	if (use == SESSION_USED && now - seen >= TOUCH_MS)
		return update(sessions, token, set_seen, now);
	return ERR_OK;
}

enum err session_end(struct sessions *sessions, const char *token)
{
	return token_valid(token) ? update(sessions, token, NULL, 0) : ERR_OK;
}

enum err session_choose(struct sessions *sessions, const char *token, enum language language)
{
	return token_valid(token) ? update(sessions, token, set_language, (int64_t)language)
				  : ERR_OK;
}

enum err session_sweep(struct sessions *sessions)
{
	int64_t now = clock_now(&sessions->clock);
	struct session_row row;
	struct arena arena;
	struct scan scan;
	struct txn *txn;
	int n = 0;
	enum err err = begin(sessions, STORE_WRITE, &arena, &txn);

	if (err)
		return err;
	scan_begin(&scan, txn, TREE_SESSIONS, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (n < SWEEP_ROWS && scan_next(&scan)) {
		struct arena_mark mark = arena_mark(&arena);
		if (schema_decode(
			    schema_session_row(), scan.value, PACK_PLAIN, &arena, &row, NULL) ||
			is_over(sessions, &row, now)) {
			store_delete(txn, TREE_SESSIONS, scan.key);
			n++;
		}
		arena_release(&arena, &mark);
	}
	scan_end(&scan);
	if (n > 0)
		return finish(txn, &arena);
	store_abort(txn);
	arena_done(&arena);
	return ERR_OK;
}
