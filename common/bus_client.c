/* The client of a node (common/client.h): which requests are under way, and their answers. Touches
 * the network through bus_client_session.c. */
#include "common/client.h"

#include "common/bus_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ARENA_BYTES = 4 * 1024 * 1024,
	CONNECT_MS = 5000, /* when the caller does not say */
	CALL_MS = 30000,
	GRACE_MS = 500, /* for the node's own word that time is up */
	LINGER_MS = 500,
};

enum flight_state { FLIGHT_OVER, FLIGHT_QUEUED, FLIGHT_SENT, FLIGHT_FAILED };

/* A request that has not been answered; its correlation is first + its place. */
struct flight {
	struct uuid key;
	uint64_t message; /* correlation of the message it went in */
	enum flight_state state;
	enum err status; /* FAILED */
	bool unknown;
};

/* An answer that client_call met while it waited for its own. */
struct kept {
	struct kept *next;
	struct client_answer answer;
	uint8_t body[];
};

struct client {
	struct client_session session;
	struct flight *flights;
	size_t n_flights;
	size_t size;
	size_t over;    /* flights at the front that are over */
	uint64_t first; /* correlation of flights[0] */
	size_t n_failed;
	size_t n_sent;      /* flights that are SENT */
	struct reason why;  /* of the last failure */
	struct buffer body; /* items of requests that wait to be sent */
	int64_t queued;
	struct arena arena; /* of the answer handed out */
	struct kept *kept;
	struct kept **last_kept;
	struct kept *handed;
};

/* ---- flights --------------------------------------------------------------------------------- */

static struct flight *find_flight(struct client *client, uint64_t correlation)
{
	if (correlation < client->first || correlation - client->first >= client->n_flights)
		return NULL;
	return &client->flights[correlation - client->first];
}

static void end_flight(struct client *client, struct flight *flight)
{
	client->n_failed -= flight->state == FLIGHT_FAILED;
	client->n_sent -= flight->state == FLIGHT_SENT;
	flight->state = FLIGHT_OVER;
	while (client->over < client->n_flights &&
		client->flights[client->over].state == FLIGHT_OVER)
		client->over++;
	/* Moving the rest only when half is over costs each flight one move on average. */
	if (client->over < client->n_flights && client->over < client->size / 2)
		return;
	client->n_flights -= client->over;
	memmove(client->flights, client->flights + client->over,
		client->n_flights * sizeof(*client->flights));
	client->first += client->over;
	client->over = 0;
}

static bool reserve_flight(struct client *client)
{
	size_t size = client->size ? client->size * 2 : 64;

	if (client->n_flights < client->size)
		return true;
	struct flight *grown = realloc(client->flights, size * sizeof(*grown));
	if (!grown)
		return false;
	client->flights = grown;
	client->size = size;
	return true;
}

static void fail_flight(struct client *client, struct flight *flight, enum err status)
{
	flight->unknown = flight->state == FLIGHT_SENT && status == ERR_TIMEOUT;
	client->n_sent -= flight->state == FLIGHT_SENT;
	flight->state = FLIGHT_FAILED;
	flight->status = status;
	client->n_failed++;
}

/* Everything that went in that message, or, when message is 0, in any. */
static void fail_sent(struct client *client, uint64_t message, const struct reason *why)
{
	client->why = *why;
	for (size_t i = client->over; i < client->n_flights; i++) {
		struct flight *flight = &client->flights[i];
		if (flight->state == FLIGHT_SENT && (!message || flight->message == message))
			fail_flight(client, flight, message ? why->code : ERR_TIMEOUT);
	}
}

/* To be called before anything is sent over a new session. */
static void settle(struct client *client)
{
	if (!client->session.lost)
		return;
	client->session.lost = false;
	fail_sent(client, 0, &client->session.said);
}

/* ---- sending --------------------------------------------------------------------------------- */

static void fail_queued(struct client *client, enum err err, const struct reason *reason)
{
	client->why = *reason;
	client->why.code = err;
	for (size_t i = client->over; i < client->n_flights; i++)
		if (client->flights[i].state == FLIGHT_QUEUED)
			fail_flight(client, &client->flights[i], err);
}

