/* Messages of the simulated network, and what goes wrong with them: they come twice, bits change, a
 * record cannot be applied. Touches nothing. */
#include "tests/sim/town/wire.h"

#include <stdlib.h>
#include <string.h>

static void add_part(struct message *message, struct bytes part)
{
	uint8_t *to = message->bytes + message->n;

	if (part.n)
		memcpy(to, part.p, part.n);
	zmq_msg_init_data(&message->parts.part[message->parts.n++], to, part.n, NULL, NULL);
	message->n += part.n;
}

struct message *message_new(const struct bytes *id, const struct op_message *from)
{
	uint8_t header[OP_HEADER_BYTES];
	struct message *message = malloc(
		sizeof(*message) + ID_BYTES + sizeof(header) + from->fields.n + from->body.n);

	if (!message)
		abort();
	message->parts = (struct wire_message){.n = 0};
	message->user = NULL;
	message->n = 0;
	message->kind = from->kind;
	message->flipped = false;
	op_header_encode(from, header);
	if (id)
		add_part(message, *id);
	add_part(message, bytes_of(header, sizeof(header)));
	add_part(message, from->fields);
	if (from->body.n)
		add_part(message, from->body);
	return message;
}

static void flip_bits(struct message *message)
{
	size_t skip = message->user ? ID_BYTES : 0;

	message->flipped = true;
	uint64_t n = 1 + chance(FOR_NET, 3), bytes = (message->n - skip) / n;
	for (uint64_t i = 0; i < n; i++) /* each in a part of its own: none undoes another */
		message->bytes[skip + i * bytes + chance(FOR_NET, bytes)] ^=
			(uint8_t)(1U << chance(FOR_NET, 8));
}

void send_faulty(struct lane *lane, struct message *message, unsigned host)
{
	bool twice = message->kind == OP_BATCH || message->kind == OP_ACK ||
		     message->kind == OP_REQUEST || message->kind == OP_FOLLOW;

	if (world.flipping[host] && message->kind != OP_HEARTBEAT) {
		world.flipping[host]--;
		flip_bits(message);
	} else if (world.duplicating[host] && twice) {
		struct message *copy = malloc(sizeof(*copy) + message->n);
		world.duplicating[host]--;
		if (!copy)
			abort();
		memcpy(copy, message, sizeof(*copy) + message->n);
		for (unsigned i = 0; i < copy->parts.n; i++) {
			struct bytes part = wire_bytes(&message->parts, i);
			zmq_msg_init_data(&copy->parts.part[i],
				copy->bytes + (part.p - message->bytes), part.n, NULL, NULL);
		}
		lane_push(lane, copy);
	}
	lane_push(lane, message);
}

/* One item of a batch becomes one that the follower cannot apply: its frame or its event cannot be
 * read. */
void poison(struct op_message *message)
{
	struct buffer body;
	struct bytes left = message->body;
	struct op_item item;
	struct record record;
	uint64_t victim = chance(FOR_NET, 4);
	bool frame = chance(FOR_NET, 2);

	arena_reset(&world.arena);
	buffer_init(&body, OP_BODY_MAX);
	for (uint64_t i = 0; op_batch_next(&left, &item); i++) {
		struct buffer changed;
		buffer_init(&changed, OP_BODY_MAX);
		if (i == victim && !schema_decode(schema_record(), item.bytes, PACK_PLAIN,
					   &world.arena, &record, NULL)) {
			record.fields = text_of("\xc1");
			schema_encode(schema_record(), &record, &changed);
			if (frame)
				changed.p[0] = 0xc1;
			item.bytes = buffer_bytes(&changed);
			trace("record %llu is poisoned", (unsigned long long)item.seq);
		}
		op_batch_add(&body, &item);
		buffer_done(&changed);
	}
	message->body = bytes_copy(&world.arena, buffer_bytes(&body));
	buffer_done(&body);
}
