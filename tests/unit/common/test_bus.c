/* The server of a node and its clients, over real sockets: who gets in, what arrives, and what
 * wrong messages can do. Touches sockets under /tmp and on the loopback address. */
#include "tests/unit/common/bus_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* ---- requests and replies
 * ------------------------------------------------------------------------ */

static void test_round_trip(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request request = a_request("echo", "hello");
	struct client_answer answer;
	struct node node = {0};
	(void)state;

	node_start(&node, "round");
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	assert_int_equal(client_node_head(client), 77);
	request.key = (struct uuid){{1, 2, 3}};
	assert_int_equal(client_call(client, &request, &answer), ERR_OK);
	assert_int_equal(answer.status, ERR_OK);
	assert_true(bytes_equal(answer.body, request.body));
	assert_true(uuid_equal(answer.key, request.key));
	assert_int_equal(answer.seq, 1);
	assert_false(answer.unknown);

	request.type = text_of("refuse_me");
	assert_int_equal(client_call(client, &request, &answer), ERR_OK);
	assert_int_equal(answer.status, ERR_CONFLICT);
	assert_string_equal(answer.reason.field, "slot");
	assert_string_equal(answer.reason.rule, "is booked already");

	struct seen seen = node_look(&node);
	assert_string_equal(seen.last_name, "portal"); /* of the key, not what HELLO says */
	assert_int_equal(seen.sessions, 1);
	client_close(client);
	WAIT_SEEN(&node, s.gone == 1 && s.sessions == 0); /* BYE */
	node_stop(&node);
}

static void test_shared_message(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request request = a_request("echo", "");
	struct client_answer answer;
	struct node node = {0};
	uint64_t sent[100];
	(void)state;

	node_start(&node, "shared");
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	for (size_t i = 0; i < COUNT(sent); i++) {
		char body[16];
		snprintf(body, sizeof(body), "%zu", i);
		request.body = bytes_of_string(body);
		assert_int_equal(client_send(client, &request, &sent[i]), ERR_OK);
	}
	for (size_t i = 0; i < COUNT(sent); i++) {
		char body[16];
		snprintf(body, sizeof(body), "%zu", i);
		assert_int_equal(client_receive(client, 5000, &answer), ERR_OK);
		assert_int_equal(answer.correlation, sent[i]);
		assert_true(bytes_equal(answer.body, bytes_of_string(body)));
	}
	struct seen seen = node_look(&node);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.requests, COUNT(sent));
	assert_int_equal(client_receive(client, 10, &answer), ERR_TIMEOUT);
	client_close(client);
	node_stop(&node);
}

/* Bodies that fill several messages; one that fits in none. */
static void test_large_requests(void **state)
{
	static char large[61441];
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request request = a_request("echo", "");
	struct client_answer answer;
	struct node node = {0};
	uint64_t sent = 0;
	(void)state;

	node_start(&node, "large");
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	request.body = bytes_of(large, sizeof(large));
	assert_int_equal(client_send(client, &request, &sent), ERR_LIMIT);
	request.body.n--;
	for (int i = 0; i < 10; i++)
		assert_int_equal(client_send(client, &request, &sent), ERR_OK);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(client_receive(client, 5000, &answer), ERR_OK);
		assert_int_equal(answer.status, ERR_OK);
		assert_int_equal(answer.body.n, request.body.n);
	}
	struct seen seen = node_look(&node);
	assert_int_equal(seen.calls, 4); /* three fit in one */
	client_close(client);
	node_stop(&node);
}

static void test_pipelined(void **state)
{
	enum { REQUESTS = 5000 };
	static bool answered[REQUESTS];
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request request = a_request("echo", "x");
	struct client_answer answer;
	struct node node = {0};
	uint64_t first = 0;
	(void)state;

	node_start(&node, "pipelined");
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	for (uint64_t i = 0, sent = 0; i < REQUESTS; i++) {
		assert_int_equal(client_send(client, &request, &sent), ERR_OK);
		assert_int_equal(client_flush(client), ERR_OK);
		first = i ? first : sent;
	}
	for (int i = 0; i < REQUESTS; i++) {
		assert_int_equal(client_receive(client, 5000, &answer), ERR_OK);
		assert_int_equal(answer.status, ERR_OK);
		assert_true(answer.correlation - first < REQUESTS);
		assert_false(answered[answer.correlation - first]);
		answered[answer.correlation - first] = true;
	}
	struct seen seen = node_look(&node);
	assert_int_equal(seen.calls, REQUESTS);
	assert_int_equal(seen.counters.malformed, 0);
	client_close(client);
	node_stop(&node);
}

