/* What wrong messages can do to a node: nothing, over real sockets. Touches sockets under /tmp and
 * on the loopback address. */
#include "tests/unit/common/bus_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

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

/* Of 500, 501 and 502 the second is answered with `protocol`, the others well. */
static void expect_one_refused(struct raw *raw)
{
	unsigned right = 0, wrong = 0;

	while (right + wrong < 3) {
		struct wire_message parts;
		struct op_message message;
		struct op_item item;
		assert_true(raw_receive(raw, 5000, &parts, &message));
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
	expect_one_refused(&raw);
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

/* Greets as CURVE would, announces a frame of that size and sends what is taken of it. */
static void announce(int port, uint64_t size)
{
	static const uint8_t greeting[64] = {[0] = 0xff,
		[8] = 1,
		[9] = 0x7f,
		[10] = 3,
		[12] = 'C',
		[13] = 'U',
		[14] = 'R',
		[15] = 'V',
		[16] = 'E'};
	static uint8_t flood[1 << 20];
	uint8_t frame[9] = {2}; /* a length of 64 bits follows */
	int fd = connect_tcp(port);

	memset(flood, 'x', sizeof(flood));
	put_u64(frame + 1, size);
	assert_int_equal(send(fd, greeting, sizeof(greeting), MSG_NOSIGNAL), sizeof(greeting));
	usleep(50000);
	(void)!send(fd, frame, sizeof(frame), MSG_NOSIGNAL);
	for (int i = 0; i < 200; i++)
		if (send(fd, flood, sizeof(flood), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			usleep(1000);
	close(fd);
}

/* Before any key was seen: a frame of 250 GB, and one that memory could be found for. */
static void test_announced_size(void **state)
{
	static const uint64_t sizes[] = {UINT64_C(250000000000), 1 << 30, OP_MESSAGE_MAX + 2048};
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
	for (size_t i = 0; i < COUNT(sizes); i++) {
		long before = resident_kib();
		announce(port, sizes[i]);
		assert_true(resident_kib() - before < 16 * 1024);
		assert_int_equal(client_call(client, &request, &answer), ERR_OK);
		assert_int_equal(answer.status, ERR_OK);
	}
	client_close(client);
	node_stop(&node);
}

/* More connections than there is room for: each further one ends at once; whoever is there stays.
 */
static void test_too_many(void **state)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);
	struct client_request request = a_request("echo", "still there");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct client_answer answer;
	struct rlimit files, few;
	struct node node = {0};
	int fds[60];
	(void)state;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	few = (struct rlimit){64, files.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	node_start(&node, "many");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	node_set_peers(&node, &peer, 1);
	struct client *client = a_client(&node, &keys);
	strcpy(to.sun_path, node.endpoint + 6);
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		assert_int_equal(connect(fds[i], (struct sockaddr *)&to, sizeof(to)), 0);
	}
	/* 32 are allowed, one of them is the client's */
	WAIT_SEEN(&node, s.counters.turned_away == COUNT(fds) - 31);
	assert_int_equal(client_call(client, &request, &answer), ERR_OK);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	/* there is room again for others */
	usleep(200000);
	struct client *other = a_client(&node, &keys);
	assert_int_equal(client_call(other, &request, &answer), ERR_OK);
	assert_int_equal(node_look(&node).counters.turned_away, COUNT(fds) - 31);
	client_close(other);
	client_close(client);
	node_stop(&node);
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
		cmocka_unit_test(test_hello_first),
		cmocka_unit_test(test_one_wrong),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_oversized),
		cmocka_unit_test(test_announced_size),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
