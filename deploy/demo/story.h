/* What becomes of an inquiry, step by step: booked, moved, cancelled, held, closed, as the entrance
 * allows it:
 *
 *      received --> talk booked --> talked --> closed
 *
 * 1. A talk is held at the start of its slot, or, broken, days later; or at once without a slot.
 * 2. Before a talk an inquiry ends only as withdrawn, no_contact, referred or advice_given.
 * 3. A plan is opened after a talk only, once for a citizen; who completed the course may come
 * again and then gets advice.
 * 4. What would happen after the end of the period does not: it stays as it is. */
#ifndef DEPLOY_DEMO_STORY_H
#define DEPLOY_DEMO_STORY_H

#include "deploy/demo/casework.h"
#include "deploy/demo/deck.h"
#include "deploy/demo/inquiry.h"
#include "deploy/demo/queue.h"

struct town {
	uint64_t seed;
	int64_t end; /* nothing happens then or later */
	struct lines *lines;
	struct directory *directory; /* where casework goes; NULL: nowhere */
	struct deck deck;
	int64_t received;
	struct desks desks;
	struct queue queue;   /* of struct inquiry, each owned by its entry */
	struct queue returns; /* closed ones whose citizen will ask again */
	bool failed;          /* memory is out */
};

/* The inquiry is received when its time comes. Takes it over. */
void story_begin(struct town *town, struct inquiry *inquiry);

/* Everything before that moment happens, in order. */
void story_go_on(struct town *town, int64_t until);

#endif
