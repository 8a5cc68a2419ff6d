/* The server of a node and its clients, over real sockets: who gets in and what arrives. Touches
 * sockets under /tmp. */
#include "tests/unit/common/bus_fixture.h"

/* ---- requests and replies -------------------------------------------------------------------- */

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

/* ---- who gets in ----------------------------------------------------------------------------- */

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
	assert_false(wire_events(plain).writable);
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
		cmocka_unit_test(test_endpoints),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
