/* Edges of ZeroMQ's descriptor that something else swallowed. Touches sockets within the process,
 * and under /tmp. */
#include "tests/unit/common/bus_fixture.h"

static int arrived;

static void count_message(void *ctx, struct wire_message *message)
{
	(void)ctx;
	(void)message;
	arrived++;
}

/* The edge is swallowed and nothing of ours was told: only the rescue timer can find the message,
 * and must say that it did. */
static void test_rescue(void **state)
{
	const struct bus_socket_calls calls = {.on_message = count_message};
	struct node node = {0};
	struct bus_socket *socket = NULL;
	(void)state;

	node_start(&node, "rescue");
	node_do(&node, stop_loop, node.loop);
	assert_int_equal(pthread_join(node.thread, NULL), 0);
	void *zmq = zmq_socket(node.bus->zmq, ZMQ_PAIR);
	void *other = zmq_socket(node.bus->zmq, ZMQ_PAIR);
	assert_int_equal(zmq_bind(zmq, "inproc://rescue"), 0);
	assert_int_equal(zmq_connect(other, "inproc://rescue"), 0);
	assert_int_equal(bus_socket_open(node.bus, zmq, &calls, &socket), ERR_OK);
	assert_int_equal(loop_run_for(node.loop, 50), ERR_OK);
	assert_int_equal(zmq_send(other, "x", 1, 0), 1);
	assert_true(wire_events(zmq).readable); /* behind the socket's back */
	assert_int_equal(loop_run_for(node.loop, 500), ERR_OK);
	assert_int_equal(arrived, 0);
	assert_int_equal(loop_run_for(node.loop, 1000), ERR_OK);
	assert_int_equal(arrived, 1);
	assert_int_equal(bus_counters(node.bus).rescued, 1);
	/* The same with the socket told: found at once, and not counted. */
	assert_int_equal(zmq_send(other, "x", 1, 0), 1);
	assert_true(wire_events(zmq).readable);
	bus_socket_touched(socket);
	assert_int_equal(loop_run_for(node.loop, 50), ERR_OK);
	assert_int_equal(arrived, 2);
	assert_int_equal(bus_counters(node.bus).rescued, 1);
	bus_socket_close(socket, 0);
	zmq_close(other);
	node.bus->counters.rescued = 0;
	assert_int_equal(pthread_create(&node.thread, NULL, run_thread, &node), 0);
	node_stop(&node);
}

static bool writable;

static void note_event(void *ctx, bool now)
{
	(void)ctx;
	writable = now;
}

/* The other end comes, and the question that tells so is asked for another reason. */
static void test_writable_without_an_edge(void **state)
{
	const struct bus_socket_calls calls = {.on_message = count_message, .on_event = note_event};
	struct node node = {0};
	struct bus_socket *socket = NULL;
	(void)state;

	node_start(&node, "edge");
	node_do(&node, stop_loop, node.loop);
	assert_int_equal(pthread_join(node.thread, NULL), 0);
	void *zmq = zmq_socket(node.bus->zmq, ZMQ_PAIR);
	void *other = zmq_socket(node.bus->zmq, ZMQ_PAIR);
	assert_int_equal(zmq_bind(zmq, "inproc://edge"), 0);
	assert_int_equal(bus_socket_open(node.bus, zmq, &calls, &socket), ERR_OK);
	assert_int_equal(loop_run_for(node.loop, 50), ERR_OK);
	assert_false(writable);
	assert_int_equal(zmq_connect(other, "inproc://edge"), 0);
	assert_true(wire_events(zmq).writable); /* behind the socket's back */
	bus_socket_touched(socket);
	assert_int_equal(loop_run_for(node.loop, 50), ERR_OK);
	assert_true(writable);
	bus_socket_close(socket, 0);
	zmq_close(other);
	assert_int_equal(pthread_create(&node.thread, NULL, run_thread, &node), 0);
	node_stop(&node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rescue),
		cmocka_unit_test(test_writable_without_an_edge),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
