/* Records that end the process: found by the mark that is committed before each, after an unclean
 * stop. Runs on the memory store, and for real crashes on LMDB in a directory of its own, in
 * processes of its own. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/sim/odd_quarantine.h"

/* The process is gone in the middle of a record: what was not committed is forgotten. */
static void reopen(struct bench *b)
{
	engine_close(b->engine);
	store_crash(b->store);
	assert_int_equal(engine_open(&b->options, &b->engine, NULL), ERR_OK);
}

static void test_a_record_that_crashes_the_process_is_set_aside(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, ODD_PLAIN, NULL}, {2, 2, ODD_CRASH, NULL},
		{3, 2, ODD_PLAIN, NULL}, {4, 3, ODD_PLAIN, NULL}};
	jmp_buf crash;
	static volatile unsigned crashes;
	struct cursor_row cursor = {0};

	crashes = 0;
	odd_crash = &crash;
	if (setjmp(crash)) {
		crashes++;
		assert_true(crashes <= 4);
		reopen(b);
		engine_cursor(b->engine, 0, &cursor);
		assert_int_equal(cursor.through, crashes > 1); /* progress stays */
	}
	cursor = take_all(b, items, 4);
	odd_crash = NULL;
	/* once in a batch, before anybody knew that there is reason for care */
	assert_int_equal(crashes, 1 + CRASHES_ALLOWED);
	check_cursor(&cursor, 2, 2, 0);
	struct quarantine_page page = list(b, 0, 0);
	assert_true(text_is(page.records.at[0].why, "crashed the process 3 times"));
	assert_int_equal(page.records.at[0].entity.b[0], 2);
	assert_true(page.records.at[1].seq == 3 && page.records.at[1].waits_behind == 2);
}

static void test_care_ends_with_a_clean_stop_or_after_a_while(void **state)
{
	struct bench *b = *state;
	struct taking_row mark;
	struct batch_item *items = calloc(CAREFUL_RECORDS, sizeof(*items));

	assert_int_equal(b->engine->careful, 0); /* it never ran before */
	reopen(b);
	assert_int_equal(b->engine->careful, CAREFUL_RECORDS);
	for (uint64_t i = 0; i < CAREFUL_RECORDS; i++)
		items[i] = make_item(b, &(struct item){i + 1, 1, ODD_PLAIN, NULL});
	take_items(b, items, 10);
	assert_int_equal(b->engine->careful, CAREFUL_RECORDS - 10);
	mark = b->engine->owners[0].mark;
	assert_int_equal(mark.seq, 0);
	take_items(b, items + 10, CAREFUL_RECORDS - 10);
	assert_int_equal(b->engine->careful, 0);
	assert_int_equal(b->engine->owners[0].mark.seq, 0);
	assert_int_equal(engine_stop(b->engine), ERR_OK);
	reopen(b);
	assert_int_equal(b->engine->careful, 0);
	free(items);
}

/* With several owners, one's record may wait with its crashes counted while others are taken. */
static void test_a_mark_ahead_is_left_alone(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, ODD_POISON, NULL}, {2, 2, ODD_PLAIN, NULL}};
	const struct item later[] = {{50, 3, ODD_POISON, NULL}};
	struct key key = {0};
	struct txn *txn;

	assert_int_equal(store_begin(b->store, STORE_WRITE, &b->arena, &txn), ERR_OK);
	key_add_text(&key, "beta", 4);
	row_put(txn, CORE_TAKING, &key, schema_taking_row(),
		&(struct taking_row){.seq = 50, .crashes = 2});
	assert_int_equal(store_commit(txn), ERR_OK);
	reopen(b);
	b->engine->careful = 0; /* spent on the others */
	take_all(b, items, 2);
	assert_int_equal(list(b, 0, 0).records.at[0].entity.b[0], 1);
	assert_int_equal(b->engine->owners[0].mark.crashes, 2);
	struct batch_item item = make_item(b, later);
	struct batch batch = {.epoch = 1, .first = 3, .last = 50, .items = &item, .n = 1};
	take(b, &batch, 1);
	assert_int_equal(b->engine->owners[0].mark.seq, 0);
}

struct place {
	char dir[64], db[80], keys[80];
};

/* A process that takes four records, of which the second ends it, and then stops in order. */
static int run_child(struct bench *b, const struct place *place)
{
	const struct item items[] = {{1, 1, ODD_PLAIN, NULL}, {2, 2, ODD_CRASH, NULL},
		{3, 2, ODD_PLAIN, NULL}, {4, 3, ODD_PLAIN, NULL}};
	static const uint8_t master[MASTER_KEY_BYTES] = {5};
	struct reason reason = {0};
	struct cursor_row cursor;
	size_t n;

	struct tree *trees = engine_trees(&b->options, &n);
	if (store_open_lmdb(place->db, trees, n, NULL, &b->options.store, &reason) ||
		keyring_open(place->keys, master, &b->random, &b->options.keyring))
		return 90;
	b->store = b->options.store;
	if (engine_open(&b->options, &b->engine, &reason))
		return 91;
	cursor = take_all(b, items, 4);
	if (engine_stop(b->engine))
		return 92;
	store_close(b->store);
	return cursor.applied == 2 && cursor.quarantined == 2 ? 0 : 93;
}

static void empty_dir(const char *dir)
{
	DIR *open = opendir(dir);
	struct dirent *entry;
	char path[400];

	while (open && (entry = readdir(open))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	if (open)
		closedir(open);
	rmdir(dir);
}

static void test_real_crashes_are_counted_on_disk(void **state)
{
	struct bench *b = *state;
	struct place place = {.dir = "/tmp/test_quarantine.XXXXXX"};
	int crashes = 0, status;

	assert_non_null(mkdtemp(place.dir));
	snprintf(place.db, sizeof(place.db), "%s/db", place.dir);
	snprintf(place.keys, sizeof(place.keys), "%s/keys.bin", place.dir);
	do {
		struct bench copy = *b; /* what the child opens is its own */
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			_exit(run_child(&copy, &place));
		assert_int_equal(waitpid(child, &status, 0), child);
		crashes += WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
	} while (WIFSIGNALED(status) && crashes < 10);
	empty_dir(place.db);
	empty_dir(place.dir);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(crashes, 1 + CRASHES_ALLOWED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_record_that_crashes_the_process_is_set_aside),
		TEST(test_a_mark_ahead_is_left_alone),
		TEST(test_care_ends_with_a_clean_stop_or_after_a_while),
		TEST(test_real_crashes_are_counted_on_disk),
	};

	return cmocka_run_group_tests_name("crashes", tests, NULL, NULL);
}