/* What has arrived and is only not yet taken counts as answered. */
static bool window_full(const struct client *client)
{
	const struct client_session *session = &client->session;

	return (int64_t)client->n_sent + client->queued > session->n_replies + session->window;
}

static enum err await_window(struct client *client)
{
	struct client_session *session = &client->session;
	int64_t until = clock_steady(&session->clock) + session->connect_timeout_ms;

	/* A refused message leaves the count too high until it is looked at. */
	while (session->up && client->n_sent && window_full(client) && !session->refused) {
		int64_t left = until - clock_steady(&session->clock);
		if (left <= 0)
			return ERR_BUSY;
		session_wait(session, left);
	}
	return ERR_OK;
}

/* A session that turns out to be over before anything was sent is no reason to fail. */
static enum err send_message(
	struct client *client, const struct bus_out *out, struct reason *reason)
{
	enum err err = ERR_OK;

	for (int tries = 0; tries < 2; tries++) {
		session_wait(&client->session, 0);
		settle(client);
		/* What was lost comes first: the caller may want it done before this. */
		if (client->n_failed)
			return reason_set(
				reason, ERR_TIMEOUT, "", "not sent: the connection broke before");
		/* Idle for long, the node has ended the session, and would answer with BYE. */
		bool fresh = session_stale(&client->session) && client->n_sent == 0;
		err = session_ensure(&client->session, fresh, reason);
		if (!err)
			err = await_window(client);
		if (err)
			return err;
		err = session_send(&client->session, out);
		if (err == ERR_OK)
			return ERR_OK;
	}
	return reason_set(reason, err, "", "the connection broke, or the node takes nothing");
}

enum err client_flush(struct client *client)
{
	struct op_requests fields = {.count = client->queued};
	size_t first = client->n_flights - (size_t)client->queued;
	const struct bus_out out = {
		OP_REQUEST, client->first + first, &fields, buffer_bytes(&client->body)};
	struct reason reason = {0};

	if (client->queued == 0)
		return ERR_OK;
	enum err err = send_message(client, &out, &reason);
	if (err)
		fail_queued(client, err, &reason);
	for (size_t i = first; !err && i < client->n_flights; i++) {
		client->flights[i].state = FLIGHT_SENT;
		client->n_sent++;
		client->flights[i].message = out.correlation;
	}
	client->queued = 0;
	buffer_reset(&client->body);
	return err;
}

static enum err add_to_body(struct client *client, const struct op_request *request)
{
	op_item_add(&client->body, schema_op_request(), request);
	if (!client->body.failed)
		return ERR_OK;
	client->body.failed = false;
	return ERR_LIMIT;
}

static bool too_large(const struct client_request *request)
{
	return request->type.n > 48 || request->wait_node.n > 32 || request->body.n > 61440;
}

enum err client_send(
	struct client *client, const struct client_request *request, uint64_t *ret_correlation)
{
	struct actor actor = request->actor;
	struct op_request item = {
		.key = request->key,
		.type = request->type,
		.actor = actor.role.n ? &actor : NULL,
		.occurred_at = request->occurred_at,
		.historical = request->historical,
		.ordered = request->ordered,
		.timeout_ms = request->timeout_ms,
		.wait_node = request->wait_node,
		.why = request->why,
		.wait_seq = (int64_t)request->wait_seq,
		.body = text_of_bytes(request->body),
	};

	if (too_large(request))
		return ERR_LIMIT;
	enum err err = schema_check(schema_op_request(), &item, NULL);
	if (err)
		return err;
	if (!reserve_flight(client))
		return ERR_NO_MEMORY;
	if (client->queued == OP_REQUESTS_MAX)
		err = client_flush(client);
	if (!err && add_to_body(client, &item)) {
		err = client_flush(client);
		if (!err)
			err = add_to_body(client, &item);
	}
	if (err)
		return err;
	*ret_correlation = client->first + client->n_flights;
	client->flights[client->n_flights++] =
		(struct flight){.key = request->key, .state = FLIGHT_QUEUED};
	client->queued++;
	return ERR_OK;
}

/* ---- answers --------------------------------------------------------------------------------- */

