/* HTTP/1.1 on the loop, over evhttp: for what runs on the same host, or behind a proxy on it. It
 * listens on loopback addresses only.
 *
 * 1. Nothing is unbounded: 8 KiB of headers, the body and the number of connections as in the
 *    options; a connection that has not brought one whole request within request_ms, or does not
 *    take its answer in that time, is closed, whatever it sends meanwhile.
 * 2. A path that no route has is answered 404, a method that the path's routes do not have 405 with
 *    Allow, a request that is no HTTP, has no Host or more than one length of its body 400.
 * 3. Each request is answered exactly once, in its callback or later.
 * 4. HEAD is answered as GET, without the body.
 */
#ifndef COMMON_HTTP_H
#define COMMON_HTTP_H

#include "common/arena.h"
#include "common/bytes.h"
#include "common/err.h"
#include "common/loop.h"

struct http;
struct http_request;

enum http_method { HTTP_GET = 1, HTTP_HEAD = 2, HTTP_POST = 4, HTTP_READS = HTTP_GET | HTTP_HEAD };

/* methods: a sum of them. path: the whole path, or one that ends in a slash and a star, for
 * everything below; the first row that has path and method is taken. */
struct http_route {
	unsigned methods;
	const char *path;
	void (*answer)(void *ctx, struct http_request *request);
};

/* Everything pointed at must outlive the server. */
struct http_options {
	struct loop *loop;
	const char *listen; /* 127.0.0.1:port or [::1]:port; port 0: any free one */
	const struct http_route *routes;
	size_t n_routes;
	void *ctx;                /* of the routes' functions */
	size_t max_body_bytes;    /* 0: 64 KiB */
	unsigned max_connections; /* 0: 32; more wait in the kernel, a few of them */
	int64_t request_ms;       /* 0: 10 s */
};

/* ERR_INVALID with the rule: no address with a port, or one that is not loopback. field: of the
 * reason. */
enum err http_check_listen(const char *listen, const char *field, struct reason *reason) MUST_USE;

/* ERR_SYSTEM with the reason: the address is in use, say. */
enum err http_open(
	const struct http_options *options, struct http **ret, struct reason *reason) MUST_USE;
/* Requests that were not answered go with it: they must not be answered any more. NULL is allowed.
 */
void http_close(struct http *http);
uint16_t http_port(const struct http *http);

struct http_counters {
	uint64_t requests;    /* that reached a route */
	uint64_t connections; /* ever */
	uint64_t cut;         /* connections whose time was up */
	unsigned open; /* connections now, those included that ended within the last second */
};
struct http_counters http_counters(const struct http *http);

/* ---- a request ---------------------------------------------------------------------------------
 */

/* All of these live until it is answered. */
enum http_method http_method(const struct http_request *request);
/* As sent, not decoded, without what is behind the question mark: "/queues/intake". */
const char *http_path(const struct http_request *request);
/* What is behind the question mark, as sent; "" when there is nothing. */
const char *http_query(const struct http_request *request);
/* Empty for GET and HEAD. */
struct bytes http_body(const struct http_request *request);
/* The first header of that name, whatever its case; NULL: none. */
const char *http_header(const struct http_request *request, const char *name);
/* The address at the other end of its connection, "127.0.0.1"; "" when it is gone. */
const char *http_peer(const struct http_request *request);
/* For what belongs to the request; 1 MiB, given back after the answer. */
struct arena *http_arena(struct http_request *request);

/* A value of a query, or of a form (application/x-www-form-urlencoded), decoded; the first of that
 * name. NULL: there is none, or it is not encoded as it should be, has a zero byte or is no UTF-8.
 */
const char *http_value(struct arena *arena, struct bytes encoded, const char *name);
/* The same for a name that may stand several times: *encoded goes behind what was returned. */
const char *http_next_value(struct arena *arena, struct bytes *encoded, const char *name);
/* A cookie's value, as sent; NULL: there is none. */
const char *http_cookie(struct http_request *request, const char *name);

/* ---- its answer --------------------------------------------------------------------------------
 */

struct http_header_line {
	const char *name, *value;
};

/* Copied. A value with a line break in it is never sent: the answer is 500 then. */
struct http_answer {
	int status;       /* 200, 303, 404, ... */
	const char *type; /* "text/plain; charset=utf-8"; NULL: without a body */
	struct bytes body;
	const struct http_header_line *headers;
	size_t n_headers;
};
/* The request is no more afterwards; a client that went away meanwhile makes no difference. */
void http_answer(struct http_request *request, const struct http_answer *answer);
/* One line of text, a line break is added. */
void http_answer_text(struct http_request *request, int status, const char *text);

#endif
