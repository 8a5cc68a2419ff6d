/* A town made in the directory for temporary files: what the tool wrote, the daemons and it must
 * read. */
#include "services/oneplanctl/town_files.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/bus.h"
#include "common/daemon_private.h"
#include "common/keyring.h"
#include "proto/roles.h"

enum { BASE_PORT = 17000 };

struct fixture {
	struct arena arena;
	char root[64];
	char dir[96];
	struct reason reason;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->root, "/tmp/test-town-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	snprintf(f->dir, sizeof(f->dir), "%s/town", f->root);
	arena_init(&f->arena, (size_t)4 * 1024 * 1024);
	*state = f;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	nftw(f->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_done(&f->arena);
	free(f);
	return 0;
}

static struct town_plan plan_of(const struct fixture *f)
{
	return (struct town_plan){
		.dir = f->dir, .listen = "127.0.0.1", .base_port = BASE_PORT, .archive = true};
}

static void make(struct fixture *f)
{
	const struct town_plan plan = plan_of(f);

	assert_int_equal(town_make(&plan, &f->arena, &f->reason), ERR_OK);
}

/* ---- what a daemon reads --------------------------------------------------------------------- */

struct own_settings {
	const char *town_key_file;
	const char *department, *departments;
};

static const struct setting intake_settings[] = {
	{"intake", "town_key_file", SETTING_TEXT, offsetof(struct own_settings, town_key_file),
		NULL, 1, 4096, "a file"},
	{"intake", "departments", SETTING_TEXT, offsetof(struct own_settings, departments), "", 0,
		1000, "names"},
};

static const struct setting planning_settings[] = {
	{"planning", "department", SETTING_TEXT, offsetof(struct own_settings, department), NULL, 1,
		23, "the department"},
};

/* A stand-in with the town's roles; nodes that follow are nodes. */
static const struct service any_service = {
	.node_peers = PEER_NODES,
	.peer_roles = peer_roles,
	.n_peer_roles = N_PEER_ROLES,
};

static void load(struct fixture *f, const struct town_kind *kind, struct daemon_config *ret)
{
	static struct daemon_program program;
	char path[256];

	program = (struct daemon_program){.service = &any_service,
		.settings = kind->department ? planning_settings : intake_settings,
		.n_settings = !kind->settings    ? 0
			      : kind->department ? 1
						 : 2,
		.settings_bytes = sizeof(struct own_settings)};
	snprintf(path, sizeof(path), "%s/%s/node.ini", f->dir, kind->name);
	assert_int_equal(daemon_config_load(ret, &program, path, &f->reason), ERR_OK);
}

static bool has_follower(const struct daemon_config *config, const char *name)
{
	for (size_t i = 0; i < config->n_followers; i++)
		if (strcmp(config->followers[i].name, name) == 0)
			return true;
	return false;
}

static bool kind_follows(const struct town_kind *kind, const char *owner)
{
	for (size_t i = 0; i < n_town_kinds; i++)
		if (strcmp(town_kinds[i].name, owner) == 0)
			return kind != &town_kinds[i] &&
			       town_follows(kind->role, town_kinds[i].role);
	return false;
}

/* Whoever tells people hears of everything that people are told. */
static void check_notification(void)
{
	const struct town_kind *notification = NULL;

	for (size_t i = 0; i < n_town_kinds; i++)
		if (strcmp(town_kinds[i].name, "notification") == 0)
			notification = &town_kinds[i];
	assert_non_null(notification);
	for (size_t i = 0; i < n_town_kinds; i++) {
		bool told = strcmp(town_kinds[i].role, "planning") == 0 ||
			    strcmp(town_kinds[i].role, "intake") == 0;
		assert_int_equal(kind_follows(notification, town_kinds[i].name), told);
	}
}

static void check_links(
	const struct town *town, const struct town_kind *kind, const struct daemon_config *config)
{
	size_t owners = 0, followers = 0;

	for (size_t i = 0; i < n_town_kinds; i++) {
		owners += kind_follows(kind, town_kinds[i].name);
		followers += kind_follows(&town_kinds[i], kind->name);
		if (kind_follows(&town_kinds[i], kind->name))
			assert_true(has_follower(config, town_kinds[i].name));
	}
	assert_int_equal(config->n_owners, owners);
	assert_int_equal(config->n_followers, followers);
	assert_int_equal(config->n_peers, TOWN_CLIENTS + followers);
	for (size_t i = 0; i < config->n_owners; i++) {
		const struct town_node *owner = town_find(town, config->owners[i].name);
		assert_non_null(owner);
		assert_string_equal(config->links[i].endpoint, owner->endpoint);
		assert_string_equal(config->links[i].key, owner->public_key);
	}
}

static void check_secrets(struct daemon_config *config)
{
	uint8_t master[MASTER_KEY_BYTES];
	char public_key[BUS_KEY_BYTES];
	struct reason reason = {0};

	assert_int_equal(keyring_read_master(config->master_key_file, master, &reason), ERR_OK);
	assert_int_equal(bus_public_of(config->secret_key, public_key), ERR_OK);
	assert_string_equal(public_key, config->public_key);
}

static void check_town_key(struct daemon_config *config)
{
	const struct own_settings *own = config->service;
	uint8_t key[MASTER_KEY_BYTES];
	struct reason reason = {0};

	/* the same form as a master key: 64 hexadecimal digits, readable by nobody else */
	assert_int_equal(
		keyring_read_master(daemon_path(config, own->town_key_file), key, &reason), ERR_OK);
}

/* What the node believes to be is in its name, too. */
static void check_department(struct daemon_config *config, const char *department)
{
	const struct own_settings *own = config->service;

	assert_string_equal(own->department, department);
	assert_string_equal(strchr(config->name, '.') + 1, department);
}

static void test_every_node_can_be_started(void **state)
{
	struct fixture *f = *state;
	struct town town;

	make(f);
	assert_int_equal(town_load(f->dir, &f->arena, &town, &f->reason), ERR_OK);
	check_notification();
	assert_int_equal(town.n, n_town_kinds);
	for (size_t i = 0; i < n_town_kinds; i++) {
		const struct town_node *node = town_find(&town, town_kinds[i].name);
		struct daemon_config config;
		load(f, &town_kinds[i], &config);
		assert_string_equal(config.name, town_kinds[i].name);
		assert_string_equal(node->endpoint, config.listen);
		assert_string_equal(node->public_key, config.public_key);
		assert_string_equal(node->role, town_kinds[i].role);
		check_links(&town, &town_kinds[i], &config);
		check_secrets(&config);
		if (town_kinds[i].secret)
			check_town_key(&config);
		if (town_kinds[i].department)
			check_department(&config, town_kinds[i].department);
		daemon_config_done(&config);
	}
}

/* It is the last kind, and nobody expects it. */
static void test_without_an_archive(void **state)
{
	struct fixture *f = *state;
	struct town_plan plan = plan_of(f);
	struct daemon_config config;
	struct town town;

	plan.archive = false;
	assert_int_equal(town_make(&plan, &f->arena, &f->reason), ERR_OK);
	assert_int_equal(town_load(f->dir, &f->arena, &town, &f->reason), ERR_OK);
	assert_int_equal(town.n, n_town_kinds - 1);
	assert_null(town_find(&town, "archive"));
	for (size_t i = 0; i < n_town_kinds - 1; i++) {
		load(f, &town_kinds[i], &config);
		assert_false(has_follower(&config, "archive"));
		daemon_config_done(&config);
	}
}

/* ---- what the tool reads --------------------------------------------------------------------- */

static void test_keys_of_clients(void **state)
{
	struct fixture *f = *state;
	struct daemon_config config;
	struct town town;

	make(f);
	load(f, &town_kinds[0], &config);
	assert_int_equal(town_load(f->dir, &f->arena, &town, &f->reason), ERR_OK);
	for (size_t i = 0; i < TOWN_CLIENTS; i++) {
		struct town_keys keys;
		char public_key[BUS_KEY_BYTES];
		assert_int_equal(
			town_read_keys(&town, town_clients[i].name, &keys, &f->reason), ERR_OK);
		assert_int_equal(bus_public_of(keys.secret_key, public_key), ERR_OK);
		assert_string_equal(public_key, keys.public_key);
		assert_string_equal(config.peers[i].name, town_clients[i].name);
		assert_string_equal(config.peers[i].key, keys.public_key);
		assert_int_equal(config.peers[i].kind, BUS_CLIENT);
		assert_true(config.peers[i].role_bit & PEER_CLIENTS);
	}
	daemon_config_done(&config);
}

static int check_mode(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)path;
	(void)where;
	assert_int_equal(st->st_mode & 0777, kind == FTW_D ? 0700 : 0600);
	return 0;
}

