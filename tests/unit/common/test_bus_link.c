/* Links between nodes and the life of sessions, over real sockets: what is followed, silence,
 * restarts, and the self-test. Touches sockets under /tmp. */
#include "tests/unit/common/bus_fixture.h"

/* A follower whose loop the test itself runs. */
struct follower {
	struct keys keys;
	struct loop *loop;
	struct bus *bus;
	struct bus_link *link;
	int64_t welcome_ms; /* 0: 400 */
	unsigned welcomes, followings, batches, items, errors, heartbeats, losts;
	uint64_t head;
	enum err lost_code;
	bool restart_in_batch;
};

static void on_welcome(void *ctx, struct bus_link *link, const struct op_welcome *welcome)
{
	struct op_follow follow = {
		.next = 10, .hash = text_of("h"), .credit_records = 100, .credit_bytes = 1 << 20};
	const struct bus_out out = {OP_FOLLOW, 0, &follow, BYTES_NONE};
	struct follower *follower = ctx;

	follower->welcomes++;
	follower->head = (uint64_t)welcome->head;
	assert_true(bus_link_up(link));
	assert_int_equal(bus_link_send(link, &out), ERR_OK);
}

static void on_following(void *ctx, struct bus_link *link, const struct op_following *following)
{
	struct follower *follower = ctx;
	(void)link;

	follower->followings++;
	assert_int_equal(following->next, 10);
}

static void on_batch(
	void *ctx, struct bus_link *link, const struct op_batch *batch, struct bytes items)
{
	struct op_ack ack = {
		.epoch = 1, .through = batch->last, .credit_records = 100, .credit_bytes = 1 << 20};
	const struct bus_out out = {OP_ACK, 0, &ack, BYTES_NONE};
	struct follower *follower = ctx;
	struct op_item item;

	follower->batches++;
	while (op_batch_next(&items, &item))
		follower->items++;
	if (follower->restart_in_batch)
		bus_link_restart(link);
	else
		assert_int_equal(bus_link_send(link, &out), ERR_OK);
}

static void on_error(void *ctx, struct bus_link *link, const struct op_error *error)
{
	struct follower *follower = ctx;
	(void)link;
	(void)error;

	follower->errors++;
}

static void on_heartbeat(void *ctx, struct bus_link *link, const struct op_heartbeat *heartbeat)
{
	struct follower *follower = ctx;
	(void)link;

	follower->heartbeats++;
	follower->head = (uint64_t)heartbeat->head;
}

static void on_lost(void *ctx, struct bus_link *link, const struct reason *reason)
{
	struct follower *follower = ctx;

	follower->losts++;
	follower->lost_code = reason->code;
	assert_false(bus_link_up(link));
}

static void follower_start(struct follower *follower, struct node *node, const char *name)
{
	struct bus_options options = {.node = "planning.social",
		.clock = clock_real(),
		.random = random_real(),
		.heartbeat_ms = 50};
	const struct bus_link_options link = {.node = name,
		.endpoint = node->endpoint,
		.server_key = node->keys.public_key,
		.handlers = {follower, on_welcome, on_following, on_batch, on_error, on_heartbeat,
			on_lost, NULL, NULL},
		.welcome_ms = follower->welcome_ms ? follower->welcome_ms : 400};

	if (!follower->keys.public_key[0])
		follower->keys = new_keys();
	assert_int_equal(loop_open(&follower->loop), ERR_OK);
	options.loop = follower->loop;
	options.public_key = follower->keys.public_key;
	options.secret_key = follower->keys.secret_key;
	assert_int_equal(bus_open(&options, &follower->bus, NULL), ERR_OK);
	assert_int_equal(bus_link_open(follower->bus, &link, &follower->link, NULL), ERR_OK);
	assert_string_equal(bus_link_node(follower->link), name);
}

static void follower_stop(struct follower *follower)
{
	bus_link_close(follower->link);
	assert_int_equal(bus_counters(follower->bus).rescued, 0);
	bus_close(follower->bus);
	loop_close(follower->loop);
}