/* A node that answers nothing is not sent more than the window; what was not sent is known not
 * done. */
static void test_window(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request request = a_request("echo", "x");
	struct client_answer answer;
	struct client *client = NULL;
	struct node node = {.mute = true};
	uint64_t sent = 0;
	(void)state;

	node_start(&node, "window");
	node_set_peers(&node, &peer, 1);
	assert_int_equal(try_client(&node, &keys, 1000, &client), ERR_OK);
	for (int i = 0; i < OP_WINDOW; i++) {
		assert_int_equal(client_send(client, &request, &sent), ERR_OK);
		assert_int_equal(client_flush(client), ERR_OK);
	}
	assert_int_equal(client_send(client, &request, &sent), ERR_OK);
	assert_int_equal(client_flush(client), ERR_BUSY);
	assert_int_equal(client_receive(client, 1000, &answer), ERR_OK);
	assert_int_equal(answer.correlation, sent);
	assert_int_equal(answer.status, ERR_BUSY);
	assert_false(answer.unknown);
	WAIT_SEEN(&node, s.requests == OP_WINDOW);
	client_close(client);
	node_stop(&node);
}

/* client_call leaves the answers to earlier requests where they were. */
static void test_call_between(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request one = a_request("echo", "one");
	struct client_request two = a_request("echo", "two");
	struct client_answer answer;
	struct node node = {0};
	uint64_t sent = 0;
	(void)state;

	node_start(&node, "between");
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	assert_int_equal(client_send(client, &one, &sent), ERR_OK);
	assert_int_equal(client_call(client, &two, &answer), ERR_OK);
	assert_true(bytes_equal(answer.body, two.body));
	assert_int_equal(client_receive(client, 5000, &answer), ERR_OK);
	assert_int_equal(answer.correlation, sent);
	assert_true(bytes_equal(answer.body, one.body));
	client_close(client);
	node_stop(&node);
}

static void pause_server(void *arg)
{
	bus_server_pause(arg, true);
}

static void resume_server(void *arg)
{
	bus_server_pause(arg, false);
}

static void test_pause(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request request = a_request("echo", "x");
	struct client_answer answer;
	struct node node = {.heartbeat_ms = 50};
	uint64_t sent = 0;
	(void)state;

	node_start(&node, "pause");
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	node_do(&node, pause_server, node.server);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(client_send(client, &request, &sent), ERR_OK);
		assert_int_equal(client_flush(client), ERR_OK);
	}
	assert_int_equal(client_receive(client, 400, &answer), ERR_TIMEOUT);
	struct seen seen = node_look(&node);
	assert_int_equal(seen.calls, 0);
	assert_int_equal(seen.sessions, 1); /* silence is not held against it */
	node_do(&node, resume_server, node.server);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(client_receive(client, 5000, &answer), ERR_OK);
		assert_int_equal(answer.status, ERR_OK);
	}
	client_close(client);
	node_stop(&node);
}

/* ---- who gets in
 * --------------------------------------------------------------------------------- */

