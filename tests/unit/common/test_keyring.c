/* Data keys: sealing at a place, opening, destruction, another master key, a file cut short. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/keyring.h"

static const uint8_t master[MASTER_KEY_BYTES] = {9, 9, 9};
static const struct uuid anna = {{1}}, bo = {{2}};

struct place {
	char dir[32];
	char path[64];
	struct arena arena;
	struct keyring *keyring;
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	const struct random random = random_real();

	strcpy(place->dir, "/tmp/keyring.XXXXXX");
	if (!place || !mkdtemp(place->dir))
		return -1;
	snprintf(place->path, sizeof(place->path), "%s/keys.bin", place->dir);
	arena_init(&place->arena, 1 << 20);
	*state = place;
	return keyring_open(place->path, master, &random, &place->keyring) ||
	       keyring_extend(place->keyring, 10);
}

static int tear_down(void **state)
{
	struct place *place = *state;

	keyring_close(place->keyring);
	unlink(place->path);
	rmdir(place->dir);
	arena_done(&place->arena);
	free(place);
	return 0;
}

static struct text seal(struct place *place, uint32_t slot, struct uuid person, uint64_t seq)
{
	struct text text = text_of("Jeg vil gerne ud igen");
	const struct seal_place at = {text_of("intake"), seq, 0};

	assert_int_equal(
		keyring_seal(place->keyring, slot, person, &at, &place->arena, &text), ERR_OK);
	return text;
}

static void test_seals_and_opens(void **state)
{
	struct place *place = *state;
	struct text text = seal(place, 3, anna, 1), again = seal(place, 3, anna, 1),
		    elsewhere = seal(place, 3, anna, 2);

	assert_true(text.sealed);
	assert_true(text_equal(text, again)); /* the same place, the same bytes */
	assert_false(text_equal(text, elsewhere));
	assert_null(memmem(text.p, text.n, "gerne", 5));
	assert_int_equal(keyring_open_text(place->keyring, anna, &place->arena, &text), ERR_OK);
	assert_true(text_is(text, "Jeg vil gerne ud igen"));
	assert_int_equal(keyring_open_text(place->keyring, bo, &place->arena, &again), ERR_CORRUPT);
	struct text bent = {arena_copy(&place->arena, elsewhere.p, elsewhere.n), elsewhere.n, true};
	char *byte = arena_copy(&place->arena, bent.p, bent.n);
	byte[20] = (char)(byte[20] ^ 1);
	bent.p = byte;
	assert_int_equal(
		keyring_open_text(place->keyring, anna, &place->arena, &bent), ERR_CORRUPT);
}

/* I11: the key is gone from the file, and everything it sealed with it. */
static void test_destroys(void **state)
{
	struct place *place = *state;
	const struct random random = random_real();
	struct text text = seal(place, 3, anna, 1), other = seal(place, 4, bo, 1);
	uint8_t before[72], after[72];
	int fd = open(place->path, O_RDONLY);

	assert_int_equal(pread(fd, before, sizeof(before), 3 * 72), sizeof(before));
	assert_int_equal(keyring_destroy(place->keyring, 3), ERR_OK);
	assert_int_equal(keyring_flush(place->keyring), ERR_OK);
	assert_int_equal(pread(fd, after, sizeof(after), 3 * 72), sizeof(after));
	for (size_t i = 0; i < sizeof(after); i++)
		assert_int_equal(after[i], 0);
	close(fd);
	struct text copy = text;
	assert_int_equal(keyring_open_text(place->keyring, anna, &place->arena, &copy), ERR_ERASED);
	assert_true(keyring_destroyed(place->keyring, 3));
	assert_int_equal(keyring_destroy(place->keyring, 3), ERR_OK);
	keyring_close(place->keyring);
	assert_int_equal(keyring_open(place->path, master, &random, &place->keyring), ERR_OK);
	assert_int_equal(keyring_open_text(place->keyring, anna, &place->arena, &text), ERR_ERASED);
	assert_int_equal(keyring_open_text(place->keyring, bo, &place->arena, &other), ERR_OK);
}

static void test_copies(void **state)
{
	struct place *place = *state;
	struct keyring *original = place->keyring, *copy;
	struct text text = seal(place, 3, anna, 1);

	assert_int_equal(keyring_copy(original, &copy), ERR_OK);
	assert_int_equal(keyring_slots(copy), 10);
	assert_int_equal(keyring_destroy(original, 3), ERR_OK);
	assert_int_equal(keyring_open_text(copy, anna, &place->arena, &text), ERR_OK);
	assert_int_equal(keyring_destroy(copy, 4), ERR_OK);
	assert_false(keyring_destroyed(original, 4));
	keyring_close(copy);
}

