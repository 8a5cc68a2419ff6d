/* Requests as a browser sends them, to a portal without nodes: who may what, form tokens, cookies,
 * headers. Touches a loopback socket and a file under /tmp. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "services/portal/routes.h"

#define PASSWORD "correct horse battery"

static char directory[] = "/tmp/test_pages.XXXXXX";
static char path[64];
static struct portal portal;
static char answer[256 * 1024];
static char cookies[512]; /* as the browser would send them back */
static char form_token[TOKEN_TEXT];

/* ---- a browser ------------------------------------------------------------------------------- */

static int connect_there(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(http_port(portal.http)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* The answer to one request, in `answer`; returns its status. */
static int say(const char *request)
{
	size_t n = 0;
	int fd = connect_there(), status = 0;

	assert_int_equal(write(fd, request, strlen(request)), strlen(request));
	for (int i = 0; i < 500; i++) {
		assert_int_equal(loop_run_for(portal.loop, 10), ERR_OK);
		ssize_t got = recv(fd, answer + n, sizeof(answer) - 1 - n, MSG_DONTWAIT);
		if (got == 0)
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	answer[n] = '\0';
	assert_int_equal(sscanf(answer, "HTTP/1.1 %d", &status), 1);
	return status;
}

static int get(const char *where, const char *more)
{
	char request[2048];

	snprintf(request, sizeof(request),
		"GET %s HTTP/1.1\r\nHost: here\r\nConnection: close\r\nCookie: %s\r\n%s\r\n", where,
		cookies, more);
	return say(request);
}

static int post(const char *where, const char *form)
{
	char request[4096];

	snprintf(request, sizeof(request),
		"POST %s HTTP/1.1\r\nHost: here\r\nConnection: close\r\nCookie: %s\r\n"
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
		where, cookies, strlen(form), form);
	return say(request);
}

static bool said(const char *what)
{
	return strstr(answer, what) != NULL;
}

/* Keeps the cookie that was set last under that name, and nothing else. */
static void take_cookie(const char *name)
{
	char start[64];

	snprintf(start, sizeof(start), "Set-Cookie: %s=", name);
	const char *at = strstr(answer, start);
	assert_non_null(at);
	snprintf(cookies, sizeof(cookies), "%s=%.64s", name, at + strlen(start));
}

static void take_token(void)
{
	static const char before[] = "name=\"form_token\" value=\"";
	const char *at = strstr(answer, before);

	assert_non_null(at);
	snprintf(form_token, sizeof(form_token), "%.64s", at + sizeof(before) - 1);
	assert_true(token_valid(form_token));
}

static const char *form_with(const char *rest)
{
	static char form[2048];

	snprintf(form, sizeof(form), "form_token=%s&%s", form_token, rest);
	return form;
}

static void open_login(void)
{
	cookies[0] = '\0';
	assert_int_equal(get("/login", ""), 200);
	take_token();
	take_cookie(COOKIE_VISIT);
}

static void log_in(const char *name)
{
	char rest[128];

	open_login();
	snprintf(rest, sizeof(rest), "name=%s&password=correct+horse+battery", name);
	assert_int_equal(post("/login", form_with(rest)), 303);
	take_cookie(COOKIE_SESSION);
	assert_int_equal(get("/trace", ""), 200);
	take_token();
}

/* ---- the portal ------------------------------------------------------------------------------ */

static int set_up(void **state)
{
	static const struct http_route all[] = {
		{HTTP_GET | HTTP_HEAD | HTTP_POST, "/*", route_take}};
	const struct attempts_limits limits = {60000, 3, 20};
	(void)state;

	if (sodium_init() < 0 || !mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/operators.ini", directory);
	portal.settings = (struct portal_settings){.title = "A <town>", .answer_ms = 500};
	portal.clock = clock_real();
	portal.random = random_real();
	token_make(portal.visit_secret);
	attempts_init(&portal.attempts, &limits);
	portal.sessions =
		(struct sessions){.clock = portal.clock, .idle_ms = 60000, .absolute_ms = 600000};
	snprintf(portal.assets.prefix, sizeof(portal.assets.prefix), "/static/0123/");
	portal.assets.n = 1;
	portal.assets.at[0] = (struct asset){"css/portal.css", "text/css", bytes_of_string("p{}")};
	if (operators_init(&portal.operators, path, NULL) ||
		operators_put(path, &(struct operator_new){"anna", "operator", PASSWORD}, NULL) ||
		operators_put(path, &(struct operator_new){"bo", "auditor", PASSWORD}, NULL) ||
		store_open_memory(session_trees, n_session_trees, &portal.store) ||
		loop_open(&portal.loop))
		return -1;
	portal.sessions.store = portal.store;
	const struct http_options options = {.loop = portal.loop,
		.listen = "127.0.0.1:0",
		.routes = all,
		.n_routes = 1,
		.ctx = &portal};
	return http_open(&options, &portal.http, NULL) ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	http_close(portal.http);
	loop_close(portal.loop);
	store_close(portal.store);
	unlink(path);
	return rmdir(directory);
}

/* ---- what is asked --------------------------------------------------------------------------- */

static void test_headers(void **state)
{
	static const char *const wanted[] = {"Content-Security-Policy: default-src 'none';",
		"frame-ancestors 'none'", "Cache-Control: no-store",
		"X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
		"X-Frame-Options: DENY", "Content-Language: en", "<html lang=\"en\">",
		"A &lt;town&gt;"};
	(void)state;

	cookies[0] = '\0';
	assert_int_equal(get("/login", "Accept-Language: en\r\n"), 200);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!said(wanted[i]))
			fail_msg("%s", wanted[i]);
	assert_false(said("unsafe-inline"));
	assert_false(said("<town>"));
	assert_false(said("style=\""));
	assert_false(said("onclick"));
}

static void test_not_logged_in(void **state)
{
	(void)state;
	cookies[0] = '\0';
	assert_int_equal(get("/queue?node=a&queue=link/b", ""), 303);
	assert_true(said("Location: /login?back=/queue%3Fnode%3Da%26queue%3Dlink/b\r\n"));
	assert_int_equal(get("/nothing", ""), 404);
	assert_int_equal(get("/logout", ""), 405);
	assert_true(said("Allow: POST\r\n"));
	assert_int_equal(get("/static/0123/css/portal.css", ""), 200);
	assert_true(said("immutable"));
	assert_int_equal(get("/static/0123/../settings.c", ""), 404);
	assert_int_equal(get("/static/4567/css/portal.css", ""), 404);
	snprintf(cookies, sizeof(cookies), "%s=%064d", COOKIE_SESSION, 7);
	assert_int_equal(get("/queues", ""), 303); /* nobody's token */
}

static void test_login_form(void **state)
{
	char other[TOKEN_TEXT];
	(void)state;

	open_login();
	memcpy(other, form_token, sizeof(other));
	assert_int_equal(post("/login", "name=anna&password=correct+horse+battery"), 403);
	assert_false(said("Set-Cookie: " COOKIE_SESSION "="));
	open_login(); /* another browser: the token of the first is none here */
	memcpy(form_token, other, sizeof(other));
	assert_int_equal(
		post("/login", form_with("name=anna&password=correct+horse+battery")), 403);
	assert_false(said("Set-Cookie: " COOKIE_SESSION "="));
}

static void test_cookies(void **state)
{
	char first[512];
	(void)state;

	log_in("anna");
	memcpy(first, cookies, sizeof(first));
	open_login();
	assert_int_equal(
		post("/login", form_with("name=anna&password=correct+horse+battery")), 303);
	assert_true(said("; Path=/; Secure; HttpOnly; SameSite=Strict\r\n"));
	assert_false(said(first)); /* a new token */
	/* logged in already, and again: what was there before is over */
	memcpy(cookies, first, sizeof(first));
	assert_int_equal(get("/trace", ""), 200);
	take_token();
	assert_int_equal(
		post("/login", form_with("name=anna&password=correct+horse+battery")), 303);
	assert_int_equal(get("/trace", ""), 303);
}

static void test_form_tokens(void **state)
{
	char anna[512], token[TOKEN_TEXT];
	(void)state;

	log_in("anna");
	memcpy(anna, cookies, sizeof(anna));
	memcpy(token, form_token, sizeof(token));
	assert_int_equal(post("/logout", ""), 403);
	assert_int_equal(post("/logout", "form_token="), 403);
	log_in("bo");
	assert_int_equal(post("/language", form_with("language=en")), 303);
	memcpy(form_token, token, sizeof(token)); /* of anna's session, in bo's */
	assert_int_equal(post("/language", form_with("language=en")), 403);
	assert_int_equal(post("/logout", form_with("")), 403);
	assert_int_equal(get("/trace", ""), 200);
	memcpy(cookies, anna, sizeof(anna));
	assert_int_equal(post("/logout", form_with("")), 303);
	assert_int_equal(get("/trace", ""), 303);
}

static void test_roles(void **state)
{
	(void)state;
	log_in("bo");
	assert_int_equal(get("/nodes", ""), 200);
	assert_int_equal(
		post("/queue/pause", form_with("node=x&queue=link/y&span=5&reason=z")), 403);
	assert_int_equal(post("/queue/mend", form_with("node=x")), 403);
	log_in("anna");
	assert_int_equal(
		post("/queue/pause", form_with("node=x&queue=link/y&span=5&reason=z")), 404);
}

static void test_way_back(void **state)
{
	static const struct {
		const char *back, *want;
	} rows[] = {{"/nodes", "/nodes"}, {"//evil.example", "/"}, {"https://evil.example", "/"},
		{"/%5Cevil.example", "/"}, {"/a%0D%0ASet-Cookie:%20x=y", "/"}, {"", "/"}};
	char form[256], want[64];
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_login();
		snprintf(form, sizeof(form), "language=da&back=%s", rows[i].back);
		snprintf(want, sizeof(want), "Location: %s\r\n", rows[i].want);
		assert_int_equal(post("/language", form_with(form)), 303);
		if (!said(want))
			fail_msg("%s: %s", rows[i].back, answer);
	}
}

static void test_language(void **state)
{
	(void)state;
	log_in("anna");
	assert_int_equal(post("/language", form_with("language=en")), 303);
	assert_int_equal(get("/trace", "Accept-Language: da\r\n"), 200);
	assert_true(said("<html lang=\"en\">"));
	assert_int_equal(post("/language", form_with("language=xx")), 303);
	assert_int_equal(get("/trace", "Accept-Language: da\r\n"), 200);
	assert_true(said("<html lang=\"en\">"));
}

static void test_guessing(void **state)
{
	static const int want[] = {403, 403, 403, 429, 429};
	(void)state;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		open_login();
		assert_int_equal(
			post("/login", form_with("name=carl&password=some+long+guess")), want[i]);
	}
	/* others are not held up by it, and an empty field is no guess */
	assert_int_equal(post("/login", form_with("name=anna&password=")), 422);
	log_in("anna");
}

static void test_markup(void **state)
{
	(void)state;
	log_in("anna");
	assert_int_equal(get("/trace?reference=%3Cscript%3Ealert(1)%3C/script%3E", ""), 422);
	assert_false(said("<script>alert"));
	assert_true(said("&lt;script&gt;alert"));
	assert_int_equal(get("/trace?reference=%ff%00", ""), 200); /* no text: as if left out */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_not_logged_in),
		cmocka_unit_test(test_login_form),
		cmocka_unit_test(test_cookies),
		cmocka_unit_test(test_form_tokens),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_way_back),
		cmocka_unit_test(test_language),
		cmocka_unit_test(test_guessing),
		cmocka_unit_test(test_markup),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
