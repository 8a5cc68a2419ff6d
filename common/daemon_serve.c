/* The server side of a daemon: requests become turns of the engine, answers go out after the
 * commit, and followers get the journal as far as their credit reaches. Touches sockets through
 * bus.h and the disk through engine.h. */
#include <stdlib.h>
#include <string.h>

#include "common/daemon_private.h"

enum {
	UNACKED_BATCHES = 64,
	BATCH_BYTES = 128 * 1024,
	REPLY_BYTES = 128 * 1024,
	PUMP_RETRY_MS = 20,
	RETRY_MS = 200 /* for a client, unless the engine knows better */
};

/* What is on its way to a follower. */
struct sent_batch {
	uint64_t first, last;
	size_t n, stubs, bytes;
	int64_t written; /* its first record */
};

struct following {
	unsigned follower;
	uint64_t next;
	uint64_t skipped; /* from next up to here nothing is for it; below next: not looked yet */
	uint8_t skipped_hash[HASH_BYTES];
	uint64_t skipped_epoch;
	bool stuck; /* at a record that cannot be read, until it follows again */
	uint64_t credit_records, credit_bytes;
	size_t records, bytes; /* unacknowledged */
	struct sent_batch sent[UNACKED_BATCHES];
	unsigned first, n; /* of the ring */
};

/* ---- requests -------------------------------------------------------------------------------- */

static enum err on_welcome(
	void *ctx, struct bus_session *session, struct op_welcome *welcome, struct reason *reason)
{
	struct daemon *daemon = ctx;
	struct head head;

	(void)session;
	(void)reason;
	engine_head(daemon->engine, &head);
	welcome->epoch = (int64_t)head.epoch;
	welcome->floor = 1;
	welcome->head = (int64_t)head.seq;
	return ERR_OK;
}

static struct op_reply refusal(
	const struct pending *pending, enum err code, const char *rule, struct reason *reason)
{
	(void)reason_set(reason, code, "", "%s", rule);
	struct op_reply reply = op_reply_of(pending->correlation, reason);
	reply.key = pending->request.key;
	reply.retry_after_ms = err_retryable(code) ? RETRY_MS : 0;
	return reply;
}

static void send_replies(struct daemon *daemon, struct bus_session *session, size_t *n)
{
	const struct op_replies replies = {(int64_t)*n};

	if (*n == 0)
		return;
	/* a peer that does not take its replies asks again with the same keys */
	if (bus_server_send(session,
		    &(struct bus_out){OP_REPLY, 0, &replies, buffer_bytes(&daemon->frame)}))
		log_event(LOG_WARNING, "replies not sent", LOG_TEXT("peer", session->peer.name),
			LOG_INT("replies", *n));
	buffer_reset(&daemon->frame);
	*n = 0;
}

void daemon_answer_at_once(
	struct daemon *daemon, const struct pending *pending, enum err code, const char *rule)
{
	struct reason reason;
	struct op_reply reply = refusal(pending, code, rule, &reason);
	size_t n = 1;

	if (!pending->session)
		return;
	daemon_note_order(pending, code);
	daemon->meter->now_us = meter_now_us();
	meter_answer(daemon->meter, pending, code);
	buffer_reset(&daemon->frame);
	op_item_add(&daemon->frame, schema_op_reply(), &reply);
	send_replies(daemon, pending->session, &n);
}

static void on_request(
	void *ctx, struct bus_session *session, const struct bus_request *requests, size_t n)
{
	struct daemon *daemon = ctx;
	int64_t now = clock_steady(&daemon->clock), now_us = meter_now_us();

	for (size_t i = 0; i < n; i++) {
		const struct op_request *request = &requests[i].request;
		struct pending pending = {.session = session,
			.correlation = requests[i].correlation,
			.request = *request,
			.expires = request->timeout_ms ? now + request->timeout_ms : 0,
			.came_us = now_us};
		if (request->wait_node.n && !engine_knows(daemon->engine, request->wait_node))
			daemon_answer_at_once(daemon, &pending, ERR_INVALID,
				"wait_node: this node does not follow such a node");
		else if (daemon_must_wait(daemon, request)) {
			if (!daemon_park(daemon, &pending))
				daemon_answer_at_once(
					daemon, &pending, ERR_BUSY, "too many requests wait");
		} else if (daemon->n_pending ==
			   sizeof(daemon->pending) / sizeof(daemon->pending[0]))
			daemon_answer_at_once(
				daemon, &pending, ERR_BUSY, "too many requests at once");
		else
			daemon->pending[daemon->n_pending++] = pending;
	}
	loop_task_defer(daemon->turn);
}

