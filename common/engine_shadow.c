/* A shadow of a node (engine.h): what it is made of, and how it differs. Touches two stores through
 * store.h; that of the node is only read. */
#include <string.h>

#include "common/admin.h"
#include "common/engine_private.h"

enum { ROWS_A_COMMIT = 10000, SHOWN = 5 };

/* ---- making it ------------------------------------------------------------------------------- */

struct copying {
	struct txn *from;
	struct store *into;
	struct arena *arena;
	unsigned tree;
	struct bytes prefix;
};

/* False in *ret_more: that was the last piece. */
static enum err copy_some(const struct copying *c, struct key *at, bool *ret_more)
{
	struct txn *txn;
	struct scan scan;
	unsigned n = 0;

	arena_reset(c->arena);
	enum err err = store_begin(c->into, STORE_WRITE, c->arena, &txn);
	if (err)
		return err;
	scan_begin(&scan, c->from, c->tree, SCAN_UP, c->prefix, at->n ? key_bytes(at) : BYTES_NONE);
	*ret_more = false;
	while (scan_next(&scan)) {
		if (n++ == ROWS_A_COMMIT) {
			at->n = scan.key.n;
			memcpy(at->b, scan.key.p, scan.key.n);
			*ret_more = true;
			break;
		}
		store_put(txn, c->tree, scan.key, scan.value);
	}
	scan_end(&scan);
	if (store_error(c->from))
		store_fail(txn, store_error(c->from));
	return store_commit(txn);
}

static enum err copy_tree(struct copying c, unsigned tree, struct bytes prefix)
{
	struct key at = {0};
	enum err err = ERR_OK;
	bool more = true;

	c.tree = tree;
	c.prefix = prefix;
	while (more && !err)
		err = copy_some(&c, &at, &more);
	return err;
}

/* Nothing is new to it, so it reacts to nothing; and no data key that there is may be used again.
 */
static enum err put_rest(
	struct engine *present, const struct engine_options *options, struct arena *arena)
{
	const struct number_row slot = {(int64_t)keyring_slots(options->keyring) + 1};
	const struct cursor_row cursor = {.reacted = INT64_MAX, .reacted_epoch = INT64_MAX};
	struct key next = {0};
	struct txn *txn;
	enum err err = store_begin(options->store, STORE_WRITE, arena, &txn);

	if (err)
		return err;
	key_add_text(&next, NEXT_SLOT, strlen(NEXT_SLOT));
	row_put(txn, CORE_META, &next, schema_number_row(), &slot);
	for (size_t i = 0; i < present->options.n_owners; i++) {
		const char *name = present->owners[i].name;
		struct key key = {0};
		key_add_text(&key, name, strlen(name));
		row_put(txn, CORE_CURSORS, &key, schema_cursor_row(), &cursor);
	}
	return store_commit(txn);
}

/* The own journal, and which data keys seal its texts: replicas are sealed anew. */
static enum err copy_own(struct engine *present, const struct engine_options *options)
{
	static const uint8_t own[] = {0}; /* SCOPE_OWN, ended */
	struct arena arena;
	struct copying c = {.into = options->store, .arena = &arena};

	arena_init(&arena, READ_ARENA_BYTES);
	arena_reset(&present->read_arena);
	enum err err =
		store_begin(present->options.store, STORE_READ, &present->read_arena, &c.from);
	if (!err) {
		err = copy_tree(c, CORE_JOURNAL, BYTES_NONE);
		if (!err)
			err = copy_tree(c, CORE_PERSONS, bytes_of(own, sizeof(own)));
		store_abort(c.from);
	}
	if (!err)
		err = put_rest(present, options, &arena);
	arena_done(&arena);
	return err;
}

enum err engine_shadow(struct engine *present, const struct engine_options *shadow,
	struct engine **ret, struct reason *reason)
{
	enum err err = copy_own(present, shadow);

	*ret = NULL;
	if (err)
		return reason_set(reason, err, "", "the shadow's store cannot be filled: %s",
			err_sentence(err));
	err = engine_open(shadow, ret, reason);
	if (err)
		return err;
	err = engine_rebuild_own(*ret);
	return err ? reason_set(reason, err, "", "the own journal cannot be folded: %s",
			     err_sentence(err))
		   : ERR_OK;
}

/* ---- comparing ------------------------------------------------------------------------------- */

struct side {
	struct engine *engine;
	struct txn *txn;
	struct scan scan;
	bool there;
};

