/* The HTTP server: where it listens, and how many connections for how long. Touches a listening
 * socket on a loopback address and its connections, through evhttp. */
#include "common/http.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http_address.h"
#include "common/http_private.h"

enum {
	HEADERS_BYTES = 8 * 1024,
	BODY_BYTES = 64 * 1024,
	AHEAD_BYTES = 4096,
	CONNECTIONS = 32,
	REQUEST_MS = 10000,
	SWEEP_MS = 500,
	BACKLOG = 16
};

static int64_t steady(void)
{
	const struct clock clock = clock_real();

	return clock_steady(&clock);
}

/* ---- connections ------------------------------------------------------------------------------
 * evhttp says nothing when a connection of its own ends, and has no limit of their number. So each
 * one's bufferevent is made here, and a reference kept: one without callbacks was given up. Its
 * events go on until the reference goes, so its descriptor must stay open until then. */

/* Whoever is silent for so long is ended by evhttp: what is cut here has said something meanwhile.
 */
static int64_t deadline(const struct http *http)
{
	return steady() + http->options.request_ms + SWEEP_MS;
}

static bool was_given_up(struct bufferevent *bufferevent)
{
	bufferevent_data_cb read, write;
	bufferevent_event_cb event;

	bufferevent_getcb(bufferevent, &read, &write, &event, NULL);
	return !read && !write && !event;
}

static void let_in(struct http *http)
{
	http->full = http->counters.open >= http->options.max_connections;
	if (http->full)
		evconnlistener_disable(http->listener);
	else
		evconnlistener_enable(http->listener);
}

/* evhttp sees the end of such a connection as it would see its client go. */
static void cut(struct http *http, struct http_connection *connection)
{
	http->counters.cut++;
	shutdown(bufferevent_getfd(connection->bufferevent), SHUT_RDWR);
	connection->until = INT64_MAX;
}

static void sweep(struct http *http)
{
	int64_t now = steady();

	for (size_t i = 0; i < http->options.max_connections; i++) {
		struct http_connection *connection = &http->connections[i];
		if (!connection->bufferevent)
			continue;
		if (was_given_up(connection->bufferevent)) {
			bufferevent_decref(connection->bufferevent);
			connection->bufferevent = NULL;
			http->counters.open--;
		} else if (now >= connection->until)
			cut(http, connection);
	}
	let_in(http);
}

static void on_sweep(void *ctx, unsigned what)
{
	(void)what;
	sweep(ctx);
}

static struct bufferevent *on_connection(struct event_base *base, void *ctx)
{
	struct http *http = ctx;
	struct bufferevent *bufferevent = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	http->counters.connections++;
	if (bufferevent) /* whatever is sent ahead waits in the kernel */
		bufferevent_setwatermark(bufferevent, EV_READ, 0,
			HEADERS_BYTES + http->options.max_body_bytes + AHEAD_BYTES);
	for (size_t i = 0; bufferevent && i < http->options.max_connections; i++)
		if (!http->connections[i].bufferevent) {
			bufferevent_incref(bufferevent);
			http->connections[i] =
				(struct http_connection){bufferevent, deadline(http)};
			http->counters.open++;
			break;
		}
	let_in(http);
	return bufferevent;
}

void http_prolong(struct http *http, struct evhttp_request *from)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(from);
	const struct bufferevent *of = evcon ? evhttp_connection_get_bufferevent(evcon) : NULL;

	for (size_t i = 0; of && i < http->options.max_connections; i++)
		if (http->connections[i].bufferevent == of)
			http->connections[i].until = deadline(http);
}

/* ---- where it listens -------------------------------------------------------------------------
 */

static enum err listen_at(struct http *http, struct reason *reason)
{
	struct http_address address;
	int yes = 1;
	enum err err = http_parse_address(http->options.listen, "listen", &address, reason);

	if (err)
		return err;
	http->listener = evconnlistener_new_bind(loop_base(http->options.loop), NULL, NULL,
		LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG,
		&address.of.any, address.bytes);
	if (!http->listener)
		return reason_set(reason, ERR_SYSTEM, "listen", "%s: %s", http->options.listen,
			strerror(errno));
	int fd = evconnlistener_get_fd(http->listener);
	socklen_t size = sizeof(address.of);
	/* connections have it from the socket that they were accepted on; without it an answer
	 * takes 44 ms */
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) ||
		getsockname(fd, &address.of.any, &size))
		return reason_set(reason, ERR_SYSTEM, "listen", "%s", strerror(errno));
	http->port = ntohs(address.of.any.sa_family == AF_INET ? address.of.v4.sin_port
							       : address.of.v6.sin6_port);
	return ERR_OK;
}

/* ---- start and end --------------------------------------------------------------------------- */

static struct http_options with_defaults(const struct http_options *options)
{
	struct http_options o = *options;

	if (!o.max_body_bytes)
		o.max_body_bytes = BODY_BYTES;
	if (!o.max_connections)
		o.max_connections = CONNECTIONS;
	if (o.max_connections > HTTP_CONNECTIONS_MAX)
		o.max_connections = HTTP_CONNECTIONS_MAX;
	if (!o.request_ms)
		o.request_ms = REQUEST_MS;
	return o;
}

static enum err open_evhttp(struct http *http)
{
	const int64_t ms = http->options.request_ms;
	const struct timeval quiet = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	http->evhttp = evhttp_new(loop_base(http->options.loop));
	if (!http->evhttp)
		return ERR_NO_MEMORY;
	evhttp_set_max_headers_size(http->evhttp, HEADERS_BYTES);
	evhttp_set_max_body_size(http->evhttp, (ev_ssize_t)http->options.max_body_bytes);
	evhttp_set_timeout_tv(http->evhttp, &quiet);
	evhttp_set_default_content_type(http->evhttp, NULL);
	/* all that it knows: refusing is the routes' part */
	evhttp_set_allowed_methods(http->evhttp, 0xffff);
	evhttp_set_bevcb(http->evhttp, on_connection, http);
	evhttp_set_gencb(http->evhttp, http_take, http);
	return evhttp_bind_listener(http->evhttp, http->listener) ? ERR_OK : ERR_NO_MEMORY;
}

enum err http_open(const struct http_options *options, struct http **ret, struct reason *reason)
{
	struct http *http = calloc(1, sizeof(*http));

	*ret = NULL;
	if (!http)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	http->options = with_defaults(options);
	enum err err = loop_timer_new(
		http->options.loop, (struct loop_call){on_sweep, http}, &http->sweep);
	if (!err)
		err = listen_at(http, reason);
	if (!err)
		err = open_evhttp(http);
	if (err) {
		http_close(http);
		return err;
	}
	loop_timer_every(http->sweep, SWEEP_MS);
	*ret = http;
	return ERR_OK;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	loop_timer_free(http->sweep);
	if (http->evhttp)
		evhttp_free(http->evhttp); /* its listener too */
	else if (http->listener)
		evconnlistener_free(http->listener);
	for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		if (http->connections[i].bufferevent)
			bufferevent_decref(http->connections[i].bufferevent);
	while (http->first)
		http_forget(http->first);
	free(http);
}

uint16_t http_port(const struct http *http)
{
	return http->port;
}

struct http_counters http_counters(const struct http *http)
{
	return http->counters;
}
