/* One HTTP request: what came, which route it takes, and its answer. Touches the connection that it
 * came over, through evhttp. */
#include <assert.h>
#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/http_private.h"
#include "common/meter.h"

enum { REQUEST_ARENA_BYTES = 1024 * 1024 };

static const struct {
	enum evhttp_cmd_type from;
	enum http_method method;
	const char *name;
} methods[] = {{EVHTTP_REQ_GET, HTTP_GET, "GET"}, {EVHTTP_REQ_HEAD, HTTP_HEAD, "HEAD"},
	{EVHTTP_REQ_POST, HTTP_POST, "POST"}};
enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

/* ---- what came ------------------------------------------------------------------------------- */

enum http_method http_method(const struct http_request *request)
{
	return request->method;
}

const char *http_path(const struct http_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request->from);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;

	return path ? path : "";
}

const char *http_query(const struct http_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request->from);
	const char *query = uri ? evhttp_uri_get_query(uri) : NULL;

	return query ? query : "";
}

struct bytes http_body(const struct http_request *request)
{
	return request->body;
}

const char *http_header(const struct http_request *request, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(request->from), name);
}

const char *http_peer(const struct http_request *request)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(request->from);
	char *address = NULL;
	uint16_t port;

	if (evcon)
		evhttp_connection_get_peer(evcon, &address, &port);
	return address ? address : "";
}

struct arena *http_arena(struct http_request *request)
{
	return &request->arena;
}

/* ---- routes ---------------------------------------------------------------------------------- */

static bool path_fits(const char *pattern, const char *path)
{
	size_t n = strlen(pattern);

	return n >= 2 && strcmp(pattern + n - 2, "/*") == 0 ? strncmp(pattern, path, n - 1) == 0
							    : strcmp(pattern, path) == 0;
}

static void answer_not_allowed(struct http_request *request, unsigned allowed)
{
	char names[32] = "";
	const struct http_header_line allow = {"Allow", names};

	for (size_t i = 0; i < METHODS; i++)
		if (allowed & (unsigned)methods[i].method)
			snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
				*names ? ", " : "", methods[i].name);
	http_answer(request, &(struct http_answer){.status = 405,
				     .type = "text/plain; charset=utf-8",
				     .body = bytes_of_string("this path is not for that method\n"),
				     .headers = &allow,
				     .n_headers = 1});
}

static void route(struct http_request *request)
{
	const struct http_options *options = &request->http->options;
	const char *path = http_path(request);
	unsigned allowed = 0;

	for (size_t i = 0; i < options->n_routes; i++) {
		const struct http_route *r = &options->routes[i];
		if (!path_fits(r->path, path))
			continue;
		if (r->methods & (unsigned)request->method) {
			request->http->counters.requests++;
			r->answer(options->ctx, request);
			return;
		}
		allowed |= r->methods;
	}
	if (allowed)
		answer_not_allowed(request, allowed);
	else
		http_answer_text(request, 404, "there is nothing here");
}

/* evhttp lets a request through whose length can be read in two ways. */
static bool is_sound(const struct http_request *request)
{
	const struct evkeyvalq *headers = evhttp_request_get_input_headers(request->from);
	unsigned lengths = 0, hosts = 0;

	for (const struct evkeyval *h = headers->tqh_first; h; h = h->next.tqe_next) {
		lengths += !strcasecmp(h->key, "Content-Length") ||
			   !strcasecmp(h->key, "Transfer-Encoding");
		hosts += !strcasecmp(h->key, "Host");
	}
	return lengths <= 1 && hosts == 1;
}

static struct bytes take_body(struct evhttp_request *from)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(from);
	size_t n = evbuffer_get_length(input);

	return n ? bytes_of(evbuffer_pullup(input, -1), n) : BYTES_NONE;
}

static void take(struct http *http, struct evhttp_request *from)
{
	struct http_request *request = calloc(1, sizeof(*request));

	http_prolong(http, from);
	if (!request) {
		evhttp_send_error(from, 503, NULL);
		return;
	}
	*request = (struct http_request){
		.http = http, .next = http->first, .at = &http->first, .from = from};
	if (http->first)
		http->first->at = &request->next;
	http->first = request;
	arena_init(&request->arena, REQUEST_ARENA_BYTES);
	for (size_t i = 0; i < METHODS; i++)
		if (methods[i].from == evhttp_request_get_command(from))
			request->method = methods[i].method;
	request->body = take_body(from);
	if (is_sound(request))
		route(request);
	else
		http_answer_text(request, 400, "one Host, and one length of the body");
}

void http_take(struct evhttp_request *from, void *ctx)
{
	struct loop *loop = ((struct http *)ctx)->options.loop;
	int64_t begin = meter_now_us();

	take(ctx, from);
	loop_note_call(loop, meter_now_us() - begin);
}

void http_forget(struct http_request *request)
{
	*request->at = request->next;
	if (request->next)
		request->next->at = request->at;
	arena_done(&request->arena);
	free(request);
}

/* ---- its answer ------------------------------------------------------------------------------ */

/* evhttp writes no body for HEAD and then no length either. */
static int add_headers(const struct http_request *request, const struct http_answer *answer)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(request->from);
	char length[24];
	int failed = 0;

	snprintf(length, sizeof(length), "%zu", answer->body.n);
	failed |= evhttp_add_header(out, "Content-Length", length);
	failed |= evhttp_add_header(out, "X-Content-Type-Options", "nosniff");
	if (answer->type)
		failed |= evhttp_add_header(out, "Content-Type", answer->type);
	for (size_t i = 0; i < answer->n_headers; i++) /* it takes no line breaks */
		failed |= evhttp_add_header(out, answer->headers[i].name, answer->headers[i].value);
	return failed;
}

static int add_body(const struct http_request *request, const struct http_answer *answer)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(request->from);

	if (request->method == HTTP_HEAD || answer->body.n == 0)
		return 0;
	return evbuffer_add(out, answer->body.p, answer->body.n);
}

void http_answer(struct http_request *request, const struct http_answer *answer)
{
	struct evhttp_request *from = request->from;

	assert(answer->status >= 200 && answer->status < 600);
	http_prolong(request->http, from);
	if (add_headers(request, answer) || add_body(request, answer)) {
		evhttp_clear_headers(evhttp_request_get_output_headers(from));
		evhttp_send_error(from, 500, NULL);
	} else
		evhttp_send_reply(from, answer->status, NULL, NULL);
	http_forget(request);
}

void http_answer_text(struct http_request *request, int status, const char *text)
{
	const char *line = arena_printf(&request->arena, "%s\n", text);

	http_answer(request, &(struct http_answer){.status = status,
				     .type = "text/plain; charset=utf-8",
				     .body = bytes_of_string(line ? line : text)});
}
