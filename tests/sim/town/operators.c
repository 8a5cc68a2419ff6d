/* The operators of the simulated town: when a node shows that another one's journal is not the one
 * that it followed, or what it could not apply, they let it follow anew. Touches nothing. */
#include <string.h>

#include "common/admin.h"
#include "tests/sim/town/sim.h"

enum { LOOK_EVERY_MS = 3000, ANSWER_MS = 20000 };

static struct {
	struct event look;
	int64_t ordered[NODES][NODES]; /* follower, owner: when */
} all;

static unsigned number_of(const char *name)
{
	unsigned i = 0;

	while (i < NODES && strcmp(node_names[i], name) != 0)
		i++;
	return i;
}

/* Numbers that the owner used before it was put back by hand are reacted to: they are new. */
static void order_refollow(unsigned follower, unsigned owner)
{
	struct refollow refollow = {.owner = text_of(node_names[owner]),
		.reason = text_of("it was put back"),
		.by = text_of("Ida Drift"),
		.react_from = (int64_t)world.nodes[owner].by_hand};
	const struct deed deed = {.node = follower,
		.command = schema_refollow(),
		.fields = &refollow,
		.actor = {.role = text_of("operator"), .id = text_of("ida")},
		.client = "operator",
		.peer = PEER_OPERATOR};

	clients_order(&deed);
	all.ordered[follower][owner] = world.now;
}

/* What was sent badly is asked for again once nobody else tries to mend it. */
static bool must_follow_anew(const struct engine *engine, unsigned owner)
{
	struct cursor_row row;

	engine_cursor(engine, owner, &row);
	return engine_diverged(engine, owner) || (world.healing && row.quarantined);
}

static void run_look(struct event *event)
{
	event_set(event, world.now + chance_skewed(FOR_NODES, 1, 2 * LOOK_EVERY_MS));
	for (unsigned follower = 0; follower < NODES; follower++) {
		struct engine *engine = node_engine(&world.nodes[follower]);
		for (unsigned i = 0; engine && i < engine_owners(engine); i++) {
			unsigned owner = number_of(engine_owner_name(engine, i));
			if (owner < NODES && must_follow_anew(engine, i) &&
				world.now > all.ordered[follower][owner] + ANSWER_MS)
				order_refollow(follower, owner);
		}
	}
}

void operators_begin(void)
{
	all.look = (struct event){.kind = STEP_CLIENT, .run = run_look};
	event_set(&all.look, world.now + LOOK_EVERY_MS);
}
