/* Who may say what: every cell of message x role of the client x role of the actor is asked of a
 * real engine of every kind of node, and compared with tests/golden/rights.txt, which people can
 * read. GOLDEN_WRITE=1 writes the file anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/admin.h"
#include "common/engine.h"
#include "proto/registry.h"
#include "proto/roles.h"
#include "services/archive/archive.h"
#include "services/intake/intake.h"
#include "services/intake/settings.h"
#include "services/notification/notification.h"
#include "services/notification/settings.h"
#include "services/planning/planning.h"
#include "services/planning/settings.h"
#include "services/reporting/reporting.h"
#include "services/reporting/settings.h"
#include "tests/golden/filler.h"

static const char path[] = "tests/golden/rights.txt";

enum { KINDS = 5, LINE_BYTES = 4096, STRANGE_BIT = 1 << 30 };

static const struct intake_settings intake;
static const struct notification_settings notification;
static const struct planning_settings planning = {
	.department = "employment", .consent_age_ms = MS_PER_DAY};
static const struct reporting_settings reporting;

static const struct kind {
	const char *name;
	const struct service *service;
	const void *settings;
} kinds[KINDS] = {
	{"intake", &intake_service, &intake},
	{"planning.employment", &planning_service, &planning},
	{"notification", &notification_service, &notification},
	{"reporting", &reporting_service, &reporting},
	{"archive", &archive_service, NULL},
};

static const struct engine_peer followers[] = {{"archive", PEER_ARCHIVE}};

struct node {
	const struct kind *kind;
	struct store *store;
	struct keyring *keyring;
	struct engine *engine;
	int64_t now;
	uint64_t seed;
	struct random random;
	struct arena arena;
};

static void open_node(struct node *node, const struct kind *kind)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {9};
	struct reason reason = {0};
	struct tree *trees;
	size_t n;

	*node = (struct node){.kind = kind, .now = INT64_C(1790000000000), .seed = 3};
	node->random = random_seeded(&node->seed);
	arena_init(&node->arena, (size_t)64 << 20);
	assert_int_equal(keyring_open(NULL, master, &node->random, &node->keyring), ERR_OK);
	struct engine_options options = {.service = kind->service,
		.settings = kind->settings,
		.node = kind->name,
		.followers = followers,
		.n_followers = 1,
		.clock = clock_simulated(&node->now),
		.random = node->random,
		.keyring = node->keyring};
	trees = engine_trees(&options, &n);
	assert_non_null(trees);
	assert_int_equal(store_open_memory(trees, n, &node->store), ERR_OK);
	engine_trees_free(trees, n);
	options.store = node->store;
	assert_int_equal(engine_open(&options, &node->engine, &reason), ERR_OK);
}

static void close_node(struct node *node)
{
	engine_close(node->engine);
	store_close(node->store);
	keyring_close(node->keyring);
	arena_done(&node->arena);
}

/* ---- one cell -------------------------------------------------------------------------------- */

struct cell {
	const struct schema *schema;
	uint32_t peer;
	const char *role;       /* "": nobody is named */
	const char *department; /* of the actor */
	const char *bound_to;   /* the client's department */
	struct bytes body;
};

static struct reason ask(struct node *node, const struct cell *cell)
{
	struct request request = {.client = text_of("client"),
		.peer = cell->peer,
		.department = text_of(cell->bound_to ? cell->bound_to : ""),
		.key = uuid_make(++node->now, &node->random),
		.type = text_of(cell->schema->head->name),
		.body = cell->body,
		.actor = {text_of(cell->role), text_of(*cell->role ? "17" : ""),
			text_of(cell->department ? cell->department : "")}};
	struct answer answer;
	struct turn turn = {&request, &answer, 1, NULL, 0};

	assert_int_equal(engine_turn(node->engine, &turn), ERR_OK);
	return answer.status ? answer.reason : (struct reason){0};
}

/* By the rules of the table; what a service then says of the very case is another matter. */
static bool is_refused(const struct reason *reason)
{
	return (reason->code == ERR_DENIED &&
		       (!*reason->field || !strcmp(reason->field, "actor.role"))) ||
	       (reason->code == ERR_INVALID && !strcmp(reason->field, "actor"));
}

static bool is_allowed(struct node *node, const struct cell *cell)
{
	const struct reason reason = ask(node, cell);

	return !is_refused(&reason);
}

static bool is_known(struct node *node, const struct schema *schema)
{
	const struct cell cell = {.schema = schema, .peer = PEER_OPERATOR, .role = ""};

	return ask(node, &cell).code != ERR_UNKNOWN_TYPE;
}

