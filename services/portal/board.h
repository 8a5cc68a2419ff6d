/* Every queue of the town, the worst first. */
#ifndef SERVICES_PORTAL_BOARD_H
#define SERVICES_PORTAL_BOARD_H

#include "common/admin.h"
#include "services/portal/page.h"

/* A queue, or (row NULL) a node that did not answer. */
struct board_line {
	const struct portal_node *node;
	const struct queue_row *row;
	const struct ask *ask;
};

/* How bad it is: the number of its verdict; a node that does not answer is as bad as can be. */
unsigned board_rank(const struct board_line *line);
/* Worst first; of equals the one whose oldest waits longest, then by names. */
void board_sort(struct board_line *lines, size_t n);

/* "link/reporting" in words. */
void board_write_name(struct page *page, struct text queue);
/* Why it goes as it does: what the node said, in the page's language where that is known. */
void board_write_reason(struct page *page, struct text reason);
/* What a verdict is called, and its badge. */
enum text_key board_verdict_name(enum queue_verdict verdict);
const char *board_badge(enum queue_verdict verdict);
void board_write_verdict(struct page *page, enum queue_verdict verdict);

#endif
