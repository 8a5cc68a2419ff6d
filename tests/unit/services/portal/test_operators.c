/* Who may log in, and how often they may be wrong. Touches a file under /tmp. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "services/portal/attempts.h"
#include "services/portal/operators.h"

static char directory[] = "/tmp/test_operators.XXXXXX";
static char path[64];

static int set_up(void **state)
{
	(void)state;
	if (sodium_init() < 0 || !mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/operators.ini", directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static enum err put(const char *name, const char *role, const char *password)
{
	return operators_put(path, &(struct operator_new){name, role, password}, NULL);
}

static void test_operators(void **state)
{
	struct operator_known anna, other;
	struct operators operators;
	struct stat st;
	(void)state;

	unlink(path);
	assert_int_equal(operators_init(&operators, path, NULL), ERR_OK);
	/* nobody was added yet, and that looks as if the password were wrong */
	assert_int_equal(operators_check(&operators, "anna", "correct horse battery", &anna, NULL),
		ERR_DENIED);
	assert_int_equal(put("anna", "operator", "correct horse battery"), ERR_OK);
	assert_int_equal(put("bo", "auditor", "another long password"), ERR_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(
		operators_check(&operators, "anna", "correct horse battery", &anna, NULL), ERR_OK);
	assert_string_equal(anna.role, "operator");
	assert_true(operators_still(&operators, &anna));
	assert_int_equal(operators_check(&operators, "anna", "another long password", &other, NULL),
		ERR_DENIED);
	assert_int_equal(operators_check(&operators, "carl", "correct horse battery", &other, NULL),
		ERR_DENIED);
	assert_int_equal(operators_check(&operators, "", "", &other, NULL), ERR_DENIED);
	/* another password, or another role: the sessions of before are over */
	assert_int_equal(put("anna", "operator", "correct horse battery"), ERR_OK);
	assert_false(operators_still(&operators, &anna));
	assert_int_equal(
		operators_check(&operators, "anna", "correct horse battery", &anna, NULL), ERR_OK);
	assert_int_equal(operators_remove(path, "anna", NULL), ERR_OK);
	assert_int_equal(operators_remove(path, "anna", NULL), ERR_NOT_FOUND);
	assert_false(operators_still(&operators, &anna));
	assert_int_equal(
		operators_check(&operators, "bo", "another long password", &other, NULL), ERR_OK);
	/* its group may read it, and does so after a change, too */
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(put("carl", "operator", "another long password"), ERR_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(chmod(path, 0660), 0);
	assert_int_equal(operators_check(&operators, "bo", "another long password", &other, NULL),
		ERR_INVALID);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(operators_check(&operators, "bo", "another long password", &other, NULL),
		ERR_INVALID);
}

static void test_rules(void **state)
{
	static const struct {
		const char *name, *role, *password, *field;
	} rows[] = {{"", "operator", "correct horse battery", "name"},
		{"Anna", "operator", "correct horse battery", "name"},
		{"a]b", "operator", "correct horse battery", "name"},
		{"a", "citizen", "correct horse battery", "role"},
		{"a", "operator", "short", "password"},
		{"a", "operator", "elevencha1s", "password"},
		{"a", "operator", "ææææææææææ", "password"}, /* 20 bytes, 10 characters */
		{"a", "operator", " correct horse battery", "password"}};
	struct reason reason;
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct operator_new new = {rows[i].name, rows[i].role, rows[i].password};
		reason = (struct reason){.field = ""};
		assert_int_equal(operators_put(path, &new, &reason), ERR_INVALID);
		assert_string_equal(reason.field, rows[i].field);
	}
}

/* ---- attempts -------------------------------------------------------------------------------- */

static const struct attempts_limits limits = {.window_ms = 1000, .of_name = 3, .of_address = 5};

static void fail_times(struct attempts *a, const char *name, const char *address, int n)
{
	for (int i = 0; i < n; i++)
		attempts_failed(a, name, address, 100);
}

static void test_attempts(void **state)
{
	static struct attempts a;
	(void)state;

	attempts_init(&a, &limits);
	fail_times(&a, "anna", "10.0.0.1", 2);
	assert_int_equal(attempts_wait(&a, "anna", "10.0.0.1", 200), 0);
	fail_times(&a, "anna", "10.0.0.2", 1);
	/* of the name, wherever it comes from */
	assert_int_equal(attempts_wait(&a, "anna", "10.0.0.9", 200), 900);
	assert_int_equal(attempts_wait(&a, "bo", "10.0.0.9", 200), 0);
	assert_int_equal(attempts_wait(&a, "anna", "10.0.0.9", 1100), 0); /* the window is over */
	/* of the address, whatever the name */
	fail_times(&a, "x", "10.0.0.3", 2);
	fail_times(&a, "y", "10.0.0.3", 2);
	assert_int_equal(attempts_wait(&a, "z", "10.0.0.3", 200), 0);
	fail_times(&a, "z", "10.0.0.3", 1);
	assert_int_equal(attempts_wait(&a, "w", "10.0.0.3", 200), 900);
	attempts_succeeded(&a, "anna");
	assert_int_equal(attempts_wait(&a, "anna", "10.0.0.9", 200), 0);
}

/* A crowd of invented names does not clear a name that is being guessed. */
static void test_crowd(void **state)
{
	static struct attempts a;
	char name[32];
	(void)state;

	attempts_init(&a, &limits);
	fail_times(&a, "anna", "10.0.0.1", 3);
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "invented%d", i);
		fail_times(&a, name, "10.0.0.2", 1);
	}
	assert_int_equal(attempts_wait(&a, "anna", "10.0.0.9", 200), 900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
