/* Damaged database files: told, never followed into. Touches directories of its own under /tmp. */
#include "tests/unit/common/store_world.h"

enum { ROWS = 6000, FLIPS = 240, PAGE = 4096 };

/* Trees of some depth, large values, free pages. */
static void fill_trees(struct world *world)
{
	uint64_t seed = 7;
	uint8_t value[6000];

	for (unsigned round = 0; round < 2; round++) {
		struct txn *txn = begin(world, STORE_WRITE);
		for (unsigned i = 0; i < ROWS; i++) {
			uint64_t dice = draw(&seed);
			struct key key = {0};
			key_add_u64(&key, dice % ROWS);
			memset(value, (int)(dice >> 20 & 0xff), sizeof(value));
			if (dice >> 40 & 1)
				store_delete(txn, (unsigned)(dice % 3), key_bytes(&key));
			else
				store_put(txn, (unsigned)(dice % 3), key_bytes(&key),
					bytes_of(value, dice % 97 ? dice >> 44 & 0xff : 6000));
		}
		commit(txn);
	}
}

struct file {
	uint8_t *p;
	size_t used; /* pages of it that were ever used, in bytes */
};

static void file_path(const struct world *world, char ret[128])
{
	snprintf(ret, 128, "%s/data.mdb", world->dir);
}

static void load(struct world *world, struct file *ret)
{
	struct store_usage usage;
	char path[128];

	store_usage(world->store, &usage);
	store_close(world->store);
	world->store = NULL;
	file_path(world, path);
	int fd = open(path, O_RDONLY);
	*ret = (struct file){.p = calloc(1, usage.file_bytes)};
	assert_non_null(ret->p);
	assert_int_equal(read(fd, ret->p, usage.file_bytes), usage.file_bytes);
	for (size_t meta = 0; meta < 2; meta++) {
		uint64_t last;
		memcpy(&last, ret->p + meta * PAGE + 16 + 120, sizeof(last));
		if ((last + 1) * PAGE > ret->used)
			ret->used = (last + 1) * PAGE;
	}
	close(fd);
}

static void save(const struct world *world, const struct file *file, size_t bytes)
{
	char path[128];

	file_path(world, path);
	int fd = open(path, O_RDWR | O_TRUNC | O_CREAT, 0600);
	assert_int_equal(pwrite(fd, file->p, bytes, 0), bytes);
	close(fd);
}

/* Reads every row; a page that is followed into would end the test here. Returns how many. */
static uint64_t read_all(struct world *world)
{
	struct scan scan;
	uint64_t rows = 0;

	for (unsigned tree = 0; tree < TREES; tree++) {
		struct txn *txn = begin(world, STORE_READ);
		uint64_t n = 0;
		scan_begin(&scan, txn, tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
		while (scan_next(&scan)) {
			n += scan.value.n + 1;
			rows++;
		}
		scan_end(&scan);
		assert_int_equal(store_error(txn), ERR_OK);
		assert_true(n < (uint64_t)1 << 40);
		store_abort(txn);
	}
	return rows;
}

/* What comes of opening it: ERR_OK and it can be used, with so many rows, or ERR_CORRUPT with the
 * page. */
static enum err try_rows(struct world *world, uint64_t *ret_rows)
{
	const struct store_options options = {.grow_bytes = 65536};
	struct reason reason = {0};

	enum err err = store_open_lmdb(world->dir, trees, TREES, &options, &world->store, &reason);
	if (err) {
		assert_int_equal(err, ERR_CORRUPT);
		assert_string_equal(reason.field, "data.mdb");
		return err;
	}
	*ret_rows = read_all(world);
	struct txn *txn = begin(world, STORE_WRITE);
	store_put(txn, PLAIN, bytes_of("k", 1), bytes_of("v", 1));
	commit(txn);
	store_close(world->store);
	world->store = NULL;
	return ERR_OK;
}

static enum err try_it(struct world *world)
{
	uint64_t rows;

	return try_rows(world, &rows);
}

static void test_what_is_whole_opens(void **state)
{
	struct world *world = *state;
	struct file file;

	fill_trees(world);
	load(world, &file);
	assert_true(file.used > (size_t)100 * PAGE);
	assert_int_equal(try_it(world), ERR_OK);
	free(file.p);
}

static void test_flipped_bits(void **state)
{
	struct world *world = *state;
	struct file file;
	uint64_t seed = 11;
	unsigned told = 0, heads = 0, told_heads = 0;

	fill_trees(world);
	load(world, &file);
	for (unsigned i = 0; i < FLIPS; i++) {
		/* half of them where pages say what they are */
		size_t at = draw(&seed) % file.used;
		if (i % 2)
			at = at / PAGE * PAGE + draw(&seed) % 64;
		uint8_t bit = (uint8_t)(1U << draw(&seed) % 8);
		file.p[at] ^= bit;
		save(world, &file, file.used);
		bool corrupt = try_it(world) == ERR_CORRUPT;
		told += corrupt;
		heads += i % 2;
		told_heads += i % 2 && corrupt;
		file.p[at] ^= bit;
	}
	assert_true(told_heads > heads / 5); /* free pages and values lie there as well */
	assert_true(told > told_heads);
	free(file.p);
}

/* A tree whose name, kind or head is another must not be taken for one that was never filled. Old
 * copies of the page lie in free pages: what is changed there changes nothing. */
static void test_names_and_heads_of_trees(void **state)
{
	enum { HEAD = 48 };
	struct world *world = *state;
	struct file file;
	uint64_t rows = 0, before = 0;
	unsigned told = 0, places = 0;

	fill_trees(world);
	load(world, &file);
	save(world, &file, file.used);
	assert_int_equal(try_rows(world, &before), ERR_OK);
	for (unsigned tree = 0; tree < TREES; tree++) {
		size_t n = strlen(trees[tree].name);
		for (size_t at = 0; at + n + HEAD < file.used; at++) {
			if (memcmp(file.p + at, trees[tree].name, n))
				continue;
			for (size_t i = at; i < at + n + HEAD; i++) {
				file.p[i] ^= 1;
				save(world, &file, file.used);
				bool corrupt = try_rows(world, &rows) == ERR_CORRUPT;
				assert_true(corrupt || rows == before);
				told += corrupt;
				places++;
				file.p[i] ^= 1;
			}
		}
	}
	assert_true(told > places / 8);
	free(file.p);
}

static void test_sectors_zeroed_and_pages_swapped(void **state)
{
	struct world *world = *state;
	struct file file;
	uint64_t seed = 13;
	unsigned told = 0;
	uint8_t kept[PAGE];

	fill_trees(world);
	load(world, &file);
	for (unsigned i = 0; i < FLIPS / 5; i++) {
		size_t page = draw(&seed) % (file.used / PAGE),
		       other = draw(&seed) % (file.used / PAGE);
		uint8_t *a = file.p + page * PAGE, *b = file.p + other * PAGE;
		memcpy(kept, a, PAGE);
		if (i % 2)
			memset(a + draw(&seed) % 8 * 512, 0, 512);
		else
			memcpy(a, b, PAGE);
		save(world, &file, file.used);
		told += try_it(world) == ERR_CORRUPT;
		memcpy(a, kept, PAGE);
	}
	assert_true(told > FLIPS / 5 / 4);
	free(file.p);
}

static void test_a_file_cut_off(void **state)
{
	struct world *world = *state;
	struct file file;

	fill_trees(world);
	load(world, &file);
	for (size_t pages = 1; pages < 12; pages++) {
		save(world, &file, pages * PAGE - pages % 3 * 700);
		assert_int_equal(try_it(world), ERR_CORRUPT);
	}
	save(world, &file, file.used - 1);
	assert_int_equal(try_it(world), ERR_CORRUPT);
	free(file.p);
}

static void lose_lock(const struct world *world)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/lock", world->dir);
	assert_int_equal(unlink(path), 0);
}