static bool take_failed(struct client *client, struct client_answer *ret)
{
	size_t i = client->over;

	if (client->n_failed == 0)
		return false;
	while (client->flights[i].state != FLIGHT_FAILED)
		i++;
	struct flight *flight = &client->flights[i];
	*ret = (struct client_answer){
		.key = flight->key,
		.correlation = client->first + i,
		.status = flight->status,
		.reason = client->why,
		.unknown = flight->unknown,
	};
	ret->reason.code = flight->status;
	end_flight(client, flight);
	return true;
}

static void fill_answer(
	const struct op_reply *reply, const struct flight *flight, struct client_answer *ret)
{
	*ret = (struct client_answer){
		.key = flight->key,
		.correlation = (uint64_t)reply->correlation,
		.seq = (uint64_t)reply->seq,
		.replayed = reply->replayed,
		.retry_after_ms = reply->retry_after_ms,
		.body = text_bytes(reply->body),
	};
	op_reason_of_reply(reply, &ret->reason);
	ret->status = ret->reason.code;
}

static void drop_inbound(struct client_session *session)
{
	struct inbound *inbound = session->first;

	session->first = inbound->next;
	if (!session->first)
		session->last = &session->first;
	free(inbound);
}

static void end_inbound(struct client *client)
{
	struct inbound *inbound = client->session.first;

	if (inbound->error_of) {
		client->session.refused--;
		fail_sent(client, inbound->error_of, &inbound->reason);
	}
	drop_inbound(&client->session);
}

static bool take_reply(struct client *client, struct client_answer *ret)
{
	struct client_session *session = &client->session;
	struct op_reply reply;
	struct op_item item;

	while (session->first) {
		if (!op_item_next(&session->first->left, &item)) {
			end_inbound(client);
			continue;
		}
		session->n_replies--;
		arena_reset(&client->arena);
		if (schema_decode(schema_op_reply(), item.bytes, PACK_PLAIN, &client->arena, &reply,
			    NULL))
			continue;
		/* An answer to what was given up, or answered before, is nobody's any more. */
		struct flight *flight = find_flight(client, (uint64_t)reply.correlation);
		if (!flight || flight->state != FLIGHT_SENT)
			continue;
		fill_answer(&reply, flight, ret);
		end_flight(client, flight);
		return true;
	}
	return false;
}

static enum err receive(struct client *client, int64_t timeout_ms, struct client_answer *ret)
{
	const struct clock *clock = &client->session.clock;
	int64_t until = clock_steady(clock) + timeout_ms;

	/* Should it fail, the requests are answered with that. */
	enum err ignored = client_flush(client);
	(void)ignored;
	for (;;) {
		settle(client);
		if (take_reply(client, ret) || take_failed(client, ret))
			return ERR_OK;
		int64_t left = until - clock_steady(clock);
		if (left <= 0)
			return ERR_TIMEOUT;
		session_wait(&client->session, left);
	}
}

enum err client_receive(struct client *client, int64_t timeout_ms, struct client_answer *ret)
{
	struct kept *kept = client->kept;

	free(client->handed);
	client->handed = kept;
	if (!kept)
		return receive(client, timeout_ms, ret);
	client->kept = kept->next;
	if (!client->kept)
		client->last_kept = &client->kept;
	*ret = kept->answer;
	return ERR_OK;
}

static void keep(struct client *client, const struct client_answer *answer)
{
	struct kept *kept = malloc(sizeof(*kept) + answer->body.n);

	if (!kept) /* as if it had been lost on the way */
		return;
	kept->next = NULL;
	kept->answer = *answer;
	if (answer->body.n)
		memcpy(kept->body, answer->body.p, answer->body.n);
	kept->answer.body = bytes_of(kept->body, answer->body.n);
	*client->last_kept = kept;
	client->last_kept = &kept->next;
}

/* Time is up: a later answer finds no flight. */
static void give_up(struct client *client, uint64_t correlation, struct client_answer *ret)
{
	struct flight *flight = find_flight(client, correlation);

	assert(flight);
	*ret = (struct client_answer){.key = flight->key,
		.correlation = correlation,
		.status = ERR_TIMEOUT,
		.unknown = true};
	reason_set(&ret->reason, ERR_TIMEOUT, "", "no answer in time");
	end_flight(client, flight);
}