static void test_nobody_else_may_look(void **state)
{
	struct fixture *f = *state;
	struct town_keys keys;
	struct town town;
	char path[160];

	make(f);
	assert_int_equal(nftw(f->dir, check_mode, 16, FTW_PHYS), 0);
	snprintf(path, sizeof(path), "%s/keys/operator.key", f->dir);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(town_load(f->dir, &f->arena, &town, &f->reason), ERR_OK);
	assert_int_equal(town_read_keys(&town, "operator", &keys, &f->reason), ERR_INVALID);
	assert_int_equal(town_read_keys(&town, "nobody", &keys, &f->reason), ERR_NOT_FOUND);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void test_nothing_is_overwritten(void **state)
{
	struct fixture *f = *state;
	struct town_plan plan = plan_of(f);

	make(f);
	for (int beside = 0; beside < 2; beside++) {
		plan.beside = beside;
		assert_int_equal(town_make(&plan, &f->arena, &f->reason), ERR_CONFLICT);
		assert_non_null(strstr(f->reason.rule, "town already"));
	}
}

static void test_beside_other_things(void **state)
{
	struct fixture *f = *state;
	struct town_plan plan = plan_of(f);
	char path[128];

	assert_int_equal(mkdir(f->dir, 0755), 0);
	snprintf(path, sizeof(path), "%s/other", f->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(town_make(&plan, &f->arena, &f->reason), ERR_CONFLICT);
	assert_non_null(strstr(f->reason.rule, "--force"));
	plan.beside = true;
	assert_int_equal(town_make(&plan, &f->arena, &f->reason), ERR_OK);
	assert_int_equal(nftw(f->dir, check_mode, 16, FTW_PHYS), 0);
}

static void test_wrong_plans(void **state)
{
	static const struct {
		const char *listen;
		int64_t port;
		const char *field;
	} rows[] = {
		{"127.0.0.1", 80, "--base-port"},
		{"127.0.0.1", 32767, "--base-port"}, /* the second node would be above */
		{"127.0.0.1", 40000, "--base-port"},
		{"0.0.0.0", BASE_PORT, "--listen"},
		{"*", BASE_PORT, "--listen"},
		{"", BASE_PORT, "--listen"},
		{"a b", BASE_PORT, "--listen"},
	};
	struct fixture *f = *state;
	struct stat st;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct town_plan plan = plan_of(f);
		plan.listen = rows[i].listen;
		plan.base_port = rows[i].port;
		assert_int_equal(town_make(&plan, &f->arena, &f->reason), ERR_INVALID);
		assert_string_equal(f->reason.field, rows[i].field);
	}
	assert_int_not_equal(stat(f->dir, &st), 0);
}

static void write_town(const struct fixture *f, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/town.ini", f->root);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_towns_that_are_none(void **state)
{
	struct fixture *f = *state;
	struct town town;

	assert_int_equal(town_load(f->root, &f->arena, &town, &f->reason), ERR_NOT_FOUND);
	assert_non_null(strstr(f->reason.rule, "town init"));
	write_town(f, "# nothing\n");
	assert_int_equal(town_load(f->root, &f->arena, &town, &f->reason), ERR_INVALID);
	write_town(f, "[node.intake]\nrole = intake\nendpoint = tcp://127.0.0.1:7610\n");
	assert_int_equal(town_load(f->root, &f->arena, &town, &f->reason), ERR_INVALID);
	write_town(f, "[node.a\"b]\nrole = intake\nendpoint = tcp://127.0.0.1:7610\n"
		      "public_key = 0123456789012345678901234567890123456789\n");
	assert_int_equal(town_load(f->root, &f->arena, &town, &f->reason), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_node_can_be_started, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_an_archive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keys_of_clients, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_else_may_look, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_is_overwritten, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_beside_other_things, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wrong_plans, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_towns_that_are_none, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
