/* The table of routes, and what holds for all of them: files, who may, form tokens. Touches the
 * request's connection through http.h. */
#include "services/portal/routes.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"

const struct route routes[] = {
	{HTTP_READS, "/", WHO_ANYBODY, SESSION_USED, page_home},
	{HTTP_READS, "/login", WHO_ANYBODY, SESSION_USED, page_login},
	{HTTP_POST, "/login", WHO_ANYBODY, SESSION_USED, page_log_in},
	{HTTP_POST, "/logout", WHO_KNOWN, SESSION_USED, page_log_out},
	{HTTP_POST, "/language", WHO_ANYBODY, SESSION_USED, page_language},
	{HTTP_READS, "/queues", WHO_KNOWN, SESSION_USED, page_board},
	{HTTP_READS, "/queues/rows", WHO_KNOWN, SESSION_QUIET, page_board_rows},
	{HTTP_READS, "/queue", WHO_KNOWN, SESSION_USED, page_queue},
	{HTTP_POST, "/queue/plan", WHO_KEEPERS, SESSION_USED, page_mend_plan},
	{HTTP_POST, "/queue/mend", WHO_KEEPERS, SESSION_USED, page_mend},
	{HTTP_POST, "/queue/pause", WHO_KEEPERS, SESSION_USED, page_pause},
	{HTTP_POST, "/queue/resume", WHO_KEEPERS, SESSION_USED, page_resume},
	{HTTP_READS, "/nodes", WHO_KNOWN, SESSION_USED, page_nodes},
	{HTTP_READS, "/node", WHO_KNOWN, SESSION_USED, page_node},
	{HTTP_READS, "/trace", WHO_KNOWN, SESSION_USED, page_trace},
};
const size_t n_routes = sizeof(routes) / sizeof(routes[0]);

const struct route *route_find(unsigned method, const char *path, unsigned *ret_allowed)
{
	*ret_allowed = 0;
	for (size_t i = 0; i < n_routes; i++) {
		if (strcmp(routes[i].path, path) != 0)
			continue;
		if (routes[i].methods & method)
			return &routes[i];
		*ret_allowed |= routes[i].methods;
	}
	return NULL;
}

/* ---- files ----------------------------------------------------------------------------------- */

static void answer_asset(struct portal *portal, struct http_request *request)
{
	static const struct http_header_line headers[] = {
		{"Cache-Control", "public, max-age=31536000, immutable"},
		{"Cross-Origin-Resource-Policy", "same-origin"}};
	const struct asset *asset = assets_find(&portal->assets, http_path(request));

	if (!asset || http_method(request) == HTTP_POST)
		http_answer_text(request, asset ? 405 : 404, "there is nothing here");
	else
		http_answer(request, &(struct http_answer){.status = 200,
					     .type = asset->type,
					     .body = asset->body,
					     .headers = headers,
					     .n_headers = 2});
}

/* ---- what holds for all ---------------------------------------------------------------------- */

static void send_to_login(struct page *page)
{
	const char *query = http_query(page->request);
	const char *here = arena_printf(
		page->arena, "%s%s%s", http_path(page->request), *query ? "?" : "", query);
	bool get = http_method(page->request) != HTTP_POST;
	const char *login = html_path(page->arena, "/login", ATTRS({"back", get ? here : NULL}));

	page_go(page, login ? login : "/login");
}

static void refuse_method(struct page *page, unsigned allowed)
{
	char names[32];

	snprintf(names, sizeof(names), "%s%s%s", allowed & HTTP_GET ? "GET, HEAD" : "",
		allowed & HTTP_GET && allowed & HTTP_POST ? ", " : "",
		allowed & HTTP_POST ? "POST" : "");
	page_header(page, "Allow", names);
	page_refuse(page, 405, TEXT_no_such_page, TEXT_wrong_method);
}

static bool may(const struct page *page, enum route_who who)
{
	return who == WHO_ANYBODY || (who == WHO_KNOWN && page->known) ||
	       (who == WHO_KEEPERS && page->keeper);
}

void route_take(void *ctx, struct http_request *request)
{
	struct portal *portal = ctx;
	const char *path = http_path(request);
	unsigned allowed;

	if (!strncmp(path, "/static/", 8)) {
		answer_asset(portal, request);
		return;
	}
	const struct route *route = route_find((unsigned)http_method(request), path, &allowed);
	struct page *page = page_new(portal, request, route ? route->use : SESSION_QUIET);
	if (!page)
		return;
	bool post = http_method(request) == HTTP_POST;
	if (!route && allowed)
		refuse_method(page, allowed);
	else if (!route)
		page_refuse(page, 404, TEXT_no_such_page, TEXT_no_such_page_why);
	else if (!page->known && route->who != WHO_ANYBODY)
		send_to_login(page);
	else if (post && !token_equal(page_value(page, "form_token"), page->form_token)) {
		log_event(LOG_WARNING, "a form without its token", LOG_TEXT("path", path));
		page_refuse(page, 403, TEXT_form_expired, TEXT_form_expired_why);
	} else if (!may(page, route->who))
		page_refuse(page, 403, TEXT_not_allowed, TEXT_not_allowed_why);
	else
		route->answer(page);
}
