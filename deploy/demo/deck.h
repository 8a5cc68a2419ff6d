/* How many courses there are, and how each ends, as Fredericia tells its first year: of 612
 * inquiries 120 citizens in a course, 57 completed, 4 of them on to ordinary support, 30 of them
 * assessed as needing face-to-face support before; here also 12 stopped and 30 to which a second
 * department is asked. For another number of inquiries each of these is scaled by itself and
 * rounded to the nearest.
 *
 * 1. There is one card a course; each is drawn once, in the order of time.
 * 2. Courses that end within the period lie in the first part of the deck, so that they have time
 *    to.
 * 3. Every card is drawn before the end, as long as inquiries go on being closed after a talk; of
 *    a few dozen inquiries the last card may be left over. */
#ifndef DEPLOY_DEMO_DECK_H
#define DEPLOY_DEMO_DECK_H

#include "deploy/demo/chance.h"

enum fate { FATE_OPEN, FATE_COMPLETED, FATE_STOPPED };

/* What becomes of asking a second department. */
enum joint {
	JOINT_NONE,
	JOINT_ACCEPTED,
	JOINT_SAME_HELP, /* accepted; both serve one goal with one kind of help at one time (C5) */
	JOINT_HOURS,     /* accepted; together it is more than the citizen's weekly hours (C2) */
	JOINT_LATE,      /* accepted later than asked for */
	JOINT_REJECTED,
	JOINT_UNANSWERED
};

struct card {
	uint8_t fate;
	uint8_t joint;
	bool ordinary; /* completed, and on to ordinary support */
	bool needed;   /* face-to-face support was expected at the start */
};

struct deck {
	struct card *cards; /* what is left of them begins at drawn */
	int64_t n, drawn;
	int64_t inquiries;
	struct chance chance;
};

/* False when memory is out. */
bool deck_open(struct deck *deck, uint64_t seed, int64_t inquiries) MUST_USE;
void deck_close(struct deck *deck);

/* Shall the inquiry that is being closed lead to a course? received: how many were, so far. The
 * card is given out then. */
bool deck_draw(struct deck *deck, int64_t received, struct card *ret);

#endif
