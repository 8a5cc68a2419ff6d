/* Whose parts a plan is made of: this node's own, and what was received from the nodes it follows.
 * What was received is visible while a basis counts on which it was received; a withdrawal that is
 * known anywhere ends a consent at once. */
#ifndef SERVICES_PLANNING_SOURCES_H
#define SERVICES_PLANNING_SOURCES_H

#include "services/planning/trees.h"

enum { SOURCES_MAX = 16 };

struct source {
	struct text department;
	struct state state;
	bool own;
};

/* The departments in the order of their names, this one among them: the order in which every
 * department folds the parts. state: the node's own. Returns how many. */
size_t sources_collect(struct state *state, struct source ret[SOURCES_MAX]);

/* This node's department, as set. Not for apply. */
struct text own_department(const struct state *state);
/* planning.<department>, in the arena. */
struct text department_node(struct arena *arena, struct text department);

/* May what the source holds under that id be shown? state: the node's own. */
bool source_shows(
	struct state *state, const struct source *source, struct uuid plan, struct uuid item);

/* Notes on which basis an item was received: the latest record's; `also`: beside the bases before.
 * Does nothing in own state. */
enum held_how { HELD_NOW, HELD_ALSO };
void held_note(struct fold *fold, const struct record *record, struct uuid item, enum held_how how);

#endif