/* ---- the table ------------------------------------------------------------------------------- */

/* The actors whom a client of that role may name, in words. */
static char *actors_of(struct node *node, const struct schema *schema, uint32_t peer)
{
	char words[LINE_BYTES] = "";
	size_t n = 0, named = 0;
	struct cell cell = {.schema = schema, .peer = peer, .role = ""};

	if (is_allowed(node, &cell))
		n += (size_t)snprintf(words + n, sizeof(words) - n, " nobody");
	for (size_t i = 0; i < N_ACTOR_ROLES; i++) {
		cell.role = actor_roles[i].name;
		if (!is_allowed(node, &cell))
			continue;
		n += (size_t)snprintf(words + n, sizeof(words) - n, " %s", cell.role);
		named++;
	}
	cell.role = "stranger";
	assert_false(is_allowed(node, &cell) && named < N_ACTOR_ROLES);
	assert_true(n < sizeof(words));
	return arena_copy(&node->arena, words, n);
}

/* "intake show_status: operator for nobody operator; intake planning for nobody". Clients that may
 * name the same actors stand together. */
static void write_line(struct node *node, const struct schema *schema, FILE *file)
{
	char *actors[N_PEER_ROLES];
	const char *separator = ":";

	for (size_t i = 0; i < N_PEER_ROLES; i++)
		actors[i] = actors_of(node, schema, peer_roles[i].bit);
	fprintf(file, "%s %s", node->kind->name, schema->head->name);
	for (size_t i = 0; i < N_PEER_ROLES; i++) {
		if (!actors[i] || !*actors[i])
			continue;
		fputs(separator, file);
		separator = ";";
		fprintf(file, " %s", peer_roles[i].name);
		for (size_t k = i + 1; k < N_PEER_ROLES; k++)
			if (actors[k] && !strcmp(actors[i], actors[k])) {
				fprintf(file, " %s", peer_roles[k].name);
				actors[k] = NULL;
			}
		fprintf(file, " for%s", actors[i]);
	}
	fprintf(file, "%s\n", *separator == ':' ? ": nobody" : "");
	assert_string_equal(actors_of(node, schema, STRANGE_BIT), "");
	assert_string_equal(actors_of(node, schema, 0), "");
}

typedef void message_fn(struct node *node, const struct schema *schema, void *ctx);

/* Every message of the project that this node knows. */
static size_t each_message(struct node *node, message_fn *fn, void *ctx)
{
	size_t known = 0;

	for (size_t i = 0; i < n_registry_parts; i++)
		for (size_t k = 0; k < registry_parts[i].n; k++) {
			const struct schema *schema = registry_parts[i].schemas[k]();
			if (schema->head->kind != SCHEMA_COMMAND &&
				schema->head->kind != SCHEMA_QUERY)
				continue;
			if (!is_known(node, schema))
				continue;
			fn(node, schema, ctx);
			arena_reset(&node->arena);
			known++;
		}
	return known;
}

static void write_line_of(struct node *node, const struct schema *schema, void *ctx)
{
	write_line(node, schema, ctx);
}

static char *read_all(const char *name)
{
	FILE *file = fopen(name, "r");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(file);
	if (getdelim(&text, &size, '\0', file) < 0)
		fail_msg("%s is empty", name);
	fclose(file);
	return text;
}

static void test_every_cell(void **state)
{
	char *got = NULL, *want;
	size_t size = 0;
	FILE *file = open_memstream(&got, &size);

	(void)state;
	assert_non_null(file);
	fputs("# NODE MESSAGE: CLIENTS for ACTORS; ... - written by `make golden`, asked of real "
	      "engines.\n# \"for nobody\": no actor need be named.\n",
		file);
	for (size_t i = 0; i < KINDS; i++) {
		struct node node;
		open_node(&node, &kinds[i]);
		assert_true(each_message(&node, write_line_of, file) > 7);
		close_node(&node);
	}
	fclose(file);
	if (getenv("GOLDEN_WRITE")) {
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(got, file);
		fclose(file);
	}
	want = read_all(path);
	for (char *a = got, *b = want, *rest_a, *rest_b; *a || *b; a = rest_a, b = rest_b) {
		rest_a = a + strcspn(a, "\n");
		rest_b = b + strcspn(b, "\n");
		rest_a += *rest_a ? (*rest_a = '\0', 1) : 0;
		rest_b += *rest_b ? (*rest_b = '\0', 1) : 0;
		assert_string_equal(a, b);
	}
	free(want);
	free(got);
}

