/* Requests to the entrance, one after another and some again: any command or query, any client, any
 * actor, any body. None is a defect, none is lost, and state is what the journal says. */
#include "tests/fuzz/node.h"

/* (which, client, actor, time, n u16, body) ... */
static void ask(struct fuzz_node *node, struct bytes *feed, struct request *last)
{
	unsigned which = feed_u8(feed), peer = feed_u8(feed), role = feed_u8(feed);
	size_t n_types = intake_service.n_commands + intake_service.n_queries;
	size_t type = which % n_types;
	const struct schema *schema =
		type < intake_service.n_commands
			? intake_service.commands[type].type()
			: intake_service.queries[type - intake_service.n_commands].type();
	struct request request = {.client = text_of("portal"),
		.peer = peer & 0x80 ? peer_roles[peer % N_PEER_ROLES].bit : PEER_PORTAL,
		.key = uuid_make(++node->now, &node->random),
		.type = text_of(schema->head->name),
		.actor = {.role = text_of(
				  role & 0x80 ? actor_roles[role % N_ACTOR_ROLES].name : "manager"),
			.id = text_of("m1")}};
	struct answer answer;
	struct turn turn = {&request, &answer, 1, NULL, 0};

	if (peer & 0x40) {
		request.peer = PEER_IMPORTER;
		request.historical = true;
		request.occurred_at = fuzz_began - feed_u16(feed) * MS_PER_HOUR;
	}
	request.body = feed_bytes(feed, feed_u16(feed));
	if (peer & 0x20 && last->key.b[0])
		request = *last;
	must(!engine_turn(node->engine, &turn));
	must(answer.status != ERR_BUG && answer.status != ERR_SYSTEM &&
		answer.status != ERR_CORRUPT);
	must(!answer.status || answer.reason.rule[0]);
	*last = request;
}

FUZZ(requests)
{
	struct bytes feed = bytes_of(data, n);
	struct request last = {.peer = 0};
	struct fuzz_node node;
	bool more;

	fuzz_node_open(&node);
	for (unsigned i = 0; i < 24 && feed.n; i++) {
		ask(&node, &feed, &last);
		if (i % 8 == 7) {
			node.now += MS_PER_DAY;
			must(!engine_tick(node.engine, &more));
		}
	}
	fuzz_node_check(&node);
	fuzz_node_close(&node);
	return 0;
}