static void test_another_master(void **state)
{
	struct place *place = *state;
	const uint8_t wrong[MASTER_KEY_BYTES] = {1};
	const struct random random = random_real();
	struct keyring *keyring;

	assert_int_equal(keyring_open(place->path, wrong, &random, &keyring), ERR_INVALID);
	assert_null(keyring);
}

static void test_rewraps(void **state)
{
	struct place *place = *state;
	const uint8_t next[MASTER_KEY_BYTES] = {1, 2, 3};
	const struct random random = random_real();
	struct text text = seal(place, 3, anna, 1), other = seal(place, 4, bo, 1);
	char beside[80];

	assert_int_equal(keyring_destroy(place->keyring, 4), ERR_OK);
	keyring_close(place->keyring);
	place->keyring = NULL;
	snprintf(beside, sizeof(beside), "%s.new", place->path);
	int fd = open(beside, O_WRONLY | O_CREAT, 0600); /* left by one that ended in between */
	assert_int_equal(write(fd, next, sizeof(next)), sizeof(next));
	close(fd);
	assert_int_equal(keyring_rewrap(place->path, next, master, &random), ERR_INVALID);
	assert_int_equal(keyring_rewrap(place->path, master, next, &random), ERR_OK);
	assert_int_equal(access(beside, F_OK), -1);
	assert_int_equal(keyring_open(place->path, master, &random, &place->keyring), ERR_INVALID);
	assert_int_equal(keyring_open(place->path, next, &random, &place->keyring), ERR_OK);
	assert_int_equal(keyring_slots(place->keyring), 10);
	assert_int_equal(keyring_open_text(place->keyring, anna, &place->arena, &text), ERR_OK);
	assert_true(text_is(text, "Jeg vil gerne ud igen"));
	assert_int_equal(keyring_open_text(place->keyring, bo, &place->arena, &other), ERR_ERASED);
	assert_true(text_equal(seal(place, 3, anna, 1), seal(place, 3, anna, 1)));
}

static void test_cut_short(void **state)
{
	struct place *place = *state;
	const struct random random = random_real();

	keyring_close(place->keyring);
	assert_int_equal(truncate(place->path, 8 * 72 + 30), 0); /* slot 8 was being written */
	assert_int_equal(keyring_open(place->path, master, &random, &place->keyring), ERR_OK);
	assert_int_equal(keyring_slots(place->keyring), 7);
	assert_int_equal(keyring_extend(place->keyring, 12), ERR_OK);
	for (uint32_t slot = 1; slot <= 12; slot++)
		seal(place, slot, anna, 1);
}

/* The first pool of all, cut off while it was written. */
static void test_a_torn_first_slot_is_no_other_master(void **state)
{
	struct place *place = *state;
	static const uint8_t torn[30];
	const struct random random = random_real();
	uint8_t wrong[MASTER_KEY_BYTES] = {1};
	int fd = open(place->path, O_RDWR);

	keyring_close(place->keyring);
	assert_int_equal(pwrite(fd, torn, sizeof(torn), 1 * 72 + 20), sizeof(torn));
	close(fd);
	assert_int_equal(keyring_open(place->path, wrong, &random, &place->keyring), ERR_INVALID);
	assert_int_equal(keyring_open(place->path, master, &random, &place->keyring), ERR_OK);
	assert_int_equal(keyring_mend(place->keyring, 1), ERR_OK);
	seal(place, 1, anna, 1);
}

/* After a loss of power the file may be as long as it was and hold nothing where it was not
 * flushed.
 */
