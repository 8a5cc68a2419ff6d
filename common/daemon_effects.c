/* The bridge between a service's effects and its engine: what it may ask and tell. Touches nothing
 * by itself. */
#include <string.h>

#include "common/daemon_private.h"

struct loop *daemon_loop(struct daemon *daemon)
{
	return daemon->loop;
}

struct clock daemon_clock(struct daemon *daemon)
{
	return daemon->clock;
}

enum err daemon_open_effects(struct daemon *daemon, struct reason *reason)
{
	const struct daemon_effects *effects = daemon->program->effects;

	if (!effects)
		return ERR_OK;
	enum err err = effects->open(daemon, daemon->config.service, &daemon->effects, reason);
	if (!err)
		loop_task_defer(daemon->turn);
	return err;
}

void daemon_run_effects(struct daemon *daemon)
{
	/* what they do has to be written down: without room none begins */
	bool room = engine_room(daemon->engine).level != ROOM_STOPPED;

	if (daemon->program->effects && daemon->effects && room)
		daemon->program->effects->after_commit(daemon->effects);
}

void daemon_close_effects(struct daemon *daemon)
{
	if (daemon->program->effects && daemon->effects)
		daemon->program->effects->close(daemon->effects);
	daemon->effects = NULL;
}

enum err daemon_ask(struct daemon *daemon, const struct schema *query, const void *fields,
	struct arena *arena, void *ret_reply)
{
	struct request request = {.own = true, .type = text_of(query->head->name)};
	struct answer answer;
	struct turn turn = {&request, &answer, 1, NULL, 0};
	struct buffer body;

	buffer_init(&body, OP_FIELDS_MAX);
	schema_encode(query, fields, &body);
	request.body = buffer_bytes(&body);
	enum err err = body.failed ? ERR_OK : engine_turn(daemon->engine, &turn);
	bool asked = !body.failed;
	buffer_done(&body);
	if (err)
		daemon_fail(daemon, err, "query of its own");
	if (!asked)
		return ERR_LIMIT;
	if (answer.status)
		return answer.status;
	return schema_decode(query->head->reply(), answer.body, PACK_PLAIN, arena, ret_reply, NULL);
}

enum err daemon_tell(struct daemon *daemon, const struct schema *command, const void *fields)
{
	struct pending pending = {.own = true,
		.came_us = meter_now_us(),
		.request = {.key = uuid_make(clock_now(&daemon->clock), &daemon->random),
			.type = text_of(command->head->name)}};
	struct buffer body;

	if (daemon->n_pending == sizeof(daemon->pending) / sizeof(daemon->pending[0]))
		return ERR_BUSY;
	buffer_init(&body, OP_FIELDS_MAX);
	schema_encode(command, fields, &body);
	pending.request.body =
		text_of_bytes(bytes_copy(&daemon->requests_arena, buffer_bytes(&body)));
	bool good = !body.failed && pending.request.body.p;
	buffer_done(&body);
	if (!good)
		return ERR_LIMIT;
	daemon->pending[daemon->n_pending++] = pending;
	loop_task_defer(daemon->turn);
	return ERR_OK;
}
