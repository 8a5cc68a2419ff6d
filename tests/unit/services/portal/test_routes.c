/* The table of routes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "services/portal/routes.h"

static void test_find(void **state)
{
	unsigned allowed;
	(void)state;

	assert_non_null(route_find(HTTP_GET, "/login", &allowed));
	assert_non_null(route_find(HTTP_HEAD, "/login", &allowed));
	assert_ptr_not_equal(route_find(HTTP_GET, "/login", &allowed),
		route_find(HTTP_POST, "/login", &allowed));
	assert_null(route_find(HTTP_GET, "/logout", &allowed));
	assert_int_equal(allowed, HTTP_POST);
	assert_null(route_find(HTTP_POST, "/queues", &allowed));
	assert_int_equal(allowed, HTTP_READS);
	assert_null(route_find(HTTP_GET, "/login/", &allowed));
	assert_null(route_find(HTTP_GET, "", &allowed));
	assert_int_equal(allowed, 0);
}

/* Only these are for whoever comes; a new page is for those who logged in unless it is put here. */
static void test_who(void **state)
{
	static const char *const open[] = {"/", "/login", "/language"};
	(void)state;

	for (size_t i = 0; i < n_routes; i++) {
		bool found = false;
		for (size_t k = 0; k < sizeof(open) / sizeof(open[0]); k++)
			found = found || !strcmp(routes[i].path, open[k]);
		if ((routes[i].who == WHO_ANYBODY) != found)
			fail_msg("%s", routes[i].path);
		/* what changes something is never done by following a link */
		assert_true(routes[i].methods == HTTP_READS || routes[i].methods == HTTP_POST);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_who),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