/* ---- the turn -------------------------------------------------------------------------------- */

static struct request request_of(const struct pending *pending)
{
	const struct op_request *op = &pending->request;

	return (struct request){
		.client = text_of(pending->own ? "node" : pending->session->peer.name),
		.peer = pending->own ? 0 : pending->session->peer.role_bit,
		.department = text_of(pending->own ? "" : pending->session->peer.department),
		.own = pending->own,
		.key = op->key,
		.type = op->type,
		.body = text_bytes(op->body),
		.actor = op->actor ? *op->actor : (struct actor){.role = TEXT_NONE},
		.occurred_at = op->occurred_at,
		.historical = op->historical,
		.line = op->ordered && !pending->own ? pending->session->number : 0,
		.why = op->why};
}

static void add_reply(struct daemon *daemon, const struct pending *pending,
	const struct answer *answer, size_t *n)
{
	struct op_reply reply = {.correlation = (int64_t)pending->correlation};

	if (answer->status)
		reply = op_reply_of(pending->correlation, &answer->reason);
	reply.key = pending->request.key;
	reply.seq = (int64_t)answer->seq;
	reply.replayed = answer->replayed;
	reply.body = text_of_bytes(answer->body);
	reply.retry_after_ms = err_retryable(answer->status) ? RETRY_MS : 0;
	if (answer->retry_after_ms)
		reply.retry_after_ms = answer->retry_after_ms;
	daemon_note_order(pending, answer->status);
	op_item_add(&daemon->frame, schema_op_reply(), &reply);
	if (++*n == OP_REQUESTS_MAX || daemon->frame.n > REPLY_BYTES)
		send_replies(daemon, pending->session, n);
}

/* Answers of one turn, grouped by whom they go to. */
static void send_answers(
	struct daemon *daemon, struct pending *pending, const struct answer *answers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct bus_session *session = pending[i].session;
		size_t packed = 0;
		if (pending[i].own && answers[i].status)
			log_event(LOG_ERROR, "own command refused",
				LOG_TEXT("field", answers[i].reason.field),
				LOG_TEXT("rule", answers[i].reason.rule));
		if (!session)
			continue;
		buffer_reset(&daemon->frame);
		for (size_t k = i; k < n; k++) {
			if (pending[k].session != session)
				continue;
			add_reply(daemon, &pending[k], &answers[k], &packed);
			pending[k].session = NULL;
		}
		send_replies(daemon, session, &packed);
	}
}

/* Those whose turn it is: not too late, and not before one that must come again first. */
static size_t choose(struct daemon *daemon, struct pending *pending, size_t n)
{
	int64_t now = clock_steady(&daemon->clock);
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (!pending[i].session && !pending[i].own)
			continue;
		if (pending[i].expires && now >= pending[i].expires)
			daemon_answer_at_once(daemon, &pending[i], ERR_EXPIRED,
				"its time was up before its turn came");
		else if (daemon_must_queue(&pending[i]))
			daemon_answer_at_once(daemon, &pending[i], ERR_BUSY,
				"an earlier request is to be asked again first");
		else
			pending[kept++] = pending[i];
	}
	return kept;
}

