/* What a node still does when its room is used up, level by level. Runs the odd service on the
 * memory store, whose usage is pretended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/admin.h"
#include "tests/sim/mend_order.h"
#include "tests/sim/odd_bench.h"

#define MIB (UINT64_C(1) << 20)

static struct request request_of(
	struct bench *b, const struct schema *schema, const void *fields, uint32_t peer)
{
	struct request request = {.client = text_of("desk"),
		.peer = peer,
		.key = uuid_make(b->now, &b->random),
		.type = text_of(schema->head->name),
		.actor = {.role = text_of(schema == schema_odd_do() ? "client" : "operator")}};
	struct buffer body;

	buffer_init(&body, 1024);
	schema_encode(schema, fields, &body);
	request.body = bytes_copy(&b->arena, buffer_bytes(&body));
	buffer_done(&body);
	return request;
}

static enum err ask(struct bench *b, const struct request *request)
{
	struct turn turn = {request, &b->answer, 1, NULL, 0};

	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	return b->answer.status;
}

static enum err act(struct bench *b, int64_t due)
{
	const struct odd_do c = {
		.what = due ? ODD_PAIR : ODD_PLAIN, .entity = {{due ? 1 : 2}}, .due = due};
	const struct request request = request_of(b, schema_odd_do(), &c, 1);

	return ask(b, &request);
}

static enum err take_next(struct bench *b)
{
	struct cursor_row cursor;
	engine_cursor(b->engine, 0, &cursor);
	struct batch batch = {.epoch = 1,
		.first = (uint64_t)cursor.through + 1,
		.last = (uint64_t)cursor.through + 1};
	struct cursor_row after = take(b, &batch, 1);

	assert_int_equal(after.through, cursor.through + (batch.result == ERR_OK));
	return batch.result;
}

static void tick(struct bench *b)
{
	bool more;

	b->now += 1000;
	assert_int_equal(engine_tick(b->engine, &more), ERR_OK);
}

/* Percent of the map. */
static void use(struct bench *b, uint64_t percent)
{
	store_pretend_usage(b->store, &(struct store_usage){.used_bytes = percent * MIB,
					      .high_bytes = percent * MIB,
					      .file_bytes = 128 * MIB,
					      .map_bytes = 100 * MIB,
					      .step_bytes = 16 * MIB,
					      .disk_bytes = 1000 * MIB});
	tick(b);
}

static void check_level(struct bench *b, enum room_level level, int percent, const char *of)
{
	const struct show_status query = {.detail = TEXT_NONE};
	const struct request request = request_of(b, schema_show_status(), &query, PEER_OPERATOR);
	const struct room room = engine_room(b->engine);
	struct status_reply reply;

	assert_int_equal(room.level, level);
	assert_int_equal(room.percent, percent);
	assert_string_equal(room.of, of);
	assert_int_equal(ask(b, &request), ERR_OK);
	assert_int_equal(schema_decode(schema_status_reply(), b->answer.body, PACK_PLAIN, &b->arena,
				 &reply, NULL),
		ERR_OK);
	assert_true(text_is(reply.room, room_word(level)));
	assert_int_equal(reply.used_percent, percent);
}

/* Administration goes on at every level: what it says is not that there is no room. */
static void check_keepers(struct bench *b)
{
	struct mend_order order;
	const struct mend_queue *retry = order_item(&order, mend_verb_retry, "gamma", 7);
	const struct request request = request_of(b, schema_mend_queue(), retry, PEER_OPERATOR);

	assert_int_equal(ask(b, &request), ERR_NOT_FOUND);
}

static void test_busy(void **state)
{
	struct bench *b = *state;
	const struct odd_do c = {.what = ODD_PLAIN, .entity = {{9}}};
	const struct request done = request_of(b, schema_odd_do(), &c, 1);

	use(b, 69);
	check_level(b, ROOM_OK, 69, "map");
	assert_int_equal(ask(b, &done), ERR_OK);
	assert_int_equal(act(b, noon + 3500), ERR_OK);
	uint64_t head = b->engine->journal.seq;
	use(b, 70);
	check_level(b, ROOM_BUSY, 70, "map");
	assert_int_equal(act(b, 0), ERR_BUSY);
	assert_int_equal(b->answer.retry_after_ms, 5000);
	assert_string_equal(b->answer.reason.rule,
		"70 % of this node's map is used: commands wait until there is room");
	assert_int_equal(b->engine->journal.seq, head);
	/* I7: what was done before is answered as before */
	assert_int_equal(ask(b, &done), ERR_OK);
	assert_true(b->answer.replayed);
	check_keepers(b);
	assert_int_equal(take_next(b), ERR_OK);
	tick(b);
	tick(b); /* the deadline */
	assert_int_equal(b->engine->journal.seq, head + 1);
	use(b, 69);
	check_level(b, ROOM_BUSY, 69, "map");
	use(b, 68);
	check_level(b, ROOM_OK, 68, "map");
	assert_int_equal(act(b, 0), ERR_OK);
}

