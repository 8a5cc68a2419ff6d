/* The checks on a node's state (check_node.h). Opens the store and the keyring in the directory it
 * is given, and changes them as a start does. */
#include "tests/campaign/check_node.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/engine_private.h"
#include "proto/roles.h"
#include "services/oneplanctl/import_line.h"

enum { GROW_BYTES = 256 * 1024, ASKED_AGAIN = 12, REBUILT_ONE_IN = 4, LIMIT_SECONDS = 60 };

struct node_check {
	const struct daemon_config *config;
	const struct claims *claims;
	struct checked *ret;
	struct store *store;
	struct keyring *keyring;
	struct engine *engine;
	struct arena arena;
	struct buffer body;
	uint64_t random;
};

__attribute__((format(printf, 2, 3))) static bool wrong(
	struct node_check *c, const char *format, ...)
{
	va_list args;

	if (c->ret->outcome == CHECK_GOOD) {
		c->ret->outcome = CHECK_WRONG;
		va_start(args, format);
		vsnprintf(c->ret->text, sizeof(c->ret->text), format, args);
		va_end(args);
	}
	return false;
}

static bool refused(struct node_check *c, const struct reason *reason, enum err err)
{
	c->ret->outcome = CHECK_REFUSED;
	snprintf(c->ret->text, sizeof(c->ret->text), "%s: %s %s", err_word(err), reason->field,
		reason->rule);
	return false;
}

/* With the daemon's own code. */
static bool open_node(struct node_check *c, const char *dir)
{
	static struct daemon daemon;
	struct reason reason = {0};

	daemon = (struct daemon){.program = c->config->program,
		.config = *c->config,
		.clock = clock_real(),
		.random = random_real(),
		.grow_bytes = GROW_BYTES};
	daemon.config.state = dir;
	enum err err = daemon_lock_state(&daemon, &reason); /* for as long as the process lives */
	if (!err)
		err = daemon_open_files(&daemon, daemon.config.state, FILES_USE, &reason);
	c->store = daemon.store;
	c->keyring = daemon.keyring;
	const struct engine_options options = daemon_engine_options(&daemon);
	if (!err)
		err = engine_open(&options, &c->engine, &reason);
	return err ? refused(c, &reason, err) : true;
}

static void close_node(struct node_check *c)
{
	if (c->engine && engine_stop(c->engine))
		wrong(c, "it cannot be stopped");
	engine_close(c->engine);
	keyring_close(c->keyring);
	if (c->store)
		store_close(c->store);
	arena_done(&c->arena);
	buffer_done(&c->body);
}

/* ---- what was acknowledged ---------------------------------------------------------------------
 */

static bool ask_again(struct node_check *c, const struct io_event *acked)
{
	struct import_line line = {.role = c->config->program->service->role};
	struct reason reason = {0};
	struct answer answer = {0};

	arena_reset(&c->arena);
	if (import_line_parse(c->claims->lines[acked->line], &c->arena, &line, &reason))
		return wrong(c, "line %u cannot be read", acked->line);
	buffer_reset(&c->body);
	schema_encode(line.schema, line.with, &c->body);
	const struct request request = {.client = text_of("importer"),
		.peer = PEER_IMPORTER,
		.key = line.key,
		.type = text_of(line.schema->head->name),
		.body = buffer_bytes(&c->body),
		.actor = line.by,
		.occurred_at = line.at,
		.historical = true};
	struct turn turn = {.requests = &request, .answers = &answer, .n_requests = 1};
	if (engine_turn(c->engine, &turn))
		return wrong(c, "line %u asked again ends the process", acked->line);
	if (answer.status)
		return wrong(c, "line %u asked again: %s %s %s", acked->line,
			err_word(answer.status), answer.reason.field, answer.reason.rule);
	/* one that led to no record was decided again, with the same end */
	if (answer.seq != acked->offset && answer.replayed)
		return wrong(c, "line %u is seq %llu and was acknowledged as %llu", acked->line,
			(unsigned long long)answer.seq, (unsigned long long)acked->offset);
	return true;
}

static bool check_acked(struct node_check *c)
{
	const struct claims *claims = c->claims;
	struct head head;

	engine_head(c->engine, &head);
	c->ret->head = head.seq;
	for (size_t i = 0; i < claims->n_acked; i++)
		if (claims->acked[i].offset > head.seq)
			return wrong(c, "seq %llu was acknowledged, the journal ends at %llu",
				(unsigned long long)claims->acked[i].offset,
				(unsigned long long)head.seq);
	for (size_t i = 0; i < ASKED_AGAIN && i < claims->n_acked; i++) {
		size_t last = claims->n_acked - 1;
		size_t at =
			i < ASKED_AGAIN / 2 ? last - i : crash_random(&c->random, claims->n_acked);
		if (!ask_again(c, &claims->acked[at]))
			return false;
	}
	engine_head(c->engine, &head);
	return head.seq == c->ret->head || wrong(c, "lines asked again were journalled again");
}

