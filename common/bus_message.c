/* An OP/1 message as ZeroMQ holds it: parts to be read, and what is said to be encoded. Touches no
 * socket by itself. */
#include "common/bus_parts.h"

void wire_done(struct wire_message *message)
{
	while (message->n)
		zmq_msg_close(&message->part[--message->n]);
}

struct bytes wire_bytes(struct wire_message *message, unsigned part)
{
	if (part >= message->n)
		return BYTES_NONE;
	return bytes_of(zmq_msg_data(&message->part[part]), zmq_msg_size(&message->part[part]));
}

enum err wire_decode(
	struct wire_message *message, unsigned first, struct op_message *ret, struct reason *reason)
{
	const struct op_parts parts = {
		.header = wire_bytes(message, first),
		.fields = wire_bytes(message, first + 1),
		.body = wire_bytes(message, first + 2),
	};
	enum err err = op_message_decode(&parts, ret, reason);

	if (!err && (message->too_many || message->n > first + 3))
		err = reason_set(reason, ERR_PROTOCOL, "", "a message has two or three parts");
	return err;
}

enum err wire_send_out(
	void *socket, const struct bytes *id, const struct bus_out *out, struct buffer *scratch)
{
	struct op_message message = {
		.kind = out->kind, .correlation = out->correlation, .body = out->body};

	buffer_reset(scratch);
	enum err err = op_fields_encode(out->kind, out->fields, scratch);
	if (err)
		return err;
	message.fields = buffer_bytes(scratch);
	return wire_send(socket, id, &message);
}
