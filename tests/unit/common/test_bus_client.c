/* A client whose node or session goes away, over real sockets under /tmp. */
#include "tests/unit/common/bus_fixture.h"

static void test_client_outlives_node(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request request = a_request("echo", "x");
	struct client_answer answer;
	struct node node = {.heartbeat_ms = 50};
	uint64_t sent = 0;
	(void)state;

	node_start(&node, "outlives");
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	node.mute = true;
	request.key = (struct uuid){{7}};
	assert_int_equal(client_send(client, &request, &sent), ERR_OK);
	assert_int_equal(client_flush(client), ERR_OK);
	WAIT_SEEN(&node, s.requests == 1);
	node_do(&node, close_server, &node);
	assert_int_equal(client_receive(client, 5000, &answer), ERR_OK);
	assert_int_equal(answer.correlation, sent);
	assert_int_equal(answer.status, ERR_TIMEOUT);
	assert_true(answer.unknown); /* it may have been done */
	assert_true(uuid_equal(answer.key, request.key));
	node.mute = false;
	node_do(&node, open_server, &node);
	assert_int_equal(client_call(client, &request, &answer), ERR_OK);
	assert_int_equal(answer.status, ERR_OK);
	client_close(client);
	node_stop(&node);
}

/* A request that was lost with its session is not overtaken by the one behind it. */
static void test_lost_request_comes_first(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	const struct client_request request = a_request("echo", "x");
	struct client_answer answer;
	struct node node = {.heartbeat_ms = 50, .mute = true};
	uint64_t lost = 0, behind = 0;
	(void)state;

	node_start(&node, "overtaken");
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	assert_int_equal(client_send(client, &request, &lost), ERR_OK);
	assert_int_equal(client_flush(client), ERR_OK);
	WAIT_SEEN(&node, s.requests == 1);
	node_do(&node, close_server, &node);
	node.mute = false;
	node_do(&node, open_server, &node);
	usleep(400000); /* long enough silent that the client notices when it looks */
	assert_int_equal(client_send(client, &request, &behind), ERR_OK);
	assert_int_equal(client_flush(client), ERR_TIMEOUT);
	assert_int_equal(client_receive(client, 5000, &answer), ERR_OK);
	assert_int_equal(answer.correlation, lost);
	assert_true(answer.unknown);
	assert_int_equal(client_receive(client, 5000, &answer), ERR_OK);
	assert_int_equal(answer.correlation, behind);
	assert_int_equal(answer.status, ERR_TIMEOUT);
	assert_false(answer.unknown);
	assert_int_equal(node_look(&node).requests, 1);
	assert_int_equal(client_call(client, &request, &answer), ERR_OK);
	assert_int_equal(answer.status, ERR_OK);
	client_close(client);
	node_stop(&node);
}

/* Idle for longer than sessions live: the next call must not notice. */
static void test_idle_client(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request request = a_request("echo", "x");
	struct client_answer answer;
	struct node node = {.heartbeat_ms = 200};
	(void)state;

	node_start(&node, "idle");
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	WAIT_SEEN(&node, s.sessions == 0);
	assert_int_equal(client_call(client, &request, &answer), ERR_OK);
	assert_int_equal(answer.status, ERR_OK);
	/* Waiting for an answer is not being idle. */
	node.mute = true;
	request.timeout_ms = 1500;
	assert_int_equal(client_call(client, &request, &answer), ERR_TIMEOUT);
	assert_true(answer.unknown);
	assert_int_equal(node_look(&node).sessions, 1);
	client_close(client);
	node_stop(&node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client_outlives_node),
		cmocka_unit_test(test_lost_request_comes_first),
		cmocka_unit_test(test_idle_client),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
