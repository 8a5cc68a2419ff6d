/* Inside of the HTTP server; for common/http*.c only. */
#ifndef COMMON_HTTP_PRIVATE_H
#define COMMON_HTTP_PRIVATE_H

#include <event2/bufferevent.h>
#include <event2/http.h>

#include "common/http.h"

enum { HTTP_CONNECTIONS_MAX = 256 };

struct http_connection {
	struct bufferevent *bufferevent; /* a reference of ours; NULL: the place is free */
	int64_t until;                   /* steady ms: then a whole request must have come */
};

struct http {
	struct http_options options;
	struct evhttp *evhttp;
	struct evconnlistener *listener;
	struct loop_timer *sweep;
	struct http_request *first; /* not answered yet */
	struct http_counters counters;
	uint16_t port;
	bool full; /* nobody is let in until somebody goes */
	struct http_connection connections[HTTP_CONNECTIONS_MAX];
};

struct http_request {
	struct http *http;
	struct http_request *next, **at; /* of http->first */
	struct evhttp_request *from;
	enum http_method method;
	struct bytes body;
	struct arena arena;
};

/* http_request.c: looks at what came, and finds its route. */
void http_take(struct evhttp_request *from, void *http);
void http_forget(struct http_request *request);

/* http.c: a whole request came over it, or an answer was given to it: it has its time anew. */
void http_prolong(struct http *http, struct evhttp_request *from);

#endif
