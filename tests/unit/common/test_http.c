/* HTTP on the loop: routes, limits, and what a hostile or a slow client gets. Touches loopback
 * sockets. */
#include "common/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"

enum { REQUEST_MS = 400, CONNECTIONS = 4, PAGE_BYTES = 300000 };

struct world {
	struct loop *loop;
	struct http *http;
	struct http_request *later;
	struct loop_timer *timer;
	char got[PAGE_BYTES + 4096];
	size_t n;
	int calls;
};

/* ---- the routes ------------------------------------------------------------------------------ */

static void answer_echo(void *ctx, struct http_request *request)
{
	struct world *world = ctx;
	struct arena *arena = http_arena(request);
	const struct bytes query = bytes_of_string(http_query(request));
	const char *a = http_value(arena, query, "a");
	const char *b = http_value(arena, http_body(request), "b");
	const char *cookie = http_cookie(request, "s");

	world->calls++;
	http_answer_text(request, 200,
		arena_printf(arena, "%s a=%s b=%s s=%s", http_path(request), a ? a : "-",
			b ? b : "-", cookie ? cookie : "-"));
}

static void answer_later(void *ctx, struct http_request *request)
{
	((struct world *)ctx)->later = request;
}

static void answer_large(void *ctx, struct http_request *request)
{
	char *page = malloc(PAGE_BYTES);

	(void)ctx;
	assert_non_null(page);
	memset(page, 'x', PAGE_BYTES);
	http_answer(request,
		&(struct http_answer){
			.status = 200, .type = "text/plain", .body = bytes_of(page, PAGE_BYTES)});
	free(page);
}

static void answer_split(void *ctx, struct http_request *request)
{
	const struct http_header_line bad = {"Location", "/a\r\n Set-Cookie: s=1"};

	(void)ctx;
	http_answer(request, &(struct http_answer){.status = 303, .headers = &bad, .n_headers = 1});
}

static const struct http_route routes[] = {
	{HTTP_READS, "/echo", answer_echo},
	{HTTP_POST, "/echo", answer_echo},
	{HTTP_READS, "/below/*", answer_echo},
	{HTTP_READS, "/later", answer_later},
	{HTTP_READS, "/large", answer_large},
	{HTTP_READS, "/split", answer_split},
};

/* ---- a client -------------------------------------------------------------------------------- */

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct reason reason;

	*state = world;
	signal(SIGPIPE, SIG_IGN);
	if (!world || loop_open(&world->loop))
		return 1;
	const struct http_options options = {.loop = world->loop,
		.listen = "127.0.0.1:0",
		.routes = routes,
		.n_routes = sizeof(routes) / sizeof(routes[0]),
		.ctx = world,
		.max_body_bytes = 1000,
		.max_connections = CONNECTIONS,
		.request_ms = REQUEST_MS};
	return http_open(&options, &world->http, &reason) != ERR_OK;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	loop_timer_free(world->timer);
	http_close(world->http);
	loop_close(world->loop);
	free(world);
	return 0;
}

static int64_t steady(void)
{
	const struct clock clock = clock_real();

	return clock_steady(&clock);
}

static int dial(const struct world *world)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(http_port(world->http)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_return_code(connect(fd, (const struct sockaddr *)&to, sizeof(to)), errno);
	return fd;
}

