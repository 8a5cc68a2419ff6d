/* Whose parts a plan is made of: this node's own, and what was received from the nodes it follows.
 * What was received is visible while a basis counts on which it was ever received; a withdrawal
 * that is known anywhere ends a consent at once, and so does its own time. */
#ifndef SERVICES_PLANNING_SOURCES_H
#define SERVICES_PLANNING_SOURCES_H

#include "services/planning/trees.h"

enum { SOURCES_MAX = 16 };

struct source {
	struct text department;
	struct state state;
	bool own;
	int64_t now;         /* when it is looked at */
	struct uuid without; /* a consent that counts no more with what is decided now */
};

/* The departments in the order of their names, this one among them: the order in which every
 * department folds the parts. state: the node's own; now: 0 where source_shows is not asked.
 * Returns how many. */
size_t sources_collect(struct state *state, int64_t now, struct source ret[SOURCES_MAX]);

/* This node's department, as set. Not for apply. */
struct text own_department(const struct state *state);
/* planning.<department>, in the arena. */
struct text department_node(struct arena *arena, struct text department);

/* May what the source holds under that id be shown? state: the node's own. */
bool source_shows(
	struct state *state, const struct source *source, struct uuid plan, struct uuid item);

/* Notes on which bases an item was received, beside those before: a word to this node stays one,
 * and a law lasts. Does nothing in own state. */
void held_note(struct fold *fold, const struct record *record, struct uuid item);

#endif