static void run_turn(struct daemon *daemon, struct pending *pending, size_t n)
{
	struct request *requests = daemon->requests;
	struct answer *answers = daemon->answers;
	struct batch batches[sizeof(daemon->batches) / sizeof(daemon->batches[0])];
	struct turn turn = {requests, answers, n, batches, daemon->n_batches};

	for (size_t i = 0; i < n; i++)
		requests[i] = request_of(&pending[i]);
	for (size_t i = 0; i < daemon->n_batches; i++)
		batches[i] = daemon->batches[i].batch;
	int64_t begin_us = meter_now_us();
	enum err err = engine_turn(daemon->engine, &turn);
	if (err)
		daemon_fail(daemon, err, "turn");
	daemon->meter->now_us = meter_now_us();
	histogram_add(&daemon->meter->turns, daemon->meter->now_us - begin_us);
	for (size_t i = 0; i < n; i++)
		meter_answer(daemon->meter, &pending[i], answers[i].status);
	for (size_t i = 0; i < daemon->n_batches; i++)
		daemon->batches[i].batch.result = batches[i].result;
	daemon_after_batches(daemon);
	send_answers(daemon, pending, answers, n);
}

void daemon_answer_alone(struct daemon *daemon, struct pending *pending)
{
	struct pending one = *pending;

	if (one.session)
		run_turn(daemon, &one, 1);
}

void daemon_take_turn(struct daemon *daemon)
{
	size_t n = daemon->n_pending, at = 0;

	daemon->n_pending = 0;
	do {
		size_t some = n - at < TURN_MAX_REQUESTS ? n - at : TURN_MAX_REQUESTS;
		size_t chosen = choose(daemon, daemon->pending + at, some);
		if (chosen || daemon->n_batches)
			run_turn(daemon, daemon->pending + at, chosen);
		at += some;
	} while (at < n);
	arena_reset(&daemon->requests_arena);
	daemon_unpark(daemon);
	daemon_pump_all(daemon, false);
	daemon_run_effects(daemon);
}

/* ---- followers ------------------------------------------------------------------------------- */

static void note_sent(struct daemon *daemon, struct following *f, const struct outgoing *out)
{
	f->sent[(f->first + f->n++) % UNACKED_BATCHES] = (struct sent_batch){
		out->first, out->last, out->n, out->stubs, daemon->items.n, out->written};
	f->records += out->n;
	f->bytes += daemon->items.n;
	f->next = out->last + 1;
}

static bool may_send(const struct following *f)
{
	return !f->stuck && f->n < UNACKED_BATCHES && f->records < f->credit_records &&
	       f->bytes < f->credit_bytes;
}

static enum err send_batch(
	struct daemon *daemon, struct bus_session *session, const struct outgoing *out)
{
	struct head head;

	engine_head(daemon->engine, &head);
	const struct op_batch batch = {.epoch = (int64_t)out->epoch,
		.first = (int64_t)out->first,
		.last = (int64_t)out->last,
		.count = (int64_t)out->n,
		.head = (int64_t)head.seq,
		.head_time = head.time,
		.hash_last = {(const char *)out->hash_last, HASH_BYTES, false}};
	return bus_server_send(
		session, &(struct bus_out){OP_BATCH, 0, &batch, buffer_bytes(out->items)});
}

/* A stretch of which nothing is for this follower is told with the tick, or with the next record,
 * not after every commit, which would cost it one of its own. It is not looked at twice. */
static enum err tell_skipped(struct daemon *daemon, struct bus_session *session)
{
	struct following *f = session->user;
	struct outgoing out = {.first = f->next,
		.last = f->skipped,
		.epoch = f->skipped_epoch,
		.items = &daemon->items};

	if (f->skipped < f->next || !may_send(f))
		return ERR_OK;
	memcpy(out.hash_last, f->skipped_hash, HASH_BYTES);
	buffer_reset(&daemon->items);
	enum err err = send_batch(daemon, session, &out);
	if (!err)
		note_sent(daemon, f, &out);
	return err;
}

/* Nobody can have it, and nothing may be skipped: others go on, up to here. */
static bool stop_before(
	struct following *f, const struct bus_session *session, uint64_t seq, enum err err)
{
	f->stuck = true;
	log_event(LOG_ERROR,
		err == ERR_UNKNOWN_TYPE
			? "a record of the journal is of a later version of this program: "
			  "followers "
			  "are served up to here, until that is installed again"
			: "a record of the journal is not as it was written: followers are served "
			  "up to here",
		LOG_INT("seq", seq), LOG_TEXT("peer", session->peer.name));
	return false;
}