static bool check_cursors(struct node_check *c)
{
	struct cursor_row row;
	struct queue queue;

	for (unsigned i = 0; i < engine_owners(c->engine); i++) {
		engine_cursor(c->engine, i, &row);
		c->ret->through[i] = (uint64_t)row.through;
		for (size_t t = 0; t < c->claims->n_taken; t++)
			if (!strcmp(c->claims->taken[t].owner, engine_owner_name(c->engine, i)) &&
				(uint64_t)row.through < c->claims->taken[t].through)
				return wrong(c, "%s was told %llu, the cursor is at %llu",
					c->claims->taken[t].owner,
					(unsigned long long)c->claims->taken[t].through,
					(unsigned long long)row.through);
	}
	for (unsigned i = 0; i < engine_followers(c->engine); i++) {
		if (engine_queue(c->engine, i, &queue))
			return wrong(c, "the queue of follower %u cannot be read", i);
		if (queue.through > c->ret->head || queue.delivered > queue.addressed)
			return wrong(c, "%s has %llu of %llu", queue.follower,
				(unsigned long long)queue.through,
				(unsigned long long)c->ret->head);
	}
	return true;
}

/* ---- keys --------------------------------------------------------------------------------------
 */

static bool check_key(struct node_check *c, const struct scan *at)
{
	const struct seal_place place = {.owner = text_of("check"), .seq = 1};
	struct text text = text_of("a text");
	struct person_row row;

	if (row_decode(at, schema_person_row(), &c->arena, &row))
		return wrong(c, "a person's row cannot be read");
	if (row.slot == 0)
		return true;
	if ((uint64_t)row.slot >= c->engine->next_slot)
		return wrong(c, "data key %lld is in use, the next unused is %llu",
			(long long)row.slot, (unsigned long long)c->engine->next_slot);
	enum err err = keyring_seal(
		c->keyring, (uint32_t)row.slot, (struct uuid){{0}}, &place, &c->arena, &text);
	return !err || wrong(c, "data key %lld is %s", (long long)row.slot, err_word(err));
}

