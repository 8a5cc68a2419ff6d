/* The command `call`: any command or query of a node, as JSON. Reads standard input when asked to
 * and talks to one node. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "services/oneplanctl/actor.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/describe.h"
#include "services/oneplanctl/nearest.h"
#include "services/oneplanctl/catalogue.h"

enum { JSON_BYTES = 1024 * 1024, BODY_BYTES = 64 * 1024, HELP_BYTES = 256 * 1024 };

struct call {
	struct ctl *ctl;
	const struct town_node *node;
	const struct schema *schema;
	struct client_request request;
	struct buffer body;
	struct reason reason;
};

/* ---- help ------------------------------------------------------------------------------------ */

static int print_buffer(struct buffer *out)
{
	fwrite(out->p ? (const char *)out->p : "", 1, out->n, stdout);
	buffer_done(out);
	return CTL_DONE;
}

static int list(const struct call *call)
{
	struct buffer out;

	buffer_init(&out, HELP_BYTES);
	describe_role(call->node->role, &out);
	return print_buffer(&out);
}

static int describe(const struct call *call)
{
	struct buffer out;

	buffer_init(&out, HELP_BYTES);
	describe_schema(call->schema, &out);
	return print_buffer(&out);
}

/* ---- the request ----------------------------------------------------------------------------- */

static enum err read_input(struct call *call, struct text *ret)
{
	struct buffer all;
	char some[16384];
	ssize_t n;

	buffer_init(&all, JSON_BYTES);
	while ((n = read(STDIN_FILENO, some, sizeof(some))) > 0)
		buffer_add(&all, some, (size_t)n);
	*ret = text_of_bytes(bytes_copy(&call->ctl->arena, buffer_bytes(&all)));
	bool failed = all.failed;
	buffer_done(&all);
	if (n < 0)
		return reason_set(&call->reason, ERR_SYSTEM, "-", "%s", strerror(errno));
	if (failed || !ret->p)
		return reason_set(&call->reason, ERR_LIMIT, "-", "is larger than a message may be");
	return ERR_OK;
}

static enum err encode_body(struct call *call, const char *json)
{
	void *fields = arena_alloc(&call->ctl->arena, call->schema->size);
	struct text text = text_of(json);

	if (!fields)
		return reason_set(&call->reason, ERR_NO_MEMORY, "", "out of memory");
	enum err err = strcmp(json, "-") == 0 ? read_input(call, &text) : ERR_OK;
	if (!err)
		err = schema_from_json(
			call->schema, text, &call->ctl->arena, fields, &call->reason);
	if (err)
		return err;
	schema_encode(call->schema, fields, &call->body);
	if (call->body.failed)
		return reason_set(&call->reason, ERR_LIMIT, "", "is larger than a message may be");
	call->request.body = buffer_bytes(&call->body);
	return ERR_OK;
}

static enum err take_wait(struct call *call, const char *text)
{
	const char *colon = text ? strrchr(text, ':') : NULL;
	int64_t seq = 0;

	if (!text)
		return ERR_OK;
	const struct arguments one = {
		.options = {{"wait", colon ? colon + 1 : ""}}, .n_options = 1};
	if (!colon || colon == text || argument_count(&one, "wait", &seq, &call->reason) || !seq)
		return reason_set(&call->reason, ERR_INVALID, "--wait",
			"must be a node and a number, such as intake:17");
	call->request.wait_node = (struct text){text, (uint32_t)(colon - text), false};
	call->request.wait_seq = (uint64_t)seq;
	return ERR_OK;
}

/* An operator asks in their own name; the other clients only ever speak for somebody. */
static const char *actor_otherwise(const struct call *call)
{
	const char *client =
		call->ctl->client ? call->ctl->client : ask_client_for(call->schema, TEXT_NONE);

	if (call->request.historical || strcmp(client, "operator") != 0)
		return "front_desk:desk-1";
	return call->schema->head->kind == SCHEMA_COMMAND ? "operator:operator" : NULL;
}

static enum err take_options(struct call *call, const struct arguments *arguments)
{
	struct client_request *request = &call->request;
	struct reason *reason = &call->reason;
	const char *actor = argument_text(arguments, "actor");
	const struct random random = random_real();
	const struct clock clock = clock_real();
	bool command = call->schema->head->kind == SCHEMA_COMMAND;
	enum err err = ERR_OK;

	request->type = text_of(call->schema->head->name);
	request->timeout_ms = ctl_timeout(call->ctl, ASK_MS);
	request->historical = argument_flag(arguments, "historical");
	if (argument_text(arguments, "why"))
		request->why = text_of(argument_text(arguments, "why"));
	if (command)
		request->key = uuid_make(clock_now(&clock), &random);
	if (!actor)
		actor = actor_otherwise(call);
	if (actor)
		err = actor_parse(text_of(actor), &request->actor, reason);
	if (err)
		reason_prefix(reason, "--actor", -1);
	if (!err)
		err = argument_uuid(arguments, "key", &request->key, reason);
	if (!err)
		err = argument_time(arguments, "at", &request->occurred_at, reason);
	if (!err && request->historical && !request->occurred_at)
		err = reason_set(reason, ERR_INVALID, "--historical", "needs --at");
	return err ? err : take_wait(call, argument_text(arguments, "wait"));
}

