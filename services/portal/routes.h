/* Which path leads where, and who may go there: one table. A request with POST needs the form token
 * of its session wherever it goes. */
#ifndef SERVICES_PORTAL_ROUTES_H
#define SERVICES_PORTAL_ROUTES_H

#include "services/portal/page.h"

enum route_who {
	WHO_ANYBODY,
	WHO_KNOWN,  /* whoever is logged in */
	WHO_KEEPERS /* operators and administrators */
};

struct route {
	unsigned methods;
	const char *path;
	enum route_who who;
	enum session_use use; /* QUIET: what a script asks for by itself keeps nobody logged in */
	void (*answer)(struct page *page);
};

extern const struct route routes[];
extern const size_t n_routes;

/* The row of a path; NULL: none. *ret_allowed: methods that the path's rows have. */
const struct route *route_find(unsigned method, const char *path, unsigned *ret_allowed);

/* Of struct http_route: everything comes here. */
void route_take(void *portal, struct http_request *request);

/* The handlers. */
void page_home(struct page *page);
void page_login(struct page *page);
void page_log_in(struct page *page);
void page_log_out(struct page *page);
void page_language(struct page *page);
void page_board(struct page *page);
void page_board_rows(struct page *page);
void page_queue(struct page *page);
void page_mend_plan(struct page *page);
void page_mend(struct page *page);
void page_pause(struct page *page);
void page_resume(struct page *page);
void page_nodes(struct page *page);
void page_node(struct page *page);
void page_trace(struct page *page);

#endif