/* A meta page as LMDB makes it: nothing was committed. */
static void put_meta(uint8_t *page, uint64_t number)
{
	const uint64_t none = UINT64_MAX, last = 1;
	const uint32_t magic = 0xBEEFC0DEU, version = 1, size = PAGE;
	const uint16_t meta = 0x08, numbers = 0x08;

	memcpy(page, &number, 8);
	memcpy(page + 10, &meta, 2);
	memcpy(page + 16, &magic, 4);
	memcpy(page + 20, &version, 4);
	memcpy(page + 40, &size, 4);
	memcpy(page + 44, &numbers, 2);
	memcpy(page + 80, &none, 8);
	memcpy(page + 128, &none, 8);
	memcpy(page + 136, &last, 8);
}

static void test_a_making_that_was_torn(void **state)
{
	static const size_t left[] = {512, 1024, PAGE, PAGE + 512, (size_t)2 * PAGE};
	struct world *world = *state;
	struct file file = {.p = calloc(2, PAGE)};

	store_close(world->store);
	world->store = NULL;
	assert_non_null(file.p);
	put_meta(file.p, 0);
	put_meta(file.p + PAGE, 1);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		lose_lock(world);
		save(world, &file, left[i]);
		assert_int_equal(try_it(world), ERR_OK);
	}
	file.p[600] = 1; /* no part of it */
	lose_lock(world);
	save(world, &file, 1024);
	assert_int_equal(try_it(world), ERR_CORRUPT);
	free(file.p);
}

/* The making of a file that was cut off by a crash: torn, or empty. Once something was committed it
 * is damage. */
static void test_a_file_never_used(void **state)
{
	static const size_t left[] = {(size_t)2 * PAGE, 700, 0};
	struct world *world = *state;
	struct file file = {.p = calloc(2, PAGE)};

	store_close(world->store);
	world->store = NULL;
	assert_non_null(file.p);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		save(world, &file, left[i]);
		assert_int_equal(try_it(world), ERR_CORRUPT);
		lose_lock(world);
		assert_int_equal(try_it(world), ERR_OK);
	}
	free(file.p);
}

static void test_a_file_that_is_gone(void **state)
{
	struct world *world = *state;
	char path[128];

	store_close(world->store);
	world->store = NULL;
	file_path(world, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(try_it(world), ERR_CORRUPT);
	lose_lock(world);
	assert_int_equal(try_it(world), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_whole_opens, setup_lmdb, teardown),
		cmocka_unit_test_setup_teardown(test_flipped_bits, setup_lmdb, teardown),
		cmocka_unit_test_setup_teardown(
			test_names_and_heads_of_trees, setup_lmdb, teardown),
		cmocka_unit_test_setup_teardown(
			test_sectors_zeroed_and_pages_swapped, setup_lmdb, teardown),
		cmocka_unit_test_setup_teardown(test_a_file_cut_off, setup_lmdb, teardown),
		cmocka_unit_test_setup_teardown(test_a_file_never_used, setup_lmdb, teardown),
		cmocka_unit_test_setup_teardown(test_a_making_that_was_torn, setup_lmdb, teardown),
		cmocka_unit_test_setup_teardown(test_a_file_that_is_gone, setup_lmdb, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