/* Sends what the follower's credit allows; true when it must be tried again later. */
static bool pump(struct daemon *daemon, struct bus_session *session, bool tick)
{
	struct following *f = session->user;
	enum err err = ERR_OK;
	bool tired = false;

	while (f && !err && !tired && may_send(f)) {
		size_t records = f->credit_records - f->records;
		struct outgoing out = {.first = f->skipped >= f->next ? f->skipped + 1 : f->next,
			.max_records = records < OP_ITEMS_MAX ? records : OP_ITEMS_MAX,
			.max_bytes = BATCH_BYTES,
			.items = &daemon->items};
		err = engine_outgoing(daemon->engine, f->follower, &out);
		if (err == ERR_CORRUPT || err == ERR_UNKNOWN_TYPE)
			return stop_before(f, session, out.last + 1, err);
		if (err)
			daemon_fail(daemon, err, "reading the journal");
		if (out.last < out.first)
			break;
		tired = out.tired;
		if (out.n == 0) {
			f->skipped = out.last;
			f->skipped_epoch = out.epoch;
			memcpy(f->skipped_hash, out.hash_last, HASH_BYTES);
			continue;
		}
		out.first = f->next;
		err = send_batch(daemon, session, &out);
		if (!err)
			note_sent(daemon, f, &out);
	}
	if (f && tick && !err)
		err = tell_skipped(daemon, session);
	return tired || err == ERR_BUSY;
}

void daemon_pump_all(struct daemon *daemon, bool tick)
{
	bool again = false;

	for (struct bus_session *s = bus_server_first(daemon->server); s; s = s->next)
		if (!s->ended && s->user)
			again |= pump(daemon, s, tick);
	if (again)
		loop_timer_once(daemon->pump, PUMP_RETRY_MS);
}

static void refuse_follow(struct bus_session *session, enum err code, const struct reason *why)
{
	struct reason reason;

	(void)reason_set(&reason, code, why->field, "%s", why->rule);
	log_event(code == ERR_DIVERGED ? LOG_ERROR : LOG_WARNING,
		code == ERR_DIVERGED ? "diverged: this follower is not served until an operator "
				       "decides, its journal of us is not ours"
				     : "following refused",
		LOG_TEXT("peer", session->peer.name), LOG_TEXT("field", reason.field),
		LOG_TEXT("why", reason.rule));
	if (bus_server_send_error(session, 0, &reason))
		bus_server_end(session, &reason);
}

/* What it says of itself; a position without its hash proves nothing. */
static enum err standing_of(
	const struct op_follow *follow, struct standing *ret, struct reason *reason)
{
	*ret = (struct standing){.epoch = (uint64_t)follow->epoch,
		.through = (uint64_t)follow->next - 1,
		.hash_at = (uint64_t)(follow->hash_at ? follow->hash_at : follow->next - 1)};
	if (follow->hash.n == HASH_BYTES)
		ret->hash = (const uint8_t *)follow->hash.p;
	else if (ret->hash_at)
		return reason_set(reason, ERR_INVALID, "hash", "is required, of 32 bytes");
	return ret->hash_at < ret->through
		       ? reason_set(reason, ERR_INVALID, "hash_at", "must not lie before next - 1")
		       : ERR_OK;
}

static void stop_serving(struct bus_session *session)
{
	free(session->user);
	session->user = NULL;
}

