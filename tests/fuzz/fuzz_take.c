/* Records from followed nodes: raw bytes, or frames of every event with any fields. What cannot be
 * applied is set aside, retried, dropped; each is counted once (I9), whatever it is. */
#include "common/admin.h"
#include "tests/fuzz/node.h"
#include "tests/sim/mend_order.h"

enum { FIELDS_MAX = 60000 };

/* (how, n u16, bytes): a record; how chooses the event and the entity, or that the bytes are raw.
 */
static struct bytes next_record(struct fuzz_node *node, struct bytes *feed, uint64_t seq)
{
	unsigned how = feed_u8(feed), entity = feed_u8(feed) & 3;
	struct bytes fields = feed_bytes(feed, feed_u16(feed));
	const struct follow_row *row = &intake_service.follows[how % intake_service.n_follows];
	struct record record = {.seq = (int64_t)seq,
		.epoch = 1,
		.type = text_of(how & 0x40 ? "person_erased" : row->type()->head->name),
		.entity = {{1, (uint8_t)(entity + 1)}},
		.time = node->now,
		.audience = PEER_INTAKE,
		.fields = text_of_feed(fields)};
	struct buffer out;

	if (how & 0x80 || fields.n > FIELDS_MAX)
		return bytes_copy(&node->arena, fields);
	buffer_init(&out, 1 << 17);
	schema_encode(schema_record(), &record, &out);
	struct bytes copy = bytes_copy(&node->arena, buffer_bytes(&out));
	buffer_done(&out);
	return copy;
}

static void keep_count(struct fuzz_node *node, unsigned owner, int64_t sent, int64_t stubs)
{
	struct cursor_row row;

	engine_cursor(node->engine, owner, &row);
	must(row.applied + row.quarantined + row.dropped == sent);
	must(row.withheld == stubs);
}

static void administer(struct fuzz_node *node, unsigned owner, uint64_t seq, bool drop)
{
	const struct schema *schema = schema_mend_queue();
	struct mend_order order;
	order_item(&order, drop ? mend_verb_drop : mend_verb_retry, fuzz_owners[owner].name, seq);
	struct request request = {.client = text_of("operator"),
		.peer = PEER_OPERATOR,
		.key = uuid_make(++node->now, &node->random),
		.type = text_of(schema->head->name),
		.actor = {.role = text_of("operator"), .id = text_of("ida")}};
	struct answer answer;
	struct turn turn = {&request, &answer, 1, NULL, 0};
	struct buffer body;

	buffer_init(&body, 4096);
	schema_encode(schema, &order.c, &body);
	request.body = buffer_bytes(&body);
	must(!engine_turn(node->engine, &turn));
	must(!answer.status);
	buffer_done(&body);
}

FUZZ(take)
{
	struct bytes feed = bytes_of(data, n);
	uint64_t seq[2] = {0};
	int64_t sent[2] = {0}, stubs[2] = {0};
	struct fuzz_node node;

	fuzz_node_open(&node);
	for (unsigned i = 0; i < 40 && feed.n; i++) {
		unsigned what = feed_u8(&feed), owner = what & 1;
		if (what & 0x80 && seq[owner]) {
			administer(&node, owner, 1 + feed_u8(&feed) % seq[owner], what & 2);
			keep_count(&node, owner, sent[owner], stubs[owner]);
			continue;
		}
		const struct batch_item item = {.seq = ++seq[owner],
			.stub = what & 0x40,
			.record = what & 0x40 ? BYTES_NONE : next_record(&node, &feed, seq[owner])};
		struct batch batch = {.owner = owner,
			.epoch = 1,
			.first = item.seq,
			.last = item.seq,
			.items = &item,
			.n = 1};
		struct turn turn = {NULL, NULL, 0, &batch, 1};
		must(!engine_turn(node.engine, &turn) && !batch.result);
		sent[owner] += !item.stub;
		stubs[owner] += item.stub;
		keep_count(&node, owner, sent[owner], stubs[owner]);
	}
	fuzz_node_check(&node);
	fuzz_node_close(&node);
	return 0;
}