static void test_unknown_key(void **state)
{
	struct keys known = new_keys();
	struct keys unknown = new_keys();
	struct bus_peer peer = a_peer("portal", &known, BUS_CLIENT);
	struct client *client = NULL;
	struct node node = {0};
	(void)state;

	node_start(&node, "unknown");
	assert_int_equal(try_client(&node, &known, 300, &client), ERR_TIMEOUT);
	node_set_peers(&node, &peer, 1);
	assert_int_equal(try_client(&node, &unknown, 300, &client), ERR_TIMEOUT);
	assert_null(client);
	struct seen seen = node_look(&node);
	assert_int_equal(seen.sessions, 0);
	assert_int_equal(seen.welcomes, 0);
	assert_int_equal(seen.counters.admitted, 0);
	assert_true(seen.counters.denied >= 2);
	/* Nor without any security, which a node never speaks. */
	void *zmq = zmq_ctx_new();
	void *plain = zmq_socket(zmq, ZMQ_DEALER);
	int one = 1, none = 0;
	zmq_setsockopt(plain, ZMQ_IMMEDIATE, &one, sizeof(one));
	zmq_setsockopt(plain, ZMQ_LINGER, &none, sizeof(none));
	assert_int_equal(zmq_connect(plain, node.endpoint), 0);
	usleep(200000);
	assert_false(wire_writable(plain));
	zmq_close(plain);
	zmq_ctx_term(zmq);
	node_stop(&node);
}

static void test_peers_change(void **state)
{
	struct keys old = new_keys();
	struct keys rotated = new_keys();
	struct bus_peer peers[] = {
		a_peer("portal", &old, BUS_CLIENT), a_peer("portal", &rotated, BUS_CLIENT)};
	struct client_request request = a_request("echo", "x");
	struct client_answer answer;
	struct client *second = NULL;
	struct node node = {0};
	(void)state;

	node_start(&node, "change");
	node_set_peers(&node, peers, 1);
	struct client *client = NULL;
	assert_int_equal(try_client(&node, &old, 1000, &client), ERR_OK);
	assert_int_equal(try_client(&node, &rotated, 200, &second), ERR_TIMEOUT);
	node_set_peers(&node, peers, 2); /* both, while keys are exchanged */
	second = a_client(&node, &rotated);
	assert_int_equal(client_call(client, &request, &answer), ERR_OK);
	assert_int_equal(client_call(second, &request, &answer), ERR_OK);
	assert_int_equal(node_look(&node).sessions, 2);

	/* The old key goes: its session ends at once though its connection stands and its name is
	 * known. */
	node_set_peers(&node, &peers[1], 1);
	WAIT_SEEN(&node, s.sessions == 1 && s.gone >= 1);
	assert_int_equal(client_call(second, &request, &answer), ERR_OK);
	assert_int_equal(answer.status, ERR_OK);
	unsigned before = node_look(&node).requests;
	enum err err = client_call(client, &request, &answer);
	assert_true(err == ERR_TIMEOUT || answer.status == ERR_TIMEOUT);
	assert_int_equal(node_look(&node).requests, before);

	/* A changed row ends the session too: what it may do was decided when it began. */
	assert_int_equal(client_call(second, &request, &answer), ERR_OK);
	assert_int_equal(answer.status, ERR_OK);
	assert_int_equal(node_look(&node).sessions, 1);
	peers[1].role_bit = 8;
	node_set_peers(&node, &peers[1], 1);
	assert_int_equal(node_look(&node).sessions, 0);
	client_close(client);
	client_close(second);
	node_stop(&node);
}

static void test_wrong_peers(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer good = a_peer("portal", &keys, BUS_CLIENT);
	struct bus_peer rows[][2] = {{good, good}, {good, good}, {good, good}, {good, good}};
	struct node node = {0};
	struct reason reason;
	(void)state;

	rows[0][0].key[5] = ' ';
	rows[1][0].key[39] = '\0';
	rows[2][0].name[0] = '\0';
	node_start(&node, "wrong");
	for (size_t i = 0; i < COUNT(rows); i++) /* the last: a key twice */
		assert_int_equal(
			bus_set_peers(node.bus, rows[i], i < 3 ? 1 : 2, &reason), ERR_INVALID);
	node_stop(&node);
}

static void test_refused_session(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client *clients[3];
	struct node node = {.max_sessions = 2};
	struct client *client = NULL;
	(void)state;

	node_start(&node, "refused");
	node_set_peers(&node, &peer, 1);
	node.refuse = true;
	assert_int_equal(try_client(&node, &keys, 2000, &client), ERR_DENIED);
	assert_int_equal(node_look(&node).gone, 0); /* it never began */
	node.refuse = false;
	clients[0] = a_client(&node, &keys);
	clients[1] = a_client(&node, &keys);
	assert_int_equal(try_client(&node, &keys, 2000, &client), ERR_BUSY);
	client_close(clients[0]);
	WAIT_SEEN(&node, s.sessions == 1);
	clients[2] = a_client(&node, &keys);
	client_close(clients[1]);
	client_close(clients[2]);
	node_stop(&node);
}