static void on_follow(void *ctx, struct bus_session *session, const struct op_follow *follow)
{
	struct daemon *daemon = ctx;
	int index = engine_follower(
		daemon->engine, text_of(session->peer.name), session->peer.role_bit);
	struct following *f = session->user;
	struct reason reason = {0};
	struct standing at;
	struct queue queue;
	struct head head;

	enum err err = index < 0 ? reason_set(&reason, ERR_DENIED, "", "this peer is no follower")
				 : standing_of(follow, &at, &reason);
	if (!err)
		err = engine_follow(daemon->engine, (unsigned)index, &at, &reason);
	if (err) {
		stop_serving(session);
		refuse_follow(session, err, &reason);
		return;
	}
	if (!f)
		f = session->user = calloc(1, sizeof(*f)); /* without credit nothing is sent */
	if (!f || engine_queue(daemon->engine, (unsigned)index, &queue)) {
		err = reason_set(&reason, ERR_NO_MEMORY, "", "out of memory");
		refuse_follow(session, err, &reason);
		return;
	}
	*f = (struct following){.follower = (unsigned)index,
		.next = (uint64_t)follow->next,
		.credit_records = (uint64_t)follow->credit_records,
		.credit_bytes = (uint64_t)follow->credit_bytes};
	engine_link(daemon->engine, (unsigned)index, LINK_UP);
	engine_head(daemon->engine, &head);
	const struct op_following following = {.epoch = (int64_t)head.epoch,
		.next = follow->next,
		.head = (int64_t)head.seq,
		.addressed = (int64_t)queue.addressed,
		.delivered = (int64_t)queue.delivered};
	log_event(LOG_INFO, "follower", LOG_TEXT("peer", session->peer.name),
		LOG_INT("next", follow->next),
		LOG_INT("waiting", queue.addressed - queue.delivered));
	if (!bus_server_send(session, &(struct bus_out){OP_FOLLOWING, 0, &following, BYTES_NONE}))
		loop_task_defer(daemon->turn);
}

static void on_ack(void *ctx, struct bus_session *session, const struct op_ack *ack)
{
	struct daemon *daemon = ctx;
	struct following *f = session->user;
	struct delivered delivered = {0};
	struct head head;

	engine_head(daemon->engine, &head);
	if (!f || (uint64_t)ack->epoch > head.epoch)
		return;
	while (f->n && f->sent[f->first].last <= (uint64_t)ack->through) {
		const struct sent_batch *sent = &f->sent[f->first];
		if (delivered.last == 0)
			delivered.first = sent->first;
		delivered.last = sent->last;
		delivered.records += sent->n;
		delivered.stubs += sent->stubs;
		if (sent->n)
			engine_hop(daemon->engine, f->follower, sent->written, sent->n);
		f->records -= sent->n;
		f->bytes -= sent->bytes;
		f->first = (f->first + 1) % UNACKED_BATCHES;
		f->n--;
	}
	f->credit_records = (uint64_t)ack->credit_records;
	f->credit_bytes = (uint64_t)ack->credit_bytes;
	engine_told_aside(daemon->engine, f->follower, ack->quarantined, ack->dropped);
	if (delivered.last)
		engine_delivered(daemon->engine, f->follower, &delivered);
	if (pump(daemon, session, false))
		loop_timer_once(daemon->pump, PUMP_RETRY_MS);
}

static void on_heartbeat(void *ctx, struct op_heartbeat *heartbeat)
{
	struct daemon *daemon = ctx;
	struct head head;

	engine_head(daemon->engine, &head);
	heartbeat->head = (int64_t)head.seq;
	heartbeat->head_time = head.time;
	heartbeat->loop_ms = loop_longest_ms(daemon->loop);
}

/* It may have come again already, in another session. */
static void note_gone(struct daemon *daemon, const struct bus_session *session)
{
	const struct following *f = session->user;

	for (struct bus_session *s = bus_server_first(daemon->server); f && s; s = s->next) {
		const struct following *other = s->user;
		if (s != session && !s->ended && other && other->follower == f->follower)
			return;
	}
	if (f)
		engine_link(daemon->engine, f->follower, session->left ? LINK_LEFT : LINK_LOST);
}

static void on_gone(void *ctx, struct bus_session *session)
{
	struct daemon *daemon = ctx;

	note_gone(daemon, session);
	for (size_t i = 0; i < daemon->n_pending; i++)
		if (daemon->pending[i].session == session)
			daemon->pending[i].session = NULL;
	daemon_forget_parked(daemon, session);
	stop_serving(session);
}

struct bus_server_handlers daemon_server_handlers(struct daemon *daemon)
{
	return (struct bus_server_handlers){.ctx = daemon,
		.arena = &daemon->requests_arena,
		.on_welcome = on_welcome,
		.on_request = on_request,
		.on_follow = on_follow,
		.on_ack = on_ack,
		.on_heartbeat = on_heartbeat,
		.on_gone = on_gone};
}