struct comparing {
	struct side present, shadow;
	const struct schema *schema;
	struct arena *arena;
	struct replayed_tree *ret;
};

static void show(struct comparing *c, struct bytes key, const char *how)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = c->ret->first.n < SHOWN ? arena_alloc(c->arena, 2 * key.n + 1) : NULL;

	if (!hex)
		return;
	for (size_t i = 0; i < key.n; i++) {
		hex[2 * i] = digits[key.p[i] >> 4];
		hex[2 * i + 1] = digits[key.p[i] & 15];
	}
	struct replayed_row *row = &c->ret->first.at[c->ret->first.n++];
	*row = (struct replayed_row){.key = text_of(hex), .how = text_of(how)};
	if (key.n >= sizeof(row->entity.b))
		memcpy(row->entity.b, key.p + key.n - sizeof(row->entity.b), sizeof(row->entity.b));
}

static enum err encode(struct comparing *c, struct side *side, enum row_texts texts)
{
	arena_reset(&side->engine->read_arena);
	buffer_reset(&side->engine->scratch);
	return engine_encode_row(side->engine, &side->scan, c->schema, texts);
}

static bool says_the_same(struct comparing *c, enum row_texts texts, enum err *err)
{
	*err = encode(c, &c->present, texts);
	if (!*err)
		*err = encode(c, &c->shadow, texts);
	return !*err && bytes_equal(buffer_bytes(&c->present.engine->scratch),
				buffer_bytes(&c->shadow.engine->scratch));
}

static enum err compare_row(struct comparing *c)
{
	struct key key = {.n = c->present.scan.key.n};
	enum err err;

	memcpy(key.b, c->present.scan.key.p, key.n);
	if (says_the_same(c, ROW_TEXTS, &err)) {
		c->ret->equal++;
	} else if (!err && c->schema && says_the_same(c, ROW_NO_TEXTS, &err)) {
		c->ret->texts++;
	} else {
		c->ret->differing++;
		show(c, key_bytes(&key), "differing");
	}
	return err == ERR_CORRUPT ? ERR_OK : err; /* which is a difference */
}

static enum err compare_next(struct comparing *c)
{
	struct side *present = &c->present, *shadow = &c->shadow;
	int order = !shadow->there    ? -1
		    : !present->there ? 1
				      : bytes_compare(present->scan.key, shadow->scan.key);
	enum err err = ERR_OK;

	if (order == 0) {
		err = compare_row(c);
	} else if (order < 0) {
		c->ret->missing++;
		show(c, present->scan.key, "missing");
	} else {
		c->ret->extra++;
		show(c, shadow->scan.key, "extra");
	}
	if (order <= 0)
		present->there = scan_next(&present->scan);
	if (order >= 0)
		shadow->there = scan_next(&shadow->scan);
	return err;
}

static enum err begin(struct side *side, struct engine *engine, unsigned tree)
{
	side->engine = engine;
	enum err err =
		store_begin(engine->options.store, STORE_READ, &engine->read_arena, &side->txn);
	if (err)
		return err;
	scan_begin(&side->scan, side->txn, tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
	side->there = scan_next(&side->scan);
	return ERR_OK;
}

static enum err end(struct side *side, enum err err)
{
	if (!side->txn)
		return err;
	scan_end(&side->scan);
	if (!err)
		err = store_error(side->txn);
	store_abort(side->txn);
	return err;
}

enum err engine_compare_tree(struct engine *present, struct engine *shadow,
	const struct digest_part *part, struct arena *arena, struct replayed_tree *ret)
{
	struct comparing c = {
		.schema = part->of->row ? part->of->row() : NULL, .arena = arena, .ret = ret};
	bool own = part->owner == DIGEST_OWN;

	*ret = (struct replayed_tree){
		.part = text_of(arena_printf(arena, "%s%s/%s", own ? "" : "replica/",
			own ? "own" : present->owners[part->owner].name, part->of->name))};
	ret->first.at = arena_alloc(arena, SHOWN * sizeof(*ret->first.at));
	if (!ret->first.at)
		return ERR_NO_MEMORY;
	enum err err = begin(&c.present, present, part->tree);
	if (!err)
		err = begin(&c.shadow, shadow, part->tree);
	while (!err && (c.present.there || c.shadow.there))
		err = compare_next(&c);
	err = end(&c.present, err);
	return end(&c.shadow, err);
}
