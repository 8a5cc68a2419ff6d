/* What staff may ask the entrance; answers are rows as they stand. */
#ifndef SERVICES_INTAKE_QUERIES_H
#define SERVICES_INTAKE_QUERIES_H

#include "common/service.h"

enum err queries_show_inquiry(struct question *q, const void *query, void *ret_reply);
enum err queries_list_inquiries(struct question *q, const void *query, void *ret_reply);
enum err queries_list_slots(struct question *q, const void *query, void *ret_reply);
enum err queries_list_work(struct question *q, const void *query, void *ret_reply);
enum err queries_find_citizen(struct question *q, const void *query, void *ret_reply);
enum err queries_show_citizen(struct question *q, const void *query, void *ret_reply);

#endif
