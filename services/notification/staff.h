/* Notices to the queues of staff: the entrance's, and one of each department. A queue is an address
 * of electronic mail that the town names; without it staff see what waits in their work list only.
 * No name of a person is in them: the plan's id, the department, what waits and by when.
 *
 * 1. With digests a department's notices are gathered and go out in one mail a working day; what is
 * serious (a conflict, the coordination) and what is the entrance's goes out at once.
 * 2. What is done before the digest goes out is not in it; a digest that says nothing is not sent.
 * 3. A queue is nobody: it is told also of what one of its people did. */
#ifndef SERVICES_NOTIFICATION_STAFF_H
#define SERVICES_NOTIFICATION_STAFF_H

#include "proto/words.h"
#include "services/notification/trees.h"

struct staff_notice {
	enum occasion occasion;
	struct text department;
	struct uuid plan; /* nil: about nobody's */
	struct uuid item; /* the work, commitment or conflict */
	int64_t at;       /* by when, or when it was due */
	enum plan_work_kind work;
};

/* The id that stands for a department's queue as a recipient. */
struct uuid staff_queue(struct text department);

/* Emits message_queued or notice_gathered. */
void staff_tell(struct decision *d, const struct staff_notice *notice);
/* The same for the entrance's queue, about an inquiry; never gathered. */
void staff_tell_entrance(
	struct decision *d, const struct known_inquiry *inquiry, enum occasion occasion);

/* What that department was not yet told about the item is needed no more. */
void staff_overtake(struct decision *d, struct text department, struct uuid item);

/* DEADLINE_DIGEST of a queue. */
enum err staff_decide_digest(struct decision *d, struct uuid queue, int64_t due);

void staff_apply_gathered(struct fold *fold, const struct record *record, const void *event);
void staff_apply_gathered_dropped(
	struct fold *fold, const struct record *record, const void *event);
/* The digest of that queue was written. */
void staff_clear_gathered(struct fold *fold, struct uuid queue);

#endif
