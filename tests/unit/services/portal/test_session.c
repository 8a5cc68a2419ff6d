/* Sessions and their tokens: what they last, and what the store can be used for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/portal/session.h"

enum { MINUTE = 60000, START = 1000000000 };

struct fixture {
	struct sessions sessions;
	int64_t now;
};

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){.now = START};
	f.sessions.clock = clock_simulated(&f.now);
	f.sessions.idle_ms = 30 * MINUTE;
	f.sessions.absolute_ms = 120 * MINUTE;
	*state = &f;
	return store_open_memory(session_trees, n_session_trees, &f.sessions.store) ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(f->sessions.store);
	return 0;
}

static struct session a_session(struct fixture *f, const char *before)
{
	struct session session = {.who = {.name = "anna", .role = "operator", .print = {7}}};

	assert_int_equal(session_begin(&f->sessions, &session, before, NULL), ERR_OK);
	assert_true(token_valid(session.token));
	return session;
}

static enum err find(struct fixture *f, const char *token, enum session_use use)
{
	struct session found;

	return session_find(&f->sessions, token, use, &found);
}

static void test_begin(void **state)
{
	struct fixture *f = *state;
	struct session one = a_session(f, NULL), found;

	assert_int_equal(session_find(&f->sessions, one.token, SESSION_USED, &found), ERR_OK);
	assert_string_equal(found.who.name, "anna");
	assert_string_equal(found.who.role, "operator");
	assert_int_equal(found.who.print[0], 7);
	assert_false(found.chose_language);
	assert_int_equal(find(f, "", SESSION_USED), ERR_NOT_FOUND);
	assert_int_equal(find(f, NULL, SESSION_USED), ERR_NOT_FOUND);
	one.token[5] = one.token[5] == 'a' ? 'b' : 'a';
	assert_int_equal(find(f, one.token, SESSION_USED), ERR_NOT_FOUND);
}

/* A login never takes over the token that was there: it ends that session and has a new one. */
static void test_rotation(void **state)
{
	struct fixture *f = *state;
	struct session one = a_session(f, NULL);
	struct session two = a_session(f, one.token);

	assert_string_not_equal(one.token, two.token);
	assert_int_equal(find(f, one.token, SESSION_USED), ERR_NOT_FOUND);
	assert_int_equal(find(f, two.token, SESSION_USED), ERR_OK);
	assert_int_equal(session_end(&f->sessions, two.token), ERR_OK);
	assert_int_equal(find(f, two.token, SESSION_USED), ERR_NOT_FOUND);
}

static void test_expiry(void **state)
{
	struct fixture *f = *state;
	struct session one = a_session(f, NULL);

	for (int i = 0; i < 5; i++) { /* used every 20 minutes: not idle */
		f->now += 20 * MINUTE;
		assert_int_equal(find(f, one.token, SESSION_USED), ERR_OK);
	}
	f->now += 20 * MINUTE; /* but two hours old */
	assert_int_equal(find(f, one.token, SESSION_USED), ERR_NOT_FOUND);

	struct session two = a_session(f, NULL);
	f->now += 29 * MINUTE;
	assert_int_equal(find(f, two.token, SESSION_QUIET), ERR_OK); /* does not keep it */
	f->now += MINUTE;
	assert_int_equal(find(f, two.token, SESSION_USED), ERR_NOT_FOUND);

	struct session three = a_session(f, NULL);
	f->now -= 10 * MINUTE; /* a clock that went back makes none longer */
	assert_int_equal(find(f, three.token, SESSION_USED), ERR_NOT_FOUND);
}

static void test_sweep(void **state)
{
	struct fixture *f = *state;
	struct session old = a_session(f, NULL);
	struct arena arena;
	struct txn *txn;

	f->now += 31 * MINUTE;
	struct session young = a_session(f, NULL);
	assert_int_equal(session_sweep(&f->sessions), ERR_OK);
	arena_init(&arena, 4096);
	assert_int_equal(store_begin(f->sessions.store, STORE_READ, &arena, &txn), ERR_OK);
	assert_int_equal(store_count(txn, 0), 1);
	store_abort(txn);
	arena_done(&arena);
	assert_int_equal(find(f, young.token, SESSION_USED), ERR_OK);
	assert_int_equal(find(f, old.token, SESSION_USED), ERR_NOT_FOUND);
}

static bool holds(struct bytes bytes, const char *what, size_t n)
{
	return bytes.n >= n && memmem(bytes.p, bytes.n, what, n) != NULL;
}

/* Neither the token nor its bytes are in the store, so reading it makes nobody an operator. */
static void test_only_the_hash(void **state)
{
	struct fixture *f = *state;
	struct session one = a_session(f, NULL);
	uint8_t raw[32];
	struct arena arena;
	struct scan scan;
	struct txn *txn;
	unsigned rows = 0;

	for (size_t i = 0; i < 32; i++) {
		unsigned byte = 0;
		assert_int_equal(sscanf(one.token + 2 * i, "%2x", &byte), 1);
		raw[i] = (uint8_t)byte;
	}
	arena_init(&arena, 4096);
	assert_int_equal(store_begin(f->sessions.store, STORE_READ, &arena, &txn), ERR_OK);
	scan_begin(&scan, txn, 0, SCAN_UP, BYTES_NONE, BYTES_NONE);
	for (; scan_next(&scan); rows++)
		for (int i = 0; i < 2; i++) {
			struct bytes bytes = i ? scan.value : scan.key;
			assert_false(holds(bytes, one.token, 16));
			assert_false(holds(bytes, (const char *)raw, 8));
		}
	assert_int_equal(rows, 1);
	store_abort(txn);
	arena_done(&arena);
}

static void test_language(void **state)
{
	struct fixture *f = *state;
	struct session one = a_session(f, NULL), found;

	assert_int_equal(session_choose(&f->sessions, one.token, LANGUAGE_ENGLISH), ERR_OK);
	assert_int_equal(session_find(&f->sessions, one.token, SESSION_USED, &found), ERR_OK);
	assert_true(found.chose_language);
	assert_int_equal(found.language, LANGUAGE_ENGLISH);
	assert_string_equal(found.who.name, "anna");
}

static void test_form_tokens(void **state)
{
	struct fixture *f = *state;
	struct session one = a_session(f, NULL), two = a_session(f, NULL);
	char a[TOKEN_TEXT], b[TOKEN_TEXT], again[TOKEN_TEXT];

	token_for_forms(one.token, a);
	token_for_forms(two.token, b);
	token_for_forms(one.token, again);
	assert_true(token_equal(a, again));
	assert_false(token_equal(a, b));
	assert_false(token_equal(a, one.token)); /* a page never shows the session's token */
	assert_false(token_equal("", ""));
	assert_false(token_equal(NULL, NULL));
	a[63] = '\0';
	assert_false(token_equal(a, again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_begin, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rotation, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_expiry, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sweep, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_only_the_hash, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_language, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_form_tokens, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