static void say(int fd, const char *text)
{
	/* a server that has heard enough may be gone already */
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Reads what comes until the other side closes; false: it has not within ms. */
static bool hear_out(struct world *world, int fd, int64_t ms)
{
	int64_t until = steady() + ms;

	world->n = 0;
	while (steady() < until) {
		assert_int_equal(loop_run_for(world->loop, 2), ERR_OK);
		ssize_t n = recv(
			fd, world->got + world->n, sizeof(world->got) - world->n - 1, MSG_DONTWAIT);
		if (n > 0)
			world->n += (size_t)n;
		world->got[world->n] = '\0';
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return true;
	}
	return false;
}

static const char *exchange(struct world *world, const char *text)
{
	int fd = dial(world);

	say(fd, text);
	assert_true(hear_out(world, fd, 2000));
	close(fd);
	return world->got;
}

static void expect(struct world *world, const char *text, const char *first, const char *within)
{
	const char *got = exchange(world, text);

	if (strncmp(got, first, strlen(first)) != 0 || !strstr(got, within))
		fail_msg("for:\n%s\ngot:\n%s\nwant: %s, %s", text, got, first, within);
}

#define END "\r\nHost: here\r\nConnection: close\r\n\r\n"

/* ---- tests ----------------------------------------------------------------------------------- */

static void routes_are_taken_by_path_and_method(void **state)
{
	struct world *world = *state;

	expect(world, "GET /echo?a=1 HTTP/1.1" END, "HTTP/1.1 200 ", "/echo a=1 b=- s=-\n");
	expect(world, "GET /below/x/y HTTP/1.1" END, "HTTP/1.1 200 ", "/below/x/y a=-");
	expect(world, "GET /below HTTP/1.1" END, "HTTP/1.1 404 ", "nothing here");
	expect(world, "GET /echo/ HTTP/1.1" END, "HTTP/1.1 404 ", "nothing here");
	expect(world, "DELETE /echo HTTP/1.1" END, "HTTP/1.1 405 ", "Allow: GET, HEAD, POST\r\n");
	expect(world, "POST /later HTTP/1.1\r\nContent-Length: 0" END, "HTTP/1.1 405 ",
		"Allow: GET, HEAD\r\n");
	expect(world, "OPTIONS /nowhere HTTP/1.1" END, "HTTP/1.1 404 ", "");
	expect(world,
		"POST /echo?a=2 HTTP/1.1\r\nContent-Length: 7\r\nCookie: t=0; s=abc=" END
		"b=%c3%a6",
		"HTTP/1.1 200 ", "a=2 b=- s=abc=");
	expect(world,
		"POST /echo?a=2 HTTP/1.1\r\nContent-Length: 8\r\nCookie: t=0; s=abc=" END
		"b=%c3%a6",
		"HTTP/1.1 200 ", "a=2 b=\xc3\xa6 s=abc=\n");
}

static void head_is_get_without_the_body(void **state)
{
	struct world *world = *state;

	expect(world, "HEAD /large HTTP/1.1" END, "HTTP/1.1 200 ", "Content-Length: 300000\r\n");
	assert_non_null(strstr(world->got, "\r\n\r\n"));
	assert_string_equal(strstr(world->got, "\r\n\r\n"), "\r\n\r\n");
	expect(world, "GET /large HTTP/1.1" END, "HTTP/1.1 200 ", "Content-Length: 300000\r\n");
	assert_int_equal(world->got + world->n - strstr(world->got, "\r\n\r\n"), 4 + PAGE_BYTES);
}

static void what_is_no_sound_request_is_refused(void **state)
{
	struct world *world = *state;
	char *large = malloc(20000);

	assert_non_null(large);
	memset(large, 'h', 19999);
	memcpy(large, "GET /echo HTTP/1.1\r\nHost: here\r\nX: ", 35);
	strcpy(large + 19990, "\r\n\r\n");
	expect(world, large, "HTTP/1.1 400 ", "");
	free(large);
	expect(world, "GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 400 ",
		"one Host");
	expect(world, "POST /echo HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5" END,
		"HTTP/1.1 400 ", "");
	expect(world, "POST /echo HTTP/1.1\r\nContent-Length: 5000" END, "HTTP/1.1 413 ", "");
	expect(world, "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked" END "7d0\r\n",
		"HTTP/1.1 413 ", "");
	expect(world, "nonsense\r\n\r\n", "HTTP/1.", "");
	assert_int_equal(world->calls, 0);
}

static void a_header_cannot_be_split(void **state)
{
	expect(*state, "GET /split HTTP/1.1" END, "HTTP/1.1 500 ", "");
	assert_null(strstr(((struct world *)*state)->got, "Set-Cookie"));
}

static void drip(void *ctx, unsigned what)
{
	(void)what;
	say(*(int *)ctx, "x");
}

/* A byte now and then is not silence, so only a deadline of the whole request ends it. */
static void who_drips_is_cut_off(void **state)
{
	struct world *world = *state;
	int fd = dial(world);
	int64_t begin = steady();

	say(fd, "GET /echo HTTP/1.1\r\nHost: here\r\nX: ");
	assert_int_equal(
		loop_timer_new(world->loop, (struct loop_call){drip, &fd}, &world->timer), ERR_OK);
	loop_timer_every(world->timer, 50);
	assert_true(hear_out(world, fd, 5 * REQUEST_MS));
	assert_in_range(steady() - begin, REQUEST_MS, 5 * REQUEST_MS);
	loop_timer_stop(world->timer);
	close(fd);
	assert_int_equal(http_counters(world->http).cut, 1);
	expect(world, "GET /echo HTTP/1.1" END, "HTTP/1.1 200 ", "");
}

/* It asks for a page again and again, and takes none. */
static void who_does_not_read_is_cut_off(void **state)
{
	struct world *world = *state;
	int fd = dial(world), small = 2048;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (int i = 0; i < 40; i++)
		say(fd, "GET /large HTTP/1.1\r\nHost: here\r\n\r\n");
	for (int64_t until = steady() + 5 * REQUEST_MS; steady() < until;) {
		assert_int_equal(loop_run_for(world->loop, 20), ERR_OK);
		if (http_counters(world->http).open == 0 && steady() > until - 4 * REQUEST_MS)
			break;
	}
	assert_int_equal(http_counters(world->http).open, 0);
	close(fd);
}

static void a_crowd_waits_and_is_served(void **state)
{
	struct world *world = *state;
	int crowd[CONNECTIONS + 3];

	for (size_t i = 0; i < CONNECTIONS + 3; i++)
		crowd[i] = dial(world);
	assert_int_equal(loop_run_for(world->loop, 100), ERR_OK);
	assert_int_equal(http_counters(world->http).open, CONNECTIONS);
	assert_int_equal(http_counters(world->http).connections, CONNECTIONS);
	/* the last one asks, and is behind those that say nothing until their time is up */
	say(crowd[CONNECTIONS + 2], "GET /echo HTTP/1.1" END);
	assert_true(hear_out(world, crowd[CONNECTIONS + 2], 6 * REQUEST_MS));
	assert_non_null(strstr(world->got, "200"));
	assert_int_equal(http_counters(world->http).connections, CONNECTIONS + 3);
	for (size_t i = 0; i < CONNECTIONS + 3; i++)
		close(crowd[i]);
}

static void an_answer_may_come_later(void **state)
{
	struct world *world = *state;
	int fd = dial(world);

	say(fd, "GET /later HTTP/1.1" END);
	assert_false(hear_out(world, fd, 50));
	assert_non_null(world->later);
	http_answer_text(world->later, 200, "now");
	assert_true(hear_out(world, fd, 500));
	assert_non_null(strstr(world->got, "now\n"));
	close(fd);
	/* its client went away meanwhile */
	fd = dial(world);
	say(fd, "GET /later HTTP/1.1" END);
	assert_false(hear_out(world, fd, 50));
	close(fd);
	assert_int_equal(loop_run_for(world->loop, 3 * REQUEST_MS), ERR_OK);
	http_answer_text(world->later, 200, "too late");
	assert_int_equal(loop_run_for(world->loop, 600), ERR_OK);
	assert_int_equal(http_counters(world->http).open, 0);
	/* and one is never answered: closing takes it along */
	fd = dial(world);
	say(fd, "GET /later HTTP/1.1" END);
	assert_false(hear_out(world, fd, 50));
	close(fd);
}

static void many_requests_go_over_one_connection(void **state)
{
	struct world *world = *state;
	int fd = dial(world);

	for (int i = 0; i < 3; i++) {
		say(fd, "GET /echo?a=7 HTTP/1.1\r\nHost: here\r\n\r\n");
		assert_false(hear_out(world, fd, REQUEST_MS / 2));
		assert_non_null(strstr(world->got, "a=7"));
	}
	assert_int_equal(http_counters(world->http).requests, 3);
	assert_int_equal(http_counters(world->http).connections, 1);
	close(fd);
}

static void values_are_decoded_or_not_there(void **state)
{
	static const struct {
		const char *encoded, *name, *want;
	} rows[] = {
		{"a=1&b=2", "b", "2"},
		{"a=1&b=2", "c", NULL},
		{"a=1&a=2", "a", "1"},
		{"a", "a", ""},
		{"a=", "a", ""},
		{"", "a", NULL},
		{"&&=&a=+%2b%41", "a", " +A"},
		{"%61=x=y", "a", "x=y"},
		{"a=%", "a", NULL},
		{"a=%4", "a", NULL},
		{"a=%zz", "a", NULL},
		{"a=x%00y", "a", NULL},
		{"a=%ff", "a", NULL},
		{"a=%c3%a5", "a", "\xc3\xa5"},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got =
			http_value(&arena, bytes_of_string(rows[i].encoded), rows[i].name);
		if (!got != !rows[i].want || (got && strcmp(got, rows[i].want) != 0))
			fail_msg("%s of %s: got %s", rows[i].name, rows[i].encoded,
				got ? got : "nothing");
	}
	arena_done(&arena);
}

static void only_loopback_is_listened_on(void **state)
{
	static const struct {
		const char *listen;
		enum err want;
	} rows[] = {
		{"127.0.0.1:9101", ERR_OK},
		{"127.9.9.9:1", ERR_OK},
		{"[::1]:9101", ERR_OK},
		{"0.0.0.0:9101", ERR_INVALID},
		{"[::]:9101", ERR_INVALID},
		{"10.0.0.1:9101", ERR_INVALID},
		{"[::ffff:127.0.0.1]:9101", ERR_INVALID},
		{"localhost:9101", ERR_INVALID},
		{"127.0.0.1", ERR_INVALID},
		{"127.0.0.1:", ERR_INVALID},
		{"127.0.0.1:70000", ERR_INVALID},
		{"", ERR_INVALID},
	};
	struct reason reason;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (http_check_listen(rows[i].listen, "listen", &reason) != rows[i].want)
			fail_msg("%s", rows[i].listen);
		if (rows[i].want)
			assert_string_equal(reason.field, "listen");
	}
}

static void an_address_in_use_is_told(void **state)
{
	struct world *world = *state;
	struct reason reason;
	struct http *second;
	char listen[32];

	snprintf(listen, sizeof(listen), "127.0.0.1:%u", http_port(world->http));
	const struct http_options options = {.loop = world->loop, .listen = listen};
	assert_int_equal(http_open(&options, &second, &reason), ERR_SYSTEM);
	assert_string_equal(reason.field, "listen");
	assert_non_null(strstr(reason.rule, "in use"));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(routes_are_taken_by_path_and_method),
		TEST(head_is_get_without_the_body),
		TEST(what_is_no_sound_request_is_refused),
		TEST(a_header_cannot_be_split),
		TEST(who_drips_is_cut_off),
		TEST(who_does_not_read_is_cut_off),
		TEST(a_crowd_waits_and_is_served),
		TEST(an_answer_may_come_later),
		TEST(many_requests_go_over_one_connection),
		TEST(values_are_decoded_or_not_there),
		TEST(only_loopback_is_listened_on),
		TEST(an_address_in_use_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
