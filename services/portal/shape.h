/* How old what waits in a queue is, a line for each type. */
#ifndef SERVICES_PORTAL_SHAPE_H
#define SERVICES_PORTAL_SHAPE_H

#include "common/admin.h"
#include "services/portal/page.h"

/* Nothing when nothing waits. */
void write_shape(struct page *page, const struct ask *ask, const struct queue_shape *shape);

#endif