#define RUN_UNTIL(follower, expression)                                               \
	do {                                                                          \
		for (int left_ = 10000; !(expression) && left_ > 0; left_ -= 10)      \
			assert_int_equal(loop_run_for((follower)->loop, 10), ERR_OK); \
		if (!(expression))                                                    \
			fail_msg("never came to: %s", #expression);                   \
	} while (0)

static void send_batch(void *arg)
{
	const struct op_item items[] = {
		{.seq = 10, .bytes = bytes_of_string("r")}, {.form = OP_FORM_STUB, .seq = 12}};
	struct op_batch batch = {.epoch = 1,
		.first = 10,
		.last = 15,
		.count = COUNT(items),
		.head = 77,
		.hash_last = text_of("0123456789abcdef0123456789abcdef")};
	struct node *node = arg;
	struct buffer body;

	buffer_init(&body, OP_BODY_MAX);
	for (size_t i = 0; i < COUNT(items); i++)
		op_batch_add(&body, &items[i]);
	const struct bus_out out = {OP_BATCH, 0, &batch, buffer_bytes(&body)};
	assert_non_null(node->follower);
	assert_int_equal(bus_server_send(node->follower, &out), ERR_OK);
	buffer_done(&body);
}

/* A batch that is not one: the number lies outside of it. */
static void send_wrong_batch(void *arg)
{
	const struct op_item item = {.seq = 99, .bytes = bytes_of_string("r")};
	struct op_batch batch = {.epoch = 1,
		.first = 10,
		.last = 15,
		.count = 1,
		.head = 77,
		.hash_last = text_of("0123456789abcdef0123456789abcdef")};
	struct node *node = arg;
	struct buffer body;

	buffer_init(&body, OP_BODY_MAX);
	op_batch_add(&body, &item);
	const struct bus_out out = {OP_BATCH, 0, &batch, buffer_bytes(&body)};
	assert_int_equal(bus_server_send(node->follower, &out), ERR_OK);
	buffer_done(&body);
}

static void start_both(struct node *node, struct follower *follower, const char *name)
{
	follower->keys = new_keys();
	struct bus_peer peer = a_peer("planning.social", &follower->keys, BUS_NODE);

	node->heartbeat_ms = node->heartbeat_ms ? node->heartbeat_ms : 50;
	node_start(node, name);
	node_set_peers(node, &peer, 1);
	follower_start(follower, node, "intake");
	RUN_UNTIL(follower, follower->followings == 1);
}

static void test_follow(void **state)
{
	struct follower follower = {0};
	struct node node = {0};
	(void)state;

	start_both(&node, &follower, "follow");
	assert_int_equal(follower.welcomes, 1);
	assert_int_equal(follower.head, 77);
	node_do(&node, send_batch, &node);
	RUN_UNTIL(&follower, follower.batches == 1);
	assert_int_equal(follower.items, 2);
	RUN_UNTIL(&follower, follower.heartbeats >= 3);
	assert_int_equal(follower.head, 78);
	/* Heartbeats keep the session, both ways, though nothing else is said. */
	for (int i = 0; i < 60; i++)
		assert_int_equal(loop_run_for(follower.loop, 10), ERR_OK);
	struct seen seen = node_look(&node);
	assert_int_equal(seen.acks, 1);
	assert_int_equal(seen.last_through, 15);
	assert_int_equal(seen.sessions, 1);
	assert_int_equal(seen.gone, 0);
	assert_int_equal(follower.losts, 0);
	follower_stop(&follower);
	WAIT_SEEN(&node, s.gone == 1); /* BYE */
	node_stop(&node);
}

static void test_wrong_batch(void **state)
{
	struct follower follower = {0};
	struct node node = {0};
	(void)state;

	start_both(&node, &follower, "wrong");
	node_do(&node, send_wrong_batch, &node);
	RUN_UNTIL(&follower, follower.losts == 1);
	assert_int_equal(follower.lost_code, ERR_PROTOCOL);
	assert_int_equal(follower.batches, 0);
	assert_int_equal(bus_counters(follower.bus).malformed, 1);
	RUN_UNTIL(&follower, follower.followings == 2);
	follower_stop(&follower);
	node_stop(&node);
}

static void test_restart_in_callback(void **state)
{
	struct follower follower = {.restart_in_batch = true};
	struct node node = {0};
	(void)state;

	start_both(&node, &follower, "restart");
	node_do(&node, send_batch, &node);
	RUN_UNTIL(&follower, follower.welcomes == 2);
	assert_int_equal(follower.losts, 1);
	RUN_UNTIL(&follower, follower.followings == 2);
	follower_stop(&follower);
	node_stop(&node);
}

/* BYE is lost when the follower reads it only after the connection is gone. */
static bool was_told_or_saw(const struct follower *follower)
{
	return follower->lost_code == ERR_BUSY || follower->lost_code == ERR_TIMEOUT;
}

/* The node goes away politely, and later without a word, and comes back each time. */
static void test_server_returns(void **state)
{
	struct follower follower = {0};
	struct node node = {.heartbeat_ms = 200};
	(void)state;

	start_both(&node, &follower, "returns");
	node_do(&node, close_server, &node);
	RUN_UNTIL(&follower, follower.losts == 1);
	assert_true(was_told_or_saw(&follower)); /* its BYE says: stopping */
	for (int i = 0; i < 60; i++)
		assert_int_equal(loop_run_for(follower.loop, 10), ERR_OK);
	const struct bus_out out = {OP_ACK, 0, NULL, BYTES_NONE};
	assert_int_equal(bus_link_send(follower.link, &out), ERR_NOT_FOUND);
	node_do(&node, open_server, &node);
	RUN_UNTIL(&follower, follower.followings == 2);

	/* As if it had been killed and started at once: the new one knows no session. */
	struct bus_peer peer = a_peer("planning.social", &follower.keys, BUS_NODE);
	node.seen = (struct seen){0};
	node_set_peers(&node, NULL, 0);
	RUN_UNTIL(&follower, follower.losts == 2);
	node_set_peers(&node, &peer, 1);
	RUN_UNTIL(&follower, follower.followings == 3);
	assert_int_equal(follower.losts, 2);
	follower_stop(&follower);
	node_stop(&node);
}

/* The link is opened long before there is a node. */
static void test_server_late(void **state)
{
	struct follower follower = {.keys = new_keys()};
	struct bus_peer peer = a_peer("planning.social", &follower.keys, BUS_NODE);
	struct node node = {.keys = new_keys()};
	(void)state;

	snprintf(node.endpoint, sizeof(node.endpoint), "ipc://%s/late", directory);
	follower_start(&follower, &node, "intake");
	for (int i = 0; i < 100; i++)
		assert_int_equal(loop_run_for(follower.loop, 10), ERR_OK);
	assert_true(bus_counters(follower.bus).relinked >= 1);
	assert_int_equal(follower.losts, 0); /* nothing had begun */
	node_start(&node, NULL);
	for (int i = 0; i < 60; i++) /* and the key comes later still */
		assert_int_equal(loop_run_for(follower.loop, 10), ERR_OK);
	assert_int_equal(follower.welcomes, 0);
	node_set_peers(&node, &peer, 1);
	RUN_UNTIL(&follower, follower.followings == 1);
	follower_stop(&follower);
	node_stop(&node);
}

static void test_wrong_node(void **state)
{
	struct follower follower = {.keys = new_keys()};
	struct bus_peer peer = a_peer("planning.social", &follower.keys, BUS_NODE);
	struct node node = {0};
	(void)state;

	node_start(&node, "another");
	node_set_peers(&node, &peer, 1);
	follower_start(&follower, &node, "notification");
	RUN_UNTIL(&follower, follower.errors >= 2);
	assert_int_equal(follower.welcomes, 0);
	follower_stop(&follower);
	node_stop(&node);
}

static void hang(void *arg)
{
	usleep((useconds_t) * (int *)arg * 1000);
}

/* The node's process lives, ZeroMQ's own thread answers pings, but its loop hangs. */
static void test_node_hangs(void **state)
{
	struct follower follower = {0};
	struct node node = {0};
	int ms = 1000;
	struct job job = {hang, &ms};
	char done;
	(void)state;

	start_both(&node, &follower, "hangs");
	assert_int_equal(write(node.jobs[1], &job, sizeof(job)), sizeof(job));
	RUN_UNTIL(&follower, follower.losts == 1);
	assert_int_equal(follower.lost_code, ERR_TIMEOUT);
	assert_int_equal(read(node.done[0], &done, 1), 1);
	RUN_UNTIL(&follower, follower.followings == 2);
	follower_stop(&follower);
	node_stop(&node);
}

/* Likewise a peer that greets and then says nothing. */
static void test_peer_hangs(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct node node = {.heartbeat_ms = 50};
	struct arena arena;
	struct op_bye bye;
	struct raw raw;
	(void)state;

	arena_init(&arena, 1 << 20);
	node_start(&node, "peer");
	node_set_peers(&node, &peer, 1);
	raw_open(&raw, &node, &keys);
	raw_greet(&raw, &arena);
	assert_int_equal(node_look(&node).sessions, 1);
	raw_expect(&raw, OP_BYE, &arena, &bye);
	assert_true(text_is(bye.code, "timeout"));
	WAIT_SEEN(&node, s.sessions == 0 && s.gone == 1 && s.counters.silent == 1);
	raw_close(&raw);
	/* One whose connection is gone is found by the heartbeat that cannot be sent to it. */
	raw_open(&raw, &node, &keys);
	raw_greet(&raw, &arena);
	raw_close(&raw);
	WAIT_SEEN(&node, s.gone == 2);
	arena_done(&arena);
	node_stop(&node);
}

/* HELLO was lost with its connection: it is said again over the next one, and nothing waits for the
 * watchdog. */
static void test_lost_hello(void **state)
{
	struct follower follower = {.welcome_ms = 60000};
	struct node node = {.heartbeat_ms = 50, .refuse = true};
	(void)state;

	follower.keys = new_keys();
	struct bus_peer peer = a_peer("planning.social", &follower.keys, BUS_NODE);
	node_start(&node, "hello");
	node_set_peers(&node, &peer, 1);
	follower_start(&follower, &node, "intake");
	RUN_UNTIL(&follower, follower.errors == 1);
	node_do(&node, close_server, &node);
	node.refuse = false;
	assert_int_equal(loop_run_for(follower.loop, 100), ERR_OK);
	node_do(&node, open_server, &node);
	RUN_UNTIL(&follower, follower.welcomes == 1);
	follower_stop(&follower);
	node_stop(&node);
}

/* ---- the self-test --------------------------------------------------------------------------- */

static int64_t steady(void)
{
	const struct clock clock = clock_real();

	return clock_steady(&clock);
}

static void test_self_test(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct reason reason = {0};
	struct node node = {0};
	(void)state;

	node_start(&node, "self");
	node_do(&node, stop_loop, node.loop);
	assert_int_equal(pthread_join(node.thread, NULL), 0);
	assert_int_equal(bus_set_peers(node.bus, &peer, 1, NULL), ERR_OK);
	int64_t begin = steady();
	assert_int_equal(bus_self_test(node.server, NULL, &reason), ERR_OK);
	assert_true(steady() - begin < 4000);
	assert_int_equal(node.seen.welcomes, 0); /* the caller is not bothered */
	assert_int_equal(bus_server_sessions(node.server), 0);

	/* The same address and key, but nobody asks about keys: what a missing ZAP handler amounts
	 * to. */
	void *zmq = zmq_ctx_new();
	void *open = zmq_socket(zmq, ZMQ_ROUTER);
	char endpoint[160];
	int one = 1;
	snprintf(endpoint, sizeof(endpoint), "ipc://%s/open", directory);
	zmq_setsockopt(open, ZMQ_CURVE_SERVER, &one, sizeof(one));
	zmq_setsockopt(open, ZMQ_CURVE_SECRETKEY, node.keys.secret_key, BUS_KEY_BYTES);
	assert_int_equal(zmq_bind(open, endpoint), 0);
	begin = steady();
	assert_int_equal(bus_self_test(node.server, endpoint, &reason), ERR_DENIED);
	assert_non_null(strstr(reason.rule, "lets in a key"));
	assert_true(steady() - begin < 4000);
	zmq_close(open);
	zmq_ctx_term(zmq);
	unlink(endpoint + 6);

	/* A ZAP handler that lets in nobody is no good either. */
	bus_socket_close(node.bus->zap, 0);
	node.bus->zap = NULL;
	zmq = zmq_socket(node.bus->zmq, ZMQ_REP);
	const struct bus_socket_calls deaf = {.ctx = node.bus, .on_message = NULL};
	assert_int_equal(bus_socket_open(node.bus, zmq, &deaf, &node.bus->zap), ERR_OK);
	begin = steady();
	assert_int_equal(bus_self_test(node.server, NULL, &reason), ERR_TIMEOUT);
	assert_non_null(strstr(reason.rule, "does not welcome"));
	assert_true(steady() - begin < 4000);
	assert_int_equal(pthread_create(&node.thread, NULL, run_thread, &node), 0);
	node_stop(&node);
}

struct keys_job {
	struct node *node;
	struct keys keys;
	enum err err;
};

static void set_keys_job(void *arg)
{
	struct keys_job *job = arg;

	job->err = bus_set_keys(job->node->bus, job->keys.public_key, job->keys.secret_key, NULL);
}

static void move_link(
	struct follower *follower, struct node *node, const char *key, const char *next)
{
	const struct bus_link_options options = {
		.endpoint = node->endpoint, .server_key = key, .next_key = next};

	assert_int_equal(bus_link_move(follower->link, &options, NULL), ERR_OK);
	for (int i = 0; i < 10; i++)
		assert_int_equal(loop_run_for(follower->loop, 10), ERR_OK);
}

/* The owner's key changes: a follower that was told before comes back by itself, and the session
 * that it then has outlives the end of the old key. */
static void test_owner_changes_key(void **state)
{
	struct follower follower = {0};
	struct node node = {.heartbeat_ms = 200};
	struct keys_job job = {.node = &node, .keys = new_keys()};
	const char *now = node.keys.public_key, *next = job.keys.public_key;
	(void)state;

	start_both(&node, &follower, "owner-key");
	move_link(&follower, &node, now, next);
	assert_int_equal(follower.losts, 0);
	node_do(&node, set_keys_job, &job);
	assert_int_equal(job.err, ERR_OK);
	RUN_UNTIL(&follower, follower.losts == 1);
	assert_true(was_told_or_saw(&follower));
	RUN_UNTIL(&follower, follower.followings == 2);
	move_link(&follower, &node, next, NULL);
	assert_true(bus_link_up(follower.link));
	assert_int_equal(follower.losts, 1);
	/* the old key leads nowhere any more */
	move_link(&follower, &node, now, NULL);
	RUN_UNTIL(&follower, follower.losts == 2);
	for (int i = 0; i < 100; i++)
		assert_int_equal(loop_run_for(follower.loop, 10), ERR_OK);
	assert_int_equal(follower.followings, 2);
	move_link(&follower, &node, next, "");
	RUN_UNTIL(&follower, follower.followings == 3);
	const struct bus_link_options wrong = {.endpoint = node.endpoint, .server_key = "short"};
	assert_int_equal(bus_link_move(follower.link, &wrong, NULL), ERR_INVALID);
	assert_true(bus_link_up(follower.link));
	follower_stop(&follower);
	node_stop(&node);
}

/* The follower's own key changes while both are let in; taking the old one out ends nothing, taking
 * out the new one ends the session at once. */
static void test_follower_changes_key(void **state)
{
	struct follower follower = {0};
	struct node node = {0};
	(void)state;

	start_both(&node, &follower, "follower-key");
	const struct keys old = follower.keys, new = new_keys();
	const struct bus_peer both[] = {a_peer("planning.social", &old, BUS_NODE),
		a_peer("planning.social", &new, BUS_NODE)};
	node_set_peers(&node, both, 2);
	assert_int_equal(
		bus_set_keys(follower.bus, new.public_key, old.secret_key, NULL), ERR_INVALID);
	assert_int_equal(bus_set_keys(follower.bus, new.public_key, new.secret_key, NULL), ERR_OK);
	bus_link_restart(follower.link);
	RUN_UNTIL(&follower, follower.followings == 2);
	node_set_peers(&node, &both[1], 1);
	for (int i = 0; i < 30; i++)
		assert_int_equal(loop_run_for(follower.loop, 10), ERR_OK);
	assert_int_equal(follower.losts, 1);
	node_set_peers(&node, &both[0], 1);
	RUN_UNTIL(&follower, follower.losts == 2);
	assert_int_equal(follower.lost_code, ERR_DENIED);
	follower_stop(&follower);
	node_stop(&node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_follow),
		cmocka_unit_test(test_wrong_batch),
		cmocka_unit_test(test_owner_changes_key),
		cmocka_unit_test(test_follower_changes_key),
		cmocka_unit_test(test_restart_in_callback),
		cmocka_unit_test(test_server_returns),
		cmocka_unit_test(test_server_late),
		cmocka_unit_test(test_wrong_node),
		cmocka_unit_test(test_node_hangs),
		cmocka_unit_test(test_peer_hangs),
		cmocka_unit_test(test_lost_hello),
		cmocka_unit_test(test_self_test),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
