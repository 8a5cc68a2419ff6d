/* A change of the own part on its way through a decision: who may, what was seen, which version it
 * makes. Every change of one command makes one version. */
#ifndef SERVICES_PLANNING_CHANGE_H
#define SERVICES_PLANNING_CHANGE_H

#include "services/planning/audience.h"
#include "services/planning/items.h"

struct change {
	struct decision *d;
	struct plan_part part;  /* as it stands */
	struct event_head head; /* of the events that follow */
	bool paused;            /* sharing on consent paused with this very change */
};

/* ERR_DENIED naming actor.department unless the actor is of this department. */
enum err change_check_actor(struct decision *d) MUST_USE;

/* The own open part of the plan (by its provisional id, too) as that version. ERR_DENIED;
 * ERR_NOT_FOUND or ERR_CONFLICT naming `plan`; ERR_STALE naming `seen_version` and the changes
 * since. */
enum err change_begin(
	struct decision *d, struct uuid plan, int64_t seen_version, struct change *ret) MUST_USE;
/* Without looking at the version, and making none: what is said beside the part. */
enum err change_beside(struct decision *d, struct uuid plan, struct change *ret) MUST_USE;
/* Of a part that the node itself changes. */
struct change change_of_node(struct decision *d, const struct plan_part *part);

/* Emits it about the plan, for those who may have it. */
void change_emit(
	struct change *c, const struct schema *event, const void *fields, struct about about);

/* To whoever may know that the department takes part: whether it does. */
void change_emit_party(struct change *c, enum part_state state);

/* The reply of every command. */
enum err change_done(struct change *c, struct uuid id) MUST_USE;

/* The id that the client gave, or a new one. */
struct uuid change_id(struct change *c, struct uuid given);

/* ERR_CONFLICT naming the field when the plan has such an item already. */
enum err change_check_id(
	struct change *c, enum planning_tree tree, const char *field, struct uuid given) MUST_USE;

#define HEAD(c_) \
	.plan = (c_)->head.plan, .citizen = (c_)->head.citizen, .version = (c_)->head.version

#endif
