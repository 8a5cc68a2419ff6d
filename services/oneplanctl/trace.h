/* The way of one message: the records about an inquiry in all nodes, and what they led to. */
#ifndef SERVICES_ONEPLANCTL_TRACE_H
#define SERVICES_ONEPLANCTL_TRACE_H

#include "services/oneplanctl/overview.h"

enum { TRACE_HOPS = 1000 };

struct trace {
	struct ctl *ctl;
	struct overview overview;
	struct uuid entity;
	struct ctl_trace result;
	struct reason reason;
	bool cut; /* there were more than TRACE_HOPS records */
};

/* Walks the journals of all nodes that answer, for trace->entity; fills result.hops and
 * result.reached. The overview must have been looked at. A node that stops answering counts as
 * down. */
void trace_walk(struct trace *trace);

/* In order of time; then hop_ms is the time from a record's cause to it. A cause of another epoch
 * than the record of its number now is lost. */
void trace_order(struct ctl_trace *result);

#endif
