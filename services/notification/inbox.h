/* A citizen's inbox in the portal: the messages to them, whatever channel they went by, without
 * those that were dropped. Nobody else's, staff included. */
#ifndef SERVICES_NOTIFICATION_INBOX_H
#define SERVICES_NOTIFICATION_INBOX_H

#include "common/service.h"

enum err inbox_list(struct question *q, const void *query, void *ret_reply);

/* mark_read: read again changes nothing. */
enum err inbox_decide_read(struct decision *d, const void *command);

#endif
