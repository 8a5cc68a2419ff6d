/* Questions to notification. Addresses and texts are left out where they are not needed; whoever
 * may not see them gets them masked by the engine. */
#ifndef SERVICES_NOTIFICATION_QUERIES_H
#define SERVICES_NOTIFICATION_QUERIES_H

#include "common/service.h"

enum err queries_list_outbox(struct question *q, const void *query, void *ret_reply);
enum err queries_list_due(struct question *q, const void *query, void *ret_reply);
enum err queries_show_messages(struct question *q, const void *query, void *ret_reply);
enum err queries_list_tasks(struct question *q, const void *query, void *ret_reply);

/* service.h: every state of every channel that messages are sent over. */
size_t queries_count_states(struct state *state, struct state_count *ret, size_t max);

#endif
