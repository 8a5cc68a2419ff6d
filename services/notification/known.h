/* What is known from the entrance: inquiries with how to reach whoever asks, and citizens. Replica
 * state; the lookups go over all owners, of which one has the row. */
#ifndef SERVICES_NOTIFICATION_KNOWN_H
#define SERVICES_NOTIFICATION_KNOWN_H

#include "services/notification/trees.h"

/* state: of the service itself. Personal texts come out sealed. */
bool known_inquiry_get(const struct state *state, struct uuid inquiry, struct known_inquiry *ret);
bool known_citizen_get(const struct state *state, struct uuid citizen, struct known_citizen *ret);

void known_apply_registered(struct fold *fold, const struct record *record, const void *event);
void known_apply_number_changed(struct fold *fold, const struct record *record, const void *event);
void known_apply_received(struct fold *fold, const struct record *record, const void *event);
void known_apply_booked(struct fold *fold, const struct record *record, const void *event);
void known_apply_moved(struct fold *fold, const struct record *record, const void *event);
void known_apply_cancelled(struct fold *fold, const struct record *record, const void *event);
void known_apply_held(struct fold *fold, const struct record *record, const void *event);
void known_apply_closed(struct fold *fold, const struct record *record, const void *event);
/* Of events that change nothing here. */
void known_apply_nothing(struct fold *fold, const struct record *record, const void *event);

#endif
