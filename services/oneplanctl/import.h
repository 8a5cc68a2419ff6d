/* An import: lines of a file become historical requests, many under way at once, in order, over
 * lost connections and restarts of the node. */
#ifndef SERVICES_ONEPLANCTL_IMPORT_H
#define SERVICES_ONEPLANCTL_IMPORT_H

#include <stdio.h>

#include "common/clock.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/lines.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/progress.h"
#include "services/oneplanctl/window.h"

enum { IMPORT_REFUSALS = 20 };

struct import {
	/* set by the caller */
	struct ctl *ctl;
	const struct town_node *node;
	struct lines lines;
	struct window window;
	struct progress progress;
	FILE *rejects; /* refused lines as they were; NULL: nowhere */
	int64_t patience_ms;
	struct clock clock;
	/* the result */
	struct ctl_imported counts;
	struct ctl_refusal refusals[IMPORT_REFUSALS];
	struct reason reason; /* why it did not come to its end */
	bool failed;
	/* its own */
	struct client *client;
	struct arena arena; /* of one line */
	struct buffer body;
	bool ended;          /* no more lines */
	int64_t quiet_since; /* steady ms */
	int64_t troubled; /* steady ms since which nothing was decided although it was tried; 0: no
			     trouble */
	int64_t retry_after_ms; /* as the node last said */
	int64_t pause_ms;
};

/* Runs to the end, or until failed is set. */
void import_run(struct import *import);

#endif
