/* Slots: times at which first talks can be held, offered and taken back by staff, taken and freed
 * by talks. */
#ifndef SERVICES_INTAKE_SLOTS_H
#define SERVICES_INTAKE_SLOTS_H

#include "services/intake/trees.h"

/* What an inquiry asks of a slot. */
struct slot_need {
	enum talk_mode prefers; /* none: any */
	struct text language;   /* empty: Danish */
	bool interpreter;       /* then the slot's own languages do not matter */
	enum life_area area;    /* the main one */
};
struct slot_need slot_need_of(const struct inquiry_view *view);

/* Mode as preferred, the language spoken (or an interpreter), the main life area among the
 * competences when any are listed. Says nothing about time and places. */
bool slot_suits(const struct slot *slot, const struct slot_need *need);

bool slot_get(struct state *state, struct uuid slot, struct slot_view *ret);

/* The earliest slot with free places that begins at `from` or later and suits; looks at a bounded
 * number of free slots. False: none among them. */
bool slot_find(
	struct state *state, const struct slot_need *need, int64_t from, struct slot_view *ret);

/* A slot that was named: ERR_NOT_FOUND or ERR_CONFLICT naming the field `slot` when it is unknown,
 * withdrawn, fully booked or, unless historical, past. */
enum err slot_require_free(struct decision *d, struct uuid slot, struct slot_view *ret) MUST_USE;

/* publish_slots: all or none. A slot that was published with the same content is passed over;
 * refusals name slots[i].slot or slots[i].start. New times are offered at once to those who wait.
 */
enum err slots_decide_publish(struct decision *d, const void *command);
enum err slots_decide_withdraw(struct decision *d, const void *command);

void slots_apply_published(struct fold *fold, const struct record *record, const void *event);
void slots_apply_withdrawn(struct fold *fold, const struct record *record, const void *event);

/* One place more, or one less, is taken. */
void slot_take(struct fold *fold, struct uuid slot);
void slot_release(struct fold *fold, struct uuid slot);

#endif