static bool check_keys(struct node_check *c)
{
	struct txn *txn;
	struct scan scan;
	bool good = true;

	arena_reset(&c->arena);
	if (store_begin(c->store, STORE_READ, &c->arena, &txn))
		return wrong(c, "no reading");
	scan_begin(&scan, txn, CORE_PERSONS, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (good && scan_next(&scan))
		good = check_key(c, &scan);
	scan_end(&scan);
	if (good && store_count(txn, CORE_ERASING))
		good = wrong(c, "keys are left to be destroyed");
	if (good && store_error(txn))
		good = wrong(c, "persons cannot be read");
	store_abort(txn);
	return good;
}

/* ---- state -------------------------------------------------------------------------------------
 */

static enum err digest(struct node_check *c, uint8_t ret[HASH_BYTES])
{
	static const unsigned core[] = {
		CORE_DEADLINES, CORE_DEADLINE_OF, CORE_DROPPED, CORE_ERASURES};
	uint8_t one[HASH_BYTES];
	struct txn *txn;

	enum err err = engine_digest(c->engine, DIGEST_OWN, true, ret);
	if (!err)
		err = store_begin(c->store, STORE_READ, &c->arena, &txn);
	if (err)
		return err;
	for (size_t t = 0; t < sizeof(core) / sizeof(core[0]); t++) {
		store_digest(txn, core[t], one);
		for (size_t i = 0; i < HASH_BYTES; i++)
			ret[i] = (uint8_t)(ret[i] * 31 + one[i]);
	}
	err = store_error(txn);
	store_abort(txn);
	return err;
}

static bool check_state(struct node_check *c)
{
	uint8_t stored[HASH_BYTES], folded[HASH_BYTES];
	uint64_t bad = 0;
	enum err err = engine_verify(c->engine, &bad);

	if (err || bad)
		return wrong(c, "the journal is wrong at %llu: %s", (unsigned long long)bad,
			err_word(err));
	if (crash_random(&c->random, REBUILT_ONE_IN))
		return true;
	err = digest(c, stored);
	if (!err)
		err = engine_rebuild_own(c->engine);
	if (!err)
		err = digest(c, folded);
	if (err)
		return wrong(c, "state cannot be rebuilt: %s", err_word(err));
	return !memcmp(stored, folded, HASH_BYTES) ||
	       wrong(c, "state is not what the journal folds to");
}

/* ---- everything --------------------------------------------------------------------------------
 */

__attribute__((format(printf, 2, 3))) static bool found(
	struct node_check *c, const char *format, ...)
{
	va_list args;

	c->ret->outcome = CHECK_FOUND;
	va_start(args, format);
	vsnprintf(c->ret->text, sizeof(c->ret->text), format, args);
	va_end(args);
	return false;
}

static void add_digest(struct checked *ret, const uint8_t one[HASH_BYTES])
{
	for (size_t i = 0; i < HASH_BYTES; i++)
		ret->all[i] = (uint8_t)(ret->all[i] * 31 + one[i]);
}

/* What a start writes anew is no part of what is compared. */
static bool is_compared(unsigned tree)
{
	return tree != CORE_META && tree != CORE_FOLLOWERS && tree != CORE_TAKING;
}

static bool look_at_tree(struct node_check *c, struct txn *txn, unsigned tree)
{
	uint8_t one[HASH_BYTES];
	struct scan scan;
	bool good = true;

	scan_begin(&scan, txn, tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (good && tree != CORE_JOURNAL && scan_next(&scan))
		good = !row_check(txn, tree, scan.key, scan.value);
	scan_end(&scan);
	store_digest(txn, tree, one);
	if (is_compared(tree))
		add_digest(c->ret, one);
	if (!good || store_error(txn))
		return found(c, "a row of tree %u fails its checksum", tree);
	return true;
}

static bool look_at_rows(struct node_check *c)
{
	const struct service *service = c->config->program->service;
	size_t n =
		CORE_TREES + service->n_own_trees + c->config->n_owners * service->n_replica_trees;
	struct txn *txn;
	bool good = true;

	arena_reset(&c->arena);
	if (store_begin(c->store, STORE_READ, &c->arena, &txn))
		return wrong(c, "no reading");
	for (unsigned tree = 0; good && tree < n; tree++)
		good = look_at_tree(c, txn, tree);
	store_abort(txn);
	return good;
}

/* Answers are made of rows whose texts are opened. */
static bool look_at_texts(struct node_check *c)
{
	uint8_t one[HASH_BYTES];
	enum err err = ERR_OK;

	for (int owner = DIGEST_OWN; !err && owner < (int)c->config->n_owners; owner++) {
		err = engine_digest(c->engine, owner, false, one);
		add_digest(c->ret, one);
	}
	return !err || found(c, "state cannot be read: %s", err_word(err));
}

static bool look_at_all(struct node_check *c)
{
	struct head head;
	uint64_t bad = 0;

	engine_head(c->engine, &head);
	c->ret->head = head.seq;
	add_digest(c->ret, head.hash);
	enum err err = engine_verify(c->engine, &bad);
	if (err || bad)
		return found(c, "the journal is wrong at %llu: %s", (unsigned long long)bad,
			err_word(err));
	return look_at_rows(c) && look_at_texts(c);
}

void check_node(const struct daemon_config *config, const char *dir, const struct claims *claims,
	struct checked *ret)
{
	struct node_check check = {.config = config, .claims = claims, .ret = ret};

	*ret = (struct checked){.outcome = CHECK_GOOD};
	arena_init(&check.arena, (size_t)16 * 1024 * 1024);
	buffer_init(&check.body, (size_t)64 * 1024);
	bool good = open_node(&check, dir);
	if (good && !claims)
		good = look_at_all(&check);
	else if (good) {
		check.random = claims->sample;
		good = check_acked(&check) && check_cursors(&check) && check_keys(&check) &&
		       check_state(&check);
	}
	(void)good; /* ret says what is wrong */
	close_node(&check);
}

int check_node_apart(const struct daemon_config *config, const char *dir,
	const struct claims *claims, struct checked *shared)
{
	int status = 0;

	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		alarm(LIMIT_SECONDS);
		check_node(config, dir, claims, shared);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(2);
	if (!WIFSIGNALED(status))
		return 0;
	shared->outcome = CHECK_WRONG;
	snprintf(shared->text, sizeof(shared->text), "ended by signal %d (%s)", WTERMSIG(status),
		strsignal(WTERMSIG(status)));
	return WTERMSIG(status);
}
