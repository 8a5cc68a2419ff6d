/* The pages of a daemon for its host: /metrics for Prometheus, /healthz and /readyz for whoever
 * watches the process. Touches the HTTP endpoint through http.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/admin.h"
#include "common/daemon_private.h"
#include "common/http.h"
#include "common/metrics.h"

/* However often it is asked for, metrics are written so often at most. */
enum { PAGE_BYTES = 4 * 1024 * 1024, FRESH_MS = 250, REQUEST_MS = 5000, REASONS = 4 };

struct daemon_http {
	struct daemon *daemon;
	struct http *http;
	struct buffer page;
	int64_t written_at; /* steady ms; 0: never */
};

/* ---- /metrics -------------------------------------------------------------------------------- */

static void write_own(const struct http *http, struct buffer *out)
{
	const struct http_counters counters = http_counters(http);

	metrics_single(out, METRIC_HTTP_REQUESTS, (double)counters.requests);
	metrics_single(out, METRIC_HTTP_OPEN, counters.open);
	metrics_single(out, METRIC_HTTP_CUT, (double)counters.cut);
}

static enum err write_page(struct daemon_http *pages)
{
	int64_t now = clock_steady(&pages->daemon->clock);

	if (pages->written_at && now - pages->written_at < FRESH_MS)
		return ERR_OK;
	buffer_reset(&pages->page);
	enum err err = daemon_write_metrics(pages->daemon, &pages->page);
	write_own(pages->http, &pages->page);
	pages->written_at = err || pages->page.failed ? 0 : now;
	return pages->page.failed ? ERR_LIMIT : err;
}

static void answer_metrics(void *ctx, struct http_request *request)
{
	struct daemon_http *pages = ctx;

	if (write_page(pages))
		http_answer_text(request, 503, "the metrics cannot be read");
	else
		http_answer(request, &(struct http_answer){.status = 200,
					     .type = METRICS_TYPE,
					     .body = buffer_bytes(&pages->page)});
}

/* ---- /healthz, /readyz ----------------------------------------------------------------------- */

/* Whoever gets it has been served by the loop. */
static void answer_health(void *ctx, struct http_request *request)
{
	const struct daemon_http *pages = ctx;
	struct arena *arena = http_arena(request);

	http_answer_text(
		request, 200, arena_printf(arena, "%s is alive", pages->daemon->config.name));
}

struct ready {
	size_t n;
	struct {
		const char *what, *why;
	} reasons[REASONS];
};

static void add_reason(struct ready *ready, const char *what, const char *why)
{
	if (ready->n == REASONS)
		return;
	ready->reasons[ready->n].what = what;
	ready->reasons[ready->n++].why = why ? why : "out of memory";
}

/* What keeps it from taking commands. */
static void look(struct daemon *daemon, struct arena *arena, struct ready *ready)
{
	const struct room room = engine_room(daemon->engine);
	const struct show_status query = {0};
	struct status_reply status;

	if (daemon_ask(daemon, schema_show_status(), &query, arena, &status)) {
		add_reason(ready, "store", "it cannot be read");
		return;
	}
	if (room.level != ROOM_OK)
		add_reason(ready, "room",
			arena_printf(arena, "%s, %d %% of the %s is used: commands have to wait",
				room_word(room.level), room.percent, room.of));
	if (status.diverged)
		add_reason(ready, "diverged",
			arena_printf(arena,
				"%lld followers or followed nodes have another journal than this "
				"node: an operator has to decide",
				(long long)status.diverged));
}

static bool wants_json(struct http_request *request)
{
	const char *accept = http_header(request, "Accept");
	const char *format =
		http_value(http_arena(request), bytes_of_string(http_query(request)), "format");

	return (format && strcmp(format, "json") == 0) ||
	       (accept && strstr(accept, "application/json"));
}

/* Reasons hold nothing that JSON would have to escape: words of ours and numbers. */
static const char *ready_page(const struct ready *ready, struct arena *arena, bool json)
{
	const char *page = json ? arena_printf(arena, "{\"ready\":%s,\"reasons\":[",
					  ready->n ? "false" : "true")
				: arena_printf(arena, ready->n ? "" : "ready\n");

	for (size_t i = 0; page && i < ready->n; i++)
		page = json ? arena_printf(arena, "%s%s{\"what\":\"%s\",\"why\":\"%s\"}", page,
				      i ? "," : "", ready->reasons[i].what, ready->reasons[i].why)
			    : arena_printf(arena, "%s%s: %s\n", page, ready->reasons[i].what,
				      ready->reasons[i].why);
	return page && json ? arena_printf(arena, "%s]}\n", page) : page;
}

static void answer_ready(void *ctx, struct http_request *request)
{
	const struct daemon_http *pages = ctx;
	struct arena *arena = http_arena(request);
	struct ready ready = {0};
	bool json = wants_json(request);

	look(pages->daemon, arena, &ready);
	const char *page = ready_page(&ready, arena, json);
	http_answer(
		request, &(struct http_answer){.status = ready.n || !page ? 503 : 200,
				 .type = json ? "application/json" : "text/plain; charset=utf-8",
				 .body = bytes_of_string(page ? page : "")});
}

/* ---- start and end --------------------------------------------------------------------------- */

static const struct http_route routes[] = {
	{HTTP_READS, "/metrics", answer_metrics},
	{HTTP_READS, "/healthz", answer_health},
	{HTTP_READS, "/readyz", answer_ready},
};

enum err daemon_open_http(struct daemon *daemon, struct reason *reason)
{
	struct daemon_http *pages;

	if (!*daemon->config.http_listen)
		return ERR_OK;
	pages = daemon->http = calloc(1, sizeof(*pages));
	if (!pages)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	pages->daemon = daemon;
	buffer_init(&pages->page, PAGE_BYTES);
	const struct http_options options = {.loop = daemon->loop,
		.listen = daemon->config.http_listen,
		.routes = routes,
		.n_routes = sizeof(routes) / sizeof(routes[0]),
		.ctx = pages,
		.max_body_bytes = 1024,
		.request_ms = REQUEST_MS};
	enum err err = http_open(&options, &pages->http, reason);
	if (err)
		reason_prefix(reason, "http", -1);
	return err;
}

void daemon_close_http(struct daemon *daemon)
{
	struct daemon_http *pages = daemon->http;

	if (!pages)
		return;
	http_close(pages->http);
	buffer_done(&pages->page);
	free(pages);
	daemon->http = NULL;
}