enum err client_call(
	struct client *client, const struct client_request *request, struct client_answer *ret)
{
	const struct clock *clock = &client->session.clock;
	int64_t wait_ms = request->timeout_ms ? request->timeout_ms + GRACE_MS : CALL_MS;
	uint64_t correlation = 0;

	*ret = (struct client_answer){0};
	enum err err = client_send(client, request, &correlation);
	if (err) {
		ret->status = err;
		return err;
	}
	int64_t until = clock_steady(clock) + wait_ms;
	for (;;) {
		int64_t left = until - clock_steady(clock);
		err = receive(client, left > 0 ? left : 0, ret);
		if (err || ret->correlation == correlation)
			break;
		keep(client, ret);
	}
	if (err)
		give_up(client, correlation, ret);
	return err;
}

uint64_t client_node_head(const struct client *client)
{
	return client->session.head;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static enum err copy_option(char *to, size_t size, const char *from, struct reason *reason)
{
	int n = snprintf(to, size, "%s", from ? from : "");

	if (n > 0 && (size_t)n < size)
		return ERR_OK;
	return reason_set(reason, ERR_INVALID, "", "1 to %zu bytes", size - 1);
}

static enum err set_up(
	struct client *client, const struct client_options *options, struct reason *reason)
{
	struct client_session *session = &client->session;
	const struct {
		char *to;
		size_t size;
		const char *from;
		const char *name;
	} rows[] = {
		{session->endpoint, sizeof(session->endpoint), options->endpoint, "endpoint"},
		{session->name, sizeof(session->name), options->name, "name"},
		{session->server_key, BUS_KEY_BYTES, options->server_key, "server_key"},
		{session->public_key, BUS_KEY_BYTES, options->public_key, "public_key"},
		{session->secret_key, BUS_KEY_BYTES, options->secret_key, "secret_key"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum err err = copy_option(rows[i].to, rows[i].size, rows[i].from, reason);
		if (err) {
			reason_prefix(reason, rows[i].name, -1);
			return err;
		}
	}
	session->zmq = wire_context();
	if (!session->zmq)
		return reason_set(reason, ERR_SYSTEM, "", "no ZeroMQ context");
	return session_ensure(session, true, reason);
}

enum err client_open(
	const struct client_options *options, struct client **ret, struct reason *reason)
{
	const struct random random = random_real();
	struct client *client = calloc(1, sizeof(*client));

	*ret = NULL;
	if (!client)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	client->first = 1;
	client->last_kept = &client->kept;
	client->session.last = &client->session.first;
	client->session.clock = clock_real();
	client->session.boot = uuid_make(clock_now(&client->session.clock), &random);
	client->session.connect_timeout_ms =
		options->connect_timeout_ms ? options->connect_timeout_ms : CONNECT_MS;
	arena_init(&client->arena, ARENA_BYTES);
	arena_init(&client->session.arena, ARENA_BYTES);
	buffer_init(&client->body, OP_BODY_MAX);
	buffer_init(&client->session.scratch, OP_FIELDS_MAX);
	enum err err = set_up(client, options, reason);
	if (err) {
		client_close(client);
		return err;
	}
	client->session.lost = false;
	*ret = client;
	return ERR_OK;
}

static void say_bye(struct client_session *session)
{
	struct op_bye bye = {0};
	const struct bus_out out = {OP_BYE, 0, &bye, BYTES_NONE};

	if (!session->up)
		return;
	enum err ignored = wire_send_out(session->socket, NULL, &out, &session->scratch);
	(void)ignored;
}

void client_close(struct client *client)
{
	if (!client)
		return;
	say_bye(&client->session);
	session_drop(&client->session, LINGER_MS);
	wire_context_done(client->session.zmq);
	while (client->session.first)
		drop_inbound(&client->session);
	for (struct kept *kept = client->kept; kept;) {
		struct kept *next = kept->next;
		free(kept);
		kept = next;
	}
	free(client->handed);
	free(client->flights);
	arena_done(&client->arena);
	arena_done(&client->session.arena);
	buffer_done(&client->body);
	buffer_done(&client->session.scratch);
	memset(client->session.secret_key, 0, sizeof(client->session.secret_key));
	free(client);
}
