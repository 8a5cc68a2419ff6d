/* Requests from a loop: answered, refused, in time, and when the node is gone. Touches sockets
 * under /tmp. */
#include "common/caller.h"
#include "tests/unit/common/bus_fixture.h"

/* A program whose loop the test itself runs. */
struct program {
	struct keys keys;
	struct loop *loop;
	struct bus *bus;
	struct caller *caller;
	struct call *call;
	unsigned done;
	enum err status;
	bool unknown;
	char field[96];
	char body[64];
	bool ask_again;
};

#define RUN_UNTIL(program, expression)                                               \
	do {                                                                         \
		for (int left_ = 10000; !(expression) && left_ > 0; left_ -= 10)     \
			assert_int_equal(loop_run_for((program)->loop, 10), ERR_OK); \
		if (!(expression))                                                   \
			fail_msg("never came to: %s", #expression);                  \
	} while (0)

static enum err ask(struct program *program, const char *type, int64_t timeout_ms);

static void on_done(void *ctx, const struct client_answer *answer)
{
	struct program *program = ctx;

	program->done++;
	program->status = answer->status;
	program->unknown = answer->unknown;
	snprintf(program->field, sizeof(program->field), "%s", answer->reason.field);
	snprintf(program->body, sizeof(program->body), "%.*s", (int)answer->body.n,
		(const char *)answer->body.p);
	if (program->ask_again)
		program->status = ask(program, "echo", 1000);
}

static enum err ask(struct program *program, const char *type, int64_t timeout_ms)
{
	struct client_request request = a_request(type, "hello");

	request.timeout_ms = timeout_ms;
	return caller_ask(
		program->caller, &request, (struct call_done){on_done, program}, &program->call);
}

static void start(struct program *program, struct node *node, const char *name)
{
	struct keys keys = new_keys();
	struct bus_peer peer = a_peer("portal", &keys, BUS_CLIENT);

	node->heartbeat_ms = 50;
	node_start(node, name);
	node_set_peers(node, &peer, 1);
	assert_int_equal(loop_open(&program->loop), ERR_OK);
	const struct bus_options options = {.loop = program->loop,
		.node = "portal",
		.public_key = keys.public_key,
		.secret_key = keys.secret_key,
		.clock = clock_real(),
		.random = random_real(),
		.heartbeat_ms = 50};
	const struct caller_options caller = {.loop = program->loop,
		.node = "intake",
		.endpoint = node->endpoint,
		.server_key = node->keys.public_key,
		.clock = clock_real()};
	assert_int_equal(bus_open(&options, &program->bus, NULL), ERR_OK);
	assert_int_equal(caller_open(program->bus, &caller, &program->caller, NULL), ERR_OK);
	assert_false(caller_up(program->caller));
	assert_int_equal(ask(program, "echo", 1000), ERR_NOT_FOUND);
	RUN_UNTIL(program, caller_up(program->caller));
}

static void stop(struct program *program)
{
	caller_close(program->caller);
	bus_close(program->bus);
	loop_close(program->loop);
}

static void test_answers(void **state)
{
	struct program program = {0};
	struct node node = {0};
	(void)state;

	start(&program, &node, "answers");
	assert_int_equal(ask(&program, "echo", 1000), ERR_OK);
	assert_int_equal(program.done, 0); /* never from within */
	RUN_UNTIL(&program, program.done == 1);
	assert_int_equal(program.status, ERR_OK);
	assert_string_equal(program.body, "hello");
	assert_int_equal(ask(&program, "refuse_me", 1000), ERR_OK);
	RUN_UNTIL(&program, program.done == 2);
	assert_int_equal(program.status, ERR_CONFLICT);
	assert_string_equal(program.field, "slot");
	assert_false(program.unknown);
	stop(&program);
	node_stop(&node);
}

static int64_t steady(void)
{
	const struct clock clock = clock_real();

	return clock_steady(&clock);
}

/* A node that lives and says nothing costs the time that was given, and no more. */
static void test_no_answer(void **state)
{
	struct program program = {0};
	struct node node = {.mute = true};
	(void)state;

	start(&program, &node, "mute");
	int64_t before = steady();
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask(&program, "echo", 100), ERR_OK);
	call_forget(program.call); /* the last of them: two are told */
	RUN_UNTIL(&program, program.done == 2);
	assert_in_range(steady() - before, 100, 3000);
	assert_int_equal(program.status, ERR_TIMEOUT);
	assert_true(program.unknown);
	assert_true(caller_up(program.caller));
	for (unsigned i = 0; i < CALLS_MAX; i++)
		if (ask(&program, "echo", 60000))
			fail_msg("no more than %u", i);
	assert_int_equal(ask(&program, "echo", 60000), ERR_BUSY);
	stop(&program); /* with calls under way: nobody is told */
	assert_int_equal(program.done, 2);
	node_stop(&node);
}

/* Whoever asks again when told that the connection broke is told at once that there is none. */
static void test_lost(void **state)
{
	struct program program = {.ask_again = true};
	struct node node = {.mute = true};
	(void)state;

	start(&program, &node, "lost");
	assert_int_equal(ask(&program, "echo", 60000), ERR_OK);
	node_do(&node, close_server, &node);
	RUN_UNTIL(&program, program.done == 1);
	assert_true(program.unknown);
	assert_int_equal(program.status, ERR_NOT_FOUND);
	assert_false(caller_up(program.caller));
	node_do(&node, open_server, &node);
	node.mute = false;
	program.ask_again = false;
	RUN_UNTIL(&program, caller_up(program.caller));
	assert_int_equal(ask(&program, "echo", 1000), ERR_OK);
	RUN_UNTIL(&program, program.done == 2);
	assert_int_equal(program.status, ERR_OK);
	stop(&program);
	node_stop(&node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
