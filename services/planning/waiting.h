/* What waits in a department, as queues for operators. */
#ifndef SERVICES_PLANNING_WAITING_H
#define SERVICES_PLANNING_WAITING_H

#include "services/planning/trees.h"

/* ANSWERS: another department asks, and this one is to answer. */
enum planning_queue { QUEUE_ANSWERS, QUEUE_COMMITMENTS, QUEUE_ITEMS, PLANNING_QUEUES };
extern const struct service_queue planning_queues[PLANNING_QUEUES];

/* The work is about to get its key in TREE_DUE (by 1) or to lose it (by -1). */
void waiting_count(
	struct fold *fold, const struct plan_work_row *row, const struct key *due, int by);

#endif