static void test_mends_what_was_never_used(void **state)
{
	struct place *place = *state;
	static const uint8_t lost[3 * 72], torn[30];
	const struct random random = random_real();
	struct text text = seal(place, 2, anna, 1), kept = seal(place, 9, bo, 1);
	int fd = open(place->path, O_RDWR);

	assert_int_equal(keyring_destroy(place->keyring, 3), ERR_OK);
	keyring_close(place->keyring);
	assert_int_equal(pwrite(fd, lost, sizeof(lost), 5 * 72), sizeof(lost));
	assert_int_equal(pwrite(fd, torn, sizeof(torn), 10 * 72 + 20), sizeof(torn));
	close(fd);
	assert_int_equal(keyring_open(place->path, master, &random, &place->keyring), ERR_OK);
	assert_int_equal(keyring_check(place->keyring, 2), ERR_OK);
	assert_int_equal(keyring_check(place->keyring, 5), ERR_ERASED);
	assert_int_equal(keyring_check(place->keyring, 10), ERR_CORRUPT);
	assert_int_equal(keyring_mend(place->keyring, 4), ERR_OK);
	assert_int_equal(keyring_mend(place->keyring, keyring_slots(place->keyring) + 1), ERR_OK);
	assert_int_equal(
		keyring_mend(place->keyring, keyring_slots(place->keyring) + 2), ERR_CORRUPT);
	for (uint32_t slot = 4; slot <= 10; slot++)
		seal(place, slot, anna, 1);
	assert_int_equal(keyring_open_text(place->keyring, anna, &place->arena, &text), ERR_OK);
	assert_int_equal(keyring_open_text(place->keyring, bo, &place->arena, &kept), ERR_OK);
	assert_true(keyring_destroyed(place->keyring, 3));
}

/* Slots are read ahead when they are looked at one after the other; what is written then shows. */
static void test_looks_at_what_is_there_now(void **state)
{
	struct place *place = *state;

	for (uint32_t slot = 1; slot <= 10; slot++)
		assert_int_equal(keyring_check(place->keyring, slot), ERR_OK);
	assert_int_equal(keyring_check(place->keyring, 11), ERR_CORRUPT);
	assert_int_equal(keyring_destroy(place->keyring, 5), ERR_OK);
	assert_int_equal(keyring_check(place->keyring, 5), ERR_ERASED);
	assert_int_equal(keyring_check(place->keyring, 6), ERR_OK);
	assert_int_equal(keyring_extend(place->keyring, 700), ERR_OK);
	for (uint32_t slot = 700; slot >= 500; slot--)
		assert_int_equal(keyring_check(place->keyring, slot), ERR_OK);
}

static void test_a_full_disk_is_no_broken_one(void **state)
{
	struct place *place = *state;
	struct rlimit limit, before;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 20 * 72 + 5;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(keyring_extend(place->keyring, 30), ERR_FULL);
	assert_int_equal(keyring_slots(place->keyring), 10);
	struct text early = text_of("Jeg vil gerne ud igen");
	const struct seal_place at = {text_of("intake"), 1, 0};
	/* made, but not known to be durable */
	assert_int_equal(
		keyring_seal(place->keyring, 12, anna, &at, &place->arena, &early), ERR_CORRUPT);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(keyring_extend(place->keyring, 30), ERR_OK);
	for (uint32_t slot = 1; slot <= 30; slot++)
		seal(place, slot, anna, 1);
}

static void test_master_file(void **state)
{
	struct place *place = *state;
	char path[80];
	uint8_t key[MASTER_KEY_BYTES];
	struct reason reason = {0};

	snprintf(path, sizeof(path), "%s/master.key", place->dir);
	assert_int_equal(keyring_make_master(path, &reason), ERR_OK);
	assert_int_equal(keyring_read_master(path, key, &reason), ERR_OK);
	assert_int_equal(keyring_make_master(path, &reason), ERR_SYSTEM); /* never overwritten */
	chmod(path, 0644);
	assert_int_equal(keyring_read_master(path, key, &reason), ERR_INVALID);
	assert_string_equal(reason.rule, "must be readable by its owner only (0600)");
	chmod(path, 0600);
	int fd = open(path, O_RDWR);
	char digit;
	for (off_t at = 0; at < 73; at++) { /* whatever digit is another one */
		assert_int_equal(pread(fd, &digit, 1, at), 1);
		assert_int_equal(pwrite(fd, digit == '7' ? "3" : "7", 1, at), 1);
		assert_int_equal(keyring_read_master(path, key, &reason), ERR_INVALID);
		assert_int_equal(pwrite(fd, &digit, 1, at), 1);
	}
	close(fd);
	assert_int_equal(truncate(path, 64), 0); /* a key made by hand */
	assert_int_equal(keyring_read_master(path, key, &reason), ERR_OK);
	assert_int_equal(truncate(path, 40), 0);
	assert_int_equal(keyring_read_master(path, key, &reason), ERR_INVALID);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_seals_and_opens, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_destroys, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_copies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_another_master, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rewraps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut_short, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_torn_first_slot_is_no_other_master, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mends_what_was_never_used, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_looks_at_what_is_there_now, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_full_disk_is_no_broken_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_master_file, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("keyring", tests, NULL, NULL);
}