/* ---- departments ----------------------------------------------------------------------------- */

/* A client of one department cannot speak for another's people, whatever it says. */
static void check_bound_client(struct node *node, const struct schema *schema, void *ctx)
{
	size_t *asked = ctx;

	for (size_t i = 0; i < N_PEER_ROLES; i++)
		for (size_t k = 0; k < N_ACTOR_ROLES; k++) {
			struct cell cell = {.schema = schema,
				.peer = peer_roles[i].bit,
				.role = actor_roles[k].name,
				.department = "employment"};
			if (!is_allowed(node, &cell))
				continue;
			cell.bound_to = "family";
			struct reason reason = ask(node, &cell);
			assert_int_equal(reason.code, ERR_DENIED);
			assert_string_equal(reason.field, "actor.department");
			cell.department = NULL;
			reason = ask(node, &cell);
			assert_string_equal(reason.field, "actor.department");
			cell.bound_to = cell.department = "employment";
			reason = ask(node, &cell);
			assert_string_not_equal(reason.field, "actor.department");
			++*asked;
		}
}

static void test_bound_clients(void **state)
{
	size_t asked = 0;

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct node node;
		open_node(&node, &kinds[i]);
		each_message(&node, check_bound_client, &asked);
		close_node(&node);
	}
	assert_true(asked > 500);
}

/* A department's node obeys and answers its own people only. */
static void check_foreign_staff(struct node *node, const struct schema *schema, void *ctx)
{
	void *fields = arena_alloc(&node->arena, schema->size);
	struct filler filler = {.n = 1};
	struct buffer body;
	size_t *asked = ctx;

	if (schema->head->actors == ACTOR_EVERYONE || schema->head->actors == ACTOR_KEEPERS)
		return; /* the node's own, of operators */
	arena_init(&filler.arena, (size_t)16 << 20);
	buffer_init(&body, 1 << 20);
	fill_record(&filler, schema, fields, 0);
	schema_encode(schema, fields, &body);
	for (size_t k = 0; k < N_ACTOR_ROLES; k++) {
		struct cell cell = {.schema = schema,
			.peer = PEER_PORTAL,
			.role = actor_roles[k].name,
			.department = "family",
			.body = buffer_bytes(&body)};
		if (!(actor_roles[k].bit & ACTOR_STAFF) || !is_allowed(node, &cell))
			continue;
		struct reason reason = ask(node, &cell);
		if (reason.code != ERR_DENIED || strcmp(reason.field, "actor.department") != 0)
			fail_msg("%s for a %s of family: %s %s %s", schema->head->name, cell.role,
				err_word(reason.code), reason.field, reason.rule);
		++*asked;
	}
	buffer_done(&body);
	arena_done(&filler.arena);
}

static void test_foreign_staff(void **state)
{
	struct node node;
	size_t asked = 0;

	(void)state;
	open_node(&node, &kinds[1]);
	each_message(&node, check_foreign_staff, &asked);
	close_node(&node);
	assert_true(asked > 100);
}

/* ---- following ------------------------------------------------------------------------------- */

static void test_following(void **state)
{
	struct node node;

	(void)state;
	open_node(&node, &kinds[0]);
	assert_int_equal(engine_follower(node.engine, text_of("archive"), PEER_ARCHIVE), 0);
	for (size_t i = 0; i < N_PEER_ROLES; i++)
		if (peer_roles[i].bit != PEER_ARCHIVE)
			assert_int_equal(
				engine_follower(node.engine, text_of("archive"), peer_roles[i].bit),
				-1);
	assert_int_equal(engine_follower(node.engine, text_of("reporting"), PEER_REPORTING), -1);
	close_node(&node);
}

/* Whoever can erase persons does so also on a full disk: its table says by which command. */
static void test_erasing(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		const struct service *service = kinds[i].service;
		const char *erases = service->erases ? service->erases()->head->name : "";
		for (size_t k = 0; k < service->n_commands; k++) {
			const char *name = service->commands[k].type()->head->name;
			assert_int_equal(!strncmp(name, "erase_", 6), !strcmp(name, erases));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_cell),
		cmocka_unit_test(test_bound_clients), cmocka_unit_test(test_foreign_staff),
		cmocka_unit_test(test_following), cmocka_unit_test(test_erasing)};

	return cmocka_run_group_tests_name("rights", tests, NULL, NULL);
}