/* ---- asking ---------------------------------------------------------------------------------- */

static int fail(struct call *call, const struct reason *reason, bool unknown)
{
	bool command = call->schema->head->kind == SCHEMA_COMMAND;

	return ctl_fail(call->ctl, &(struct failure){.node = call->node->name,
					   .reason = reason,
					   .key = call->request.key,
					   .unknown = unknown && command});
}

static int print_envelope(struct call *call, const struct client_answer *answer, const char *reply)
{
	char key[UUID_TEXT_BYTES];

	uuid_format(call->request.key, key);
	printf("{\"node\":\"%s\",\"seq\":%llu,\"replayed\":%s,\"key\":\"%s\",\"reply\":%s}\n",
		call->node->name, (unsigned long long)answer->seq,
		answer->replayed ? "true" : "false", key, reply);
	return CTL_DONE;
}

static int print_answer(struct call *call, const struct client_answer *answer, bool envelope)
{
	const struct schema *schema = call->schema->head->reply();
	struct arena *arena = &call->ctl->arena;
	void *reply = arena_alloc(arena, schema->size);
	const char *json = NULL;
	struct reason why = {0};

	if (!reply || schema_decode(schema, answer->body, PACK_PLAIN, arena, reply, &why)) {
		(void)reason_set(
			&call->reason, ERR_PROTOCOL, why.field, "in the reply: %s", why.rule);
		return fail(call, &call->reason, false);
	}
	if (!envelope)
		return ctl_print_record(call->ctl, schema, reply);
	json = schema_to_json(schema, reply, 0, arena);
	return json ? print_envelope(call, answer, json) : CTL_SYSTEM;
}

static int send(struct call *call, bool envelope)
{
	const char *name = call->request.historical
				   ? "importer"
				   : ask_client_for(call->schema, call->request.actor.role);
	struct client_answer answer = {0};
	int code;

	struct client *client = ask_open(call->ctl, call->node, name, &call->reason);
	if (!client)
		return ask_fail(call->ctl, call->node, &call->reason);
	enum err err = ask_until_known(client, &call->request, &answer);
	if (err && answer.status == ERR_OK)
		(void)reason_set(&answer.reason, err, "", "%s", err_sentence(err));
	if (err || answer.status)
		code = fail(call, &answer.reason, answer.unknown);
	else
		code = print_answer(call, &answer, envelope);
	client_close(client);
	return code;
}

static int call_schema(struct call *call, const struct arguments *arguments)
{
	if (call->ctl->help)
		return describe(call);
	if (arguments->n_words < 3)
		return ctl_fail_usage(
			call->ctl, "JSON", "is missing; `-` reads it from standard input");
	buffer_init(&call->body, BODY_BYTES);
	enum err err = take_options(call, arguments);
	int code = err ? ctl_fail_here(call->ctl, &call->reason) : CTL_DONE;
	if (!err && encode_body(call, arguments->words[2])) {
		const struct failure failure = {
			.node = call->node->name, .reason = &call->reason, .code = CTL_USAGE};
		code = ctl_fail(call->ctl, &failure);
	} else if (!err)
		code = send(call, argument_flag(arguments, "envelope"));
	buffer_done(&call->body);
	return code;
}

static int fail_unknown(struct call *call, const char *name)
{
	struct nearest nearest = {.word = name};
	const struct schema *schema;

	for (size_t i = 0; (schema = catalogue_at(call->node->role, i)) != NULL; i++)
		nearest_try(&nearest, schema->head->name);
	if (nearest.best)
		(void)reason_set(&call->reason, ERR_UNKNOWN_TYPE, name,
			"is no command or query of %s; did you mean %s?", call->node->name,
			nearest.best);
	else
		(void)reason_set(&call->reason, ERR_UNKNOWN_TYPE, name,
			"is no command or query of %s; --list shows what there is",
			call->node->name);
	return ctl_fail_here(call->ctl, &call->reason);
}

int command_call(struct ctl *ctl, const struct arguments *arguments)
{
	struct call call = {.ctl = ctl};
	const char *name = arguments->n_words > 1 ? arguments->words[1] : NULL;

	if (ctl_find_node(ctl, arguments->words[0], &call.node, &call.reason))
		return ctl_fail_here(ctl, &call.reason);
	if (argument_flag(arguments, "list"))
		return list(&call);
	if (!name)
		return ctl_fail_usage(ctl, "COMMAND", "is missing; --list shows what there is");
	call.schema = catalogue_find(call.node->role, name, strlen(name));
	if (!call.schema)
		return fail_unknown(&call, name);
	return call_schema(&call, arguments);
}