/* ---- wrong messages
 * ------------------------------------------------------------------------------ */

static struct arena arena;

static void test_hello_first(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct op_heartbeat heartbeat = {0};
	struct op_follow follow = {.next = 1, .credit_records = 1, .credit_bytes = 65536};
	struct op_hello future = a_hello();
	struct op_bye bye;
	struct op_error error;
	struct node node = {0};
	struct raw raw;
	(void)state;

	node_start(&node, "first");
	node_set_peers(&node, &peer, 1);
	raw_open(&raw, &node, &keys);
	raw_send(&raw, &(struct bus_out){OP_HEARTBEAT, 0, &heartbeat, BYTES_NONE});
	raw_expect(&raw, OP_BYE, &arena, &bye);
	assert_true(text_is(bye.code, "not_found"));
	future.min_major = future.max_major = 2;
	raw_send(&raw, &(struct bus_out){OP_HELLO, 0, &future, BYTES_NONE});
	raw_expect(&raw, OP_ERROR, &arena, &error);
	assert_true(text_is(error.code, "protocol"));
	raw_greet(&raw, &arena);
	/* A client may not follow, and nobody may say what only nodes say. */
	raw_send(&raw, &(struct bus_out){OP_FOLLOW, 9, &follow, BYTES_NONE});
	raw_expect(&raw, OP_ERROR, &arena, &error);
	assert_true(text_is(error.code, "denied"));
	raw_send(&raw, &(struct bus_out){OP_BYE, 0, &(struct op_bye){0}, BYTES_NONE});
	WAIT_SEEN(&node, s.sessions == 0 && s.gone == 1);
	raw_close(&raw);
	node_stop(&node);
}

/* A wrong request among right ones: it alone is refused. */
static void test_one_wrong(void **state)
{
	static const char garbage[] = {0, 0, 0, 3, '\x81', '\x01', '\xc1'};
	struct op_request request = {.type = text_of("echo"), .body = text_of("right")};
	struct op_requests fields = {.count = 3};
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct node node = {0};
	struct buffer body;
	struct raw raw;
	unsigned right = 0, wrong = 0;
	(void)state;

	node_start(&node, "one");
	node_set_peers(&node, &peer, 1);
	raw_open(&raw, &node, &keys);
	raw_greet(&raw, &arena);
	buffer_init(&body, OP_BODY_MAX);
	op_item_add(&body, schema_op_request(), &request);
	buffer_add(&body, garbage, sizeof(garbage));
	op_item_add(&body, schema_op_request(), &request);
	raw_send(&raw, &(struct bus_out){OP_REQUEST, 500, &fields, buffer_bytes(&body)});
	while (right + wrong < 3) {
		struct wire_message parts;
		struct op_message message;
		struct op_item item;
		assert_true(raw_receive(&raw, 5000, &parts, &message));
		assert_int_equal(message.kind, OP_REPLY);
		while (op_item_next(&message.body, &item)) {
			struct op_reply reply;
			assert_int_equal(schema_decode(schema_op_reply(), item.bytes, PACK_PLAIN,
						 &arena, &reply, NULL),
				ERR_OK);
			if (reply.correlation == 501) {
				assert_true(text_is(reply.status, "protocol"));
				wrong++;
			} else {
				assert_true(reply.correlation == 500 || reply.correlation == 502);
				assert_int_equal(reply.status.n, 0);
				right++;
			}
		}
		wire_done(&parts);
	}
	assert_int_equal(right, 2);
	/* A count that the body does not hold refuses the whole message, which cannot be told
	 * apart. */
	fields.count = 7;
	raw_send(&raw, &(struct bus_out){OP_REQUEST, 600, &fields, buffer_bytes(&body)});
	struct op_error error;
	raw_expect(&raw, OP_ERROR, &arena, &error);
	assert_true(text_is(error.field, "body"));
	fields.count = 3;
	raw_send(&raw, &(struct bus_out){OP_REQUEST, UINT64_MAX, &fields, buffer_bytes(&body)});
	raw_expect(&raw, OP_ERROR, &arena, &error);
	assert_true(text_is(error.field, "header.correlation"));
	assert_int_equal(node_look(&node).sessions, 1);
	buffer_done(&body);
	raw_close(&raw);
	node_stop(&node);
}

