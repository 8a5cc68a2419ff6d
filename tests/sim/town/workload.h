/* What people say to a simulated town, and what must hold of the town whatever they say.
 *
 * The workload follows the journals of all nodes as they are committed, so it knows what a client
 * could have asked for: ids, versions, who waits for what. Most of what it says is sensible; some
 * is wrong on purpose (stale version, foreign id, wrong role, bad value).
 *
 * The same seed and the same answers and journals give the same deeds. */
#ifndef TESTS_SIM_TOWN_WORKLOAD_H
#define TESTS_SIM_TOWN_WORKLOAD_H

#include "common/engine.h"

/* One command on its way to a node. All it points at lies in the arena of workload_next. */
struct deed {
	unsigned node; /* 0 intake, 1..3 planning.employment/family/social, 4 notification, 5
			  reporting */
	const struct schema *command;
	void *fields;
	struct actor actor;
	const char *client;
	uint32_t peer;       /* PEER_NOBODY: the node itself says it (request.own) */
	int64_t occurred_at; /* 0: now */
	bool historical;
};

/* The nodes by number; down ones may be NULL. healed: nothing is on its way, no fault is in force
 * and everybody has everything: what holds in the end is checked, too. */
struct town_view {
	struct engine *engine[8];
	struct store *store[8];
	size_t n;
	int64_t now;
	bool up[8];
	bool healed;
};

struct workload;
struct workload *workload_new(uint64_t seed);
void workload_free(struct workload *w);

/* What was committed since: before workload_next, as often as is convenient. Costs nothing when
 * there is nothing new. */
void workload_look(struct workload *w, const struct town_view *view);
/* The next deed. only: that command, or, when what it needs is not there, one that leads to it;
 * NULL: any. False: the arena is full. */
bool workload_next(
	struct workload *w, int64_t now, const char *only, struct arena *arena, struct deed *ret);
/* What the node answered; reply: the decoded reply of the command, NULL unless status is ERR_OK. */
void workload_learn(
	struct workload *w, const struct deed *deed, enum err status, const void *reply);

size_t workload_commands(void);
const char *workload_command_name(size_t i);

/* NULL: all is well; otherwise what is wrong, in the arena. Walks what is new since the last call
 * for the same check. */
struct town_check;
struct town_check *town_check_new(void);
void town_check_free(struct town_check *check);
const char *town_check(struct town_check *check, const struct town_view *view, struct arena *arena);

#endif
