/* oneplan-portal: pages in a browser, for people, over what the nodes of a town say. A client of
 * them like any other; it owns nothing but login sessions. */
#ifndef SERVICES_PORTAL_PORTAL_H
#define SERVICES_PORTAL_PORTAL_H

#include "common/bus.h"
#include "common/http.h"
#include "services/portal/assets.h"
#include "services/portal/attempts.h"
#include "services/portal/nodes.h"
#include "services/portal/operators.h"
#include "services/portal/session.h"
#include "services/portal/settings.h"

struct page;

struct portal {
	struct portal_settings settings;
	struct loop *loop;
	struct bus *bus;
	struct http *http;
	struct clock clock;
	struct random random;
	struct store *store;
	struct sessions sessions;
	struct operators operators;
	struct attempts attempts;
	struct nodes nodes;
	struct assets assets;
	char visit_secret[TOKEN_TEXT]; /* of this process: ties form tokens to visitors */
	struct page *pages;            /* under way */
	struct loop_timer *tick;
	struct loop_signal *term, *interrupt, *hangup;
	int code; /* to end with */
};

int portal_main(int argc, char **argv);

#endif