static void send_random(struct raw *raw, struct random *random)
{
	uint8_t bytes[256];
	size_t parts = 1 + random_u64(random) % 6;

	for (size_t i = 0; i < parts; i++) {
		size_t n = random_u64(random) % sizeof(bytes);
		random->fill(random->ctx, bytes, sizeof(bytes));
		if (i == 0 && random_u64(random) % 2)
			n = OP_HEADER_BYTES;
		if (random_u64(random) % 2)
			memcpy(bytes, "OP\1", 3);
		zmq_send(raw->socket, bytes, n, i + 1 < parts ? ZMQ_SNDMORE : 0);
	}
}

static void send_right_header(struct raw *raw, struct random *random)
{
	uint8_t header[OP_HEADER_BYTES], fields[64];
	struct op_message message = {.kind = (enum op_kind)(2 + random_u64(random) % OP_KIND_END),
		.fields = bytes_of(fields, 1 + random_u64(random) % sizeof(fields))};

	random->fill(random->ctx, fields, sizeof(fields));
	/* BYE and HELLO would begin or end something when they happen to be right. */
	if (message.kind == OP_BYE)
		message.kind = OP_REQUEST;
	op_header_encode(&message, header);
	zmq_send(raw->socket, header, sizeof(header), ZMQ_SNDMORE);
	zmq_send(raw->socket, fields, message.fields.n, 0);
}

static void test_random_bytes(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request request = a_request("echo", "x");
	struct client_answer answer;
	uint64_t seed = 4711;
	struct random random = random_seeded(&seed);
	struct node node = {0};
	struct raw raw;
	(void)state;

	node_start(&node, "random");
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	raw_open(&raw, &node, &keys);
	raw_greet(&raw, &arena);
	for (int i = 0; i < 2000; i++) {
		struct wire_message parts;
		if (i % 4)
			send_random(&raw, &random);
		else
			send_right_header(&raw, &random);
		while (wire_receive(raw.socket, &parts))
			wire_done(&parts);
	}
	WAIT_SEEN(&node, s.counters.malformed == 2000);
	assert_int_equal(node_look(&node).sessions, 2);
	assert_int_equal(client_call(client, &request, &answer), ERR_OK);
	assert_int_equal(answer.status, ERR_OK);
	client_close(client);
	raw_close(&raw);
	node_stop(&node);
}

/* More than a message may have: the peer that sends it loses its connection, nobody else loses
 * anything. */
static void test_oversized(void **state)
{
	static uint8_t large[OP_MESSAGE_MAX + 4096];
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request request = a_request("echo", "x");
	struct client_answer answer;
	struct node node = {0};
	struct raw raw;
	(void)state;

	node_start(&node, "oversized");
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	raw_open(&raw, &node, &keys);
	raw_greet(&raw, &arena);
	assert_int_equal(zmq_send(raw.socket, large, sizeof(large), ZMQ_DONTWAIT), sizeof(large));
	assert_int_equal(client_call(client, &request, &answer), ERR_OK);
	assert_int_equal(answer.status, ERR_OK);
	WAIT_SEEN(&node, s.sessions == 1 && s.gone == 1);
	raw_close(&raw);
	/* Parts that pass one by one but are too much together are refused above ZeroMQ. */
	raw_open(&raw, &node, &keys);
	raw_greet(&raw, &arena);
	for (int i = 0; i < 3; i++)
		zmq_send(raw.socket, large, OP_MESSAGE_MAX, i < 2 ? ZMQ_SNDMORE : 0);
	struct op_error error;
	raw_expect(&raw, OP_ERROR, &arena, &error);
	assert_true(text_is(error.code, "protocol"));
	assert_int_equal(client_call(client, &request, &answer), ERR_OK);
	client_close(client);
	raw_close(&raw);
	node_stop(&node);
}

