/* Messages to a whole daemon, in any order, from peers of every role and from none: clients without
 * a session, followers that acknowledge what was never sent, keys that are taken out of the list in
 * between; and from the nodes that it follows. Whatever comes, it lives, and what it says can be
 * read. */
#include "common/daemon_private.h"
#include "tests/fuzz/fake_bus.h"
#include "tests/fuzz/node.h"

enum { PEERS = 4 };

static struct bus_peer peers[PEERS] = {
	{.name = "operator", .role = "operator", .role_bit = PEER_OPERATOR},
	{.name = "portal", .role = "portal", .role_bit = PEER_PORTAL},
	{.name = "importer", .role = "importer", .role_bit = PEER_IMPORTER},
	{.name = "reporting", .role = "reporting", .role_bit = PEER_REPORTING, .kind = BUS_NODE},
};

_Noreturn void daemon_fail(struct daemon *daemon, enum err err, const char *doing)
{
	(void)daemon;
	fprintf(stderr, "the daemon would end: %s, %s\n", doing, err_word(err));
	abort();
}

static void add_part(struct wire_message *message, struct bytes bytes)
{
	must(!zmq_msg_init_size(&message->part[message->n], bytes.n));
	if (bytes.n)
		memcpy(zmq_msg_data(&message->part[message->n]), bytes.p, bytes.n);
	message->n++;
}

/* (who, kind, n u16, fields, n u16, body) */
static void put_message(struct bytes *feed)
{
	unsigned who = feed_u8(feed), kind = feed_u8(feed);
	uint8_t id[5] = {0, (uint8_t)(who & 0x3f)}, header[OP_HEADER_BYTES];
	struct op_message message = {.kind = kind & 0x3f, .correlation = feed->n};
	struct wire_message parts = {.n = 0};

	fake_bus.user = who % (PEERS + 1) == PEERS ? "" : peers[who % (PEERS + 1)].key;
	fake_bus.full = kind & 0x40;
	message.fields = feed_bytes(feed, feed_u16(feed));
	message.body = feed_bytes(feed, feed_u16(feed));
	op_header_encode(&message, header);
	if (kind & 0x80)
		header[4] ^= 1;
	add_part(&parts, bytes_of(id, sizeof(id)));
	add_part(&parts, bytes_of(header, sizeof(header)));
	add_part(&parts, message.fields);
	if (message.body.n)
		add_part(&parts, message.body);
	fake_bus.router->calls.on_message(fake_bus.router->calls.ctx, &parts);
	wire_done(&parts);
}

/* To a link of ours, from an owner: (which, kind, n u16, fields, n u16, body) */
static void put_owned(struct bytes *feed)
{
	struct bus_socket *dealer = fake_bus.dealers[feed_u8(feed) & 1];
	struct op_message message = {.kind = feed_u8(feed) & 0x3f};
	struct wire_message parts = {.n = 0};
	uint8_t header[OP_HEADER_BYTES];

	fake_bus.full = false;
	message.fields = feed_bytes(feed, feed_u16(feed));
	message.body = feed_bytes(feed, feed_u16(feed));
	if (!dealer)
		return;
	dealer->calls.on_event(dealer->calls.ctx, true);
	op_header_encode(&message, header);
	add_part(&parts, bytes_of(header, sizeof(header)));
	add_part(&parts, message.fields);
	if (message.body.n)
		add_part(&parts, message.body);
	dealer->calls.on_message(dealer->calls.ctx, &parts);
	wire_done(&parts);
}

static void fill_config(struct daemon_config *config, struct fuzz_node *node)
{
	static char public_key[BUS_KEY_BYTES], secret_key[BUS_KEY_BYTES];

	if (!public_key[0])
		must(!bus_make_keys(public_key, secret_key));
	for (size_t i = 0; i < PEERS; i++) {
		char unused[BUS_KEY_BYTES];
		if (!peers[i].key[0])
			must(!bus_make_keys(peers[i].key, unused));
		config->peers[config->n_peers++] = peers[i];
	}
	config->name = "intake";
	config->listen = "tcp://127.0.0.1:1";
	config->heartbeat_ms = 1000;
	config->service = &node->settings;
	config->followers[config->n_followers++] = fuzz_followers[0];
	for (size_t i = 0; i < 2; i++) {
		config->owners[i] = fuzz_owners[i];
		config->links[i].endpoint = "tcp://127.0.0.1:2";
		config->links[i].key = public_key;
	}
	config->n_owners = 2;
	memcpy(config->public_key, public_key, sizeof(public_key));
	memcpy(config->secret_key, secret_key, sizeof(secret_key));
}

static struct daemon *start(
	struct fuzz_node *node, const struct daemon_program *program, struct loop *loop)
{
	struct daemon *daemon = daemon_new(program);
	struct reason reason = {0};

	must(daemon);
	fill_config(&daemon->config, node);
	daemon->clock = node->options.clock;
	daemon->random = node->random;
	daemon->spare_keys = 16;
	daemon->loop = loop;
	daemon->store = node->store;
	daemon->keyring = node->keyring;
	must(!daemon_open(daemon, &reason));
	must(!daemon_begin(daemon, &reason));
	return daemon;
}

FUZZ(bus)
{
	const struct daemon_program program = {.name = "fuzz", .service = &intake_service};
	struct bytes feed = bytes_of(data, n);
	struct reason reason;
	struct fuzz_node node;
	struct loop *loop;

	log_set_level(LOG_ERROR);
	fake_bus = (struct fake_bus){.router = NULL};
	must(!loop_open(&loop));
	fuzz_node_parts(&node);
	struct daemon *daemon = start(&node, &program, loop);
	for (unsigned i = 0; i < 40 && feed.n; i++) {
		unsigned what = feed_u8(&feed);
		if (what == 0xff)
			must(!bus_set_peers(
				daemon->bus, peers, feed_u8(&feed) % (PEERS + 1), &reason));
		else if (what == 0xfe)
			put_owned(&feed);
		else
			put_message(&feed);
		node.now += what;
		if (what & 1)
			must(!loop_run_for(loop, 0));
	}
	must(!loop_run_for(loop, 0));
	daemon_close(daemon, DAEMON_IN_ORDER);
	node.engine = NULL;
	fuzz_node_close(&node);
	loop_close(loop);
	return 0;
}