static void test_stopped(void **state)
{
	struct bench *b = *state;

	assert_int_equal(act(b, noon + 1500), ERR_OK);
	uint64_t head = b->engine->journal.seq;
	use(b, 85);
	check_level(b, ROOM_STOPPED, 85, "map");
	tick(b);
	assert_int_equal(b->engine->journal.seq, head);
	assert_int_equal(act(b, 0), ERR_BUSY);
	assert_int_equal(take_next(b), ERR_FULL);
	check_keepers(b);
	use(b, 84);
	check_level(b, ROOM_STOPPED, 84, "map");
	use(b, 83);
	check_level(b, ROOM_BUSY, 83, "map");
	assert_int_equal(b->engine->journal.seq, head + 1); /* the deadline, late */
	assert_int_equal(take_next(b), ERR_OK);
	assert_int_equal(act(b, 0), ERR_BUSY);
	use(b, 84);
	check_level(b, ROOM_BUSY, 84, "map");
	use(b, 10);
	check_level(b, ROOM_OK, 10, "map");
	assert_int_equal(act(b, 0), ERR_OK);
}

/* Between two ticks much may come in. */
static void test_measured_within_a_turn(void **state)
{
	struct bench *b = *state;

	store_pretend_usage(b->store, &(struct store_usage){.used_bytes = 90, .map_bytes = 100});
	assert_int_equal(act(b, 0), ERR_OK);
	b->engine->unmeasured = MIB;
	assert_int_equal(act(b, 0), ERR_BUSY);
}

static void test_disk(void **state)
{
	struct store_usage usage = {.used_bytes = 1 * MIB,
		.high_bytes = 16 * MIB,
		.file_bytes = 32 * MIB,
		.map_bytes = 1000 * MIB,
		.step_bytes = 16 * MIB,
		.disk_bytes = 33 * MIB};
	struct bench *b = *state;

	store_pretend_usage(b->store, &usage);
	tick(b);
	check_level(b, ROOM_OK, 1, "disk");
	usage.disk_bytes = 31 * MIB; /* less than three steps are left */
	store_pretend_usage(b->store, &usage);
	tick(b);
	check_level(b, ROOM_BUSY, 70, "disk");
	usage.disk_bytes = 15 * MIB;
	store_pretend_usage(b->store, &usage);
	tick(b);
	check_level(b, ROOM_STOPPED, 85, "disk");
	/* others fill the disk: what counts is what this node could still have */
	usage = (struct store_usage){.used_bytes = 400 * MIB,
		.high_bytes = 400 * MIB,
		.file_bytes = 448 * MIB,
		.step_bytes = 16 * MIB,
		.disk_bytes = 52 * MIB};
	store_pretend_usage(b->store, &usage);
	tick(b);
	check_level(b, ROOM_BUSY, 80, "disk");
	usage.disk_bytes = 10000 * MIB;
	store_pretend_usage(b->store, &usage);
	tick(b);
	check_level(b, ROOM_OK, 3, "disk");
}

static void test_settings_and_erasure(void **state)
{
	struct bench *b = *state;
	struct service service = odd_service;

	b->engine->options.busy_at = 20;
	b->engine->options.stop_at = 30;
	use(b, 19);
	check_level(b, ROOM_OK, 19, "map");
	use(b, 20);
	check_level(b, ROOM_BUSY, 20, "map");
	use(b, 31);
	check_level(b, ROOM_STOPPED, 31, "map");
	assert_int_equal(act(b, 0), ERR_BUSY);
	service.erases = schema_odd_do;
	b->engine->service = &service;
	assert_int_equal(act(b, 0), ERR_OK);
	b->engine->service = &odd_service;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_busy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stopped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_measured_within_a_turn, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_settings_and_erasure, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