static int connect_tcp(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static int free_port(void)
{
	for (int port = 20000 + getpid() % 10000; port < 32767; port++) {
		struct sockaddr_in at = {.sin_family = AF_INET,
			.sin_port = htons((uint16_t)port),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		int rc = bind(fd, (const struct sockaddr *)&at, sizeof(at));
		close(fd);
		if (rc == 0)
			return port;
	}
	fail_msg("no free port");
	return 0;
}

static long resident_kib(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long total = 0, resident = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld %ld", &total, &resident), 2);
	fclose(file);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Before any key was seen: a frame that announces 250 GB, and then all that the node will take. */
static void test_announced_size(void **state)
{
	static const uint8_t greeting[64] = {
		[0] = 0xff, [8] = 1, [9] = 0x7f, [10] = 3, [12] = 'C', 'U', 'R', 'V', 'E'};
	static const uint8_t frame[] = {
		2, 0, 0, 0, 0x3a, 0x35, 0x29, 0x44, 0, 0}; /* 64-bit length */
	static uint8_t flood[1 << 20];
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request request = a_request("echo", "x");
	struct client_answer answer;
	struct node node = {0};
	int port = free_port();
	(void)state;

	snprintf(node.endpoint, sizeof(node.endpoint), "tcp://127.0.0.1:%d", port);
	node_start(&node, NULL);
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	long before = resident_kib();
	int fd = connect_tcp(port);
	uint8_t large[sizeof(frame)];
	memcpy(large, frame, sizeof(frame));
	put_u64(large + 1, UINT64_C(250000000000));
	assert_int_equal(send(fd, greeting, sizeof(greeting), MSG_NOSIGNAL), sizeof(greeting));
	usleep(50000);
	(void)!send(fd, large, 9, MSG_NOSIGNAL);
	for (int i = 0; i < 64; i++)
		if (send(fd, flood, sizeof(flood), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			usleep(1000);
	assert_true(resident_kib() - before < 32 * 1024);
	assert_int_equal(client_call(client, &request, &answer), ERR_OK);
	assert_int_equal(answer.status, ERR_OK);
	close(fd);
	client_close(client);
	node_stop(&node);
}

static void test_endpoints(void **state)
{
	static const char *const rows[] = {"tcp://127.0.0.1:32768", "tcp://127.0.0.1:0",
		"tcp://127.0.0.1:*", "tcp://127.0.0.1", "tcp://", "inproc://x", "",
		"ipc:", "tcp://127.0.0.1:70000000000000000000"};
	struct node node = {0};
	(void)state;

	node_start(&node, "endpoints");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct bus_server_handlers handlers = {.ctx = &node, .on_gone = node_gone};
		struct bus_server *server = NULL;
		struct reason reason = {0};
		if (bus_server_open(node.bus, rows[i], &handlers, &server, &reason) != ERR_INVALID)
			fail_msg("%s", rows[i]);
		assert_string_equal(reason.field, "endpoint");
	}
	node_stop(&node);
}

static void test_keys(void **state)
{
	struct keys keys = new_keys();
	char derived[BUS_KEY_BYTES];
	(void)state;

	assert_int_equal(bus_public_of(keys.secret_key, derived), ERR_OK);
	assert_string_equal(derived, keys.public_key);
	assert_int_equal(bus_public_of("short", derived), ERR_INVALID);
	keys.secret_key[3] = ' ';
	assert_int_equal(bus_public_of(keys.secret_key, derived), ERR_INVALID);
}

static int set_up(void **state)
{
	arena_init(&arena, 64 * 1024 * 1024);
	return make_directory(state);
}

static int tear_down(void **state)
{
	arena_done(&arena);
	return remove_directory(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_shared_message),
		cmocka_unit_test(test_large_requests),
		cmocka_unit_test(test_pipelined),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_call_between),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_unknown_key),
		cmocka_unit_test(test_peers_change),
		cmocka_unit_test(test_wrong_peers),
		cmocka_unit_test(test_refused_session),
		cmocka_unit_test(test_hello_first),
		cmocka_unit_test(test_one_wrong),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_oversized),
		cmocka_unit_test(test_announced_size),
		cmocka_unit_test(test_endpoints),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
