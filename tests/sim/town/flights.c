/* The commands of simulated clients: each is asked for with one key until it is answered, now and
 * then twice, and never answered in two ways. Touches nothing. */
#include "tests/sim/town/clients.h"

#include <stdlib.h>
#include <string.h>

#include "common/engine_private.h"

enum { PATIENCE_MS = 4000, OWN_MS = 30, FLIGHT_BYTES = 1024 * 1024 };

struct flight *flights;

/* ---- asking ---------------------------------------------------------------------------------- */

static void add_request(struct buffer *body, const struct flight *flight)
{
	struct actor actor = flight->deed.actor;
	const struct op_request request = {.key = flight->key,
		.type = text_of(flight->name),
		.actor = actor.role.n ? &actor : NULL,
		.occurred_at = flight->deed.occurred_at,
		.historical = flight->deed.historical,
		.timeout_ms = flight->timeout_ms,
		.wait_node = flight->wait_node,
		.wait_seq = flight->wait_seq,
		.body = text_of_bytes(flight->body)};

	op_item_add(body, schema_op_request(), &request);
}

static void ask(struct flight *flight)
{
	struct line *line = flight->line;
	const struct op_requests requests = {1};
	struct buffer body;

	flight->met |= world.nodes[flight->deed.node].faults;
	event_set(&flight->event,
		world.now + PATIENCE_MS + (int64_t)chance(FOR_CLIENTS, PATIENCE_MS));
	if (line->state != LINE_UP) {
		line_wake(line);
		return;
	}
	buffer_init(&body, OP_BODY_MAX);
	add_request(&body, flight);
	flight->correlation = ++line->correlation;
	const struct bus_out out = {
		OP_REQUEST, flight->correlation, &requests, buffer_bytes(&body)};
	flight->sent = !body.failed && line_send(line, &out) == ERR_OK;
	flight->tries++;
	buffer_done(&body);
	if (world.options.trace)
		trace("%s asks %s: %s, try %u", client_names[line->client], node_names[line->node],
			flight->name, flight->tries);
}

/* Commands that are right although there is nothing left to do; such answers are not kept. */
static bool may_change_nothing(const char *command)
{
	static const char *const idle[] = {"hand_over_work", "mark_read", "take_work_item",
		"withdraw_consent", "withdraw_slot", "mend_queue", "start_scrub", "make_backup"};

	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++)
		if (!strcmp(idle[i], command))
			return true;
	return false;
}

static void count_pairs(const struct flight *flight)
{
	for (unsigned i = 0; flight->command < COMMANDS_MAX && i < FAULTS; i++)
		if (flight->met >> i & 1U)
			world.result->counts.pairs[flight->command][i]++;
}

/* No answer in time: asked again, in this session or in another one. */
static void run_flight(struct event *event)
{
	struct flight *flight = OWNER_OF(event, struct flight, event);

	if (!flight->line) {
		flight->phase = ANSWERED;
		flight->asking = false;
		count_pairs(flight);
		return;
	}
	flight->asking = true;
	flight->wait_node = TEXT_NONE;
	flight->timeout_ms = 0;
	if (flight->sent && chance(FOR_CLIENTS, 2)) {
		flight->sent = false;
		line_restart(flight->line);
	}
	ask(flight);
}

void flights_resume(struct line *line)
{
	for (struct flight *f = flights; f; f = f->next)
		if (f->line == line && f->asking)
			ask(f);
}

void flights_lost(struct line *line)
{
	for (struct flight *f = flights; f; f = f->next)
		if (f->line == line)
			f->sent = false;
}

bool line_needed(const struct line *line)
{
	for (const struct flight *f = flights; f; f = f->next)
		if (f->line == line && f->asking)
			return true;
	return false;
}

/* ---- answers --------------------------------------------------------------------------------- */

bool flight_hash(const struct node *node, uint64_t seq, uint8_t ret[HASH_BYTES])
{
	struct journal_entry entry;
	struct key key = {0};
	struct bytes value;
	struct txn *txn;
	bool there;

	arena_reset(&world.arena);
	if (store_begin(node->store, STORE_READ, &world.arena, &txn))
		return false;
	key_add_u64(&key, seq);
	there = store_get(txn, CORE_JOURNAL, key_bytes(&key), &value) &&
		!journal_parse(value, &world.arena, &entry);
	if (there)
		memcpy(ret, entry.hash, HASH_BYTES);
	store_abort(txn);
	return there;
}

static bool keeps_answer(const struct node *node, const struct flight *flight)
{
	struct key key = {0};
	struct bytes value;
	struct txn *txn;

	arena_reset(&world.arena);
	if (store_begin(node->store, STORE_READ, &world.arena, &txn))
		return false;
	key_add_uuid(&key, flight->key);
	bool kept = store_get(txn, flight->deed.historical ? CORE_IMPORTS : CORE_REPLIES,
		key_bytes(&key), &value);
	store_abort(txn);
	return kept;
}

static void learn(struct flight *flight)
{
	const struct schema *schema = flight->deed.command->head->reply();
	void *reply = NULL;

	if (flight->status == ERR_OK) {
		reply = arena_alloc(&flight->arena, schema->size);
		if (!reply || schema_decode(schema, flight->reply, PACK_PLAIN, &flight->arena,
				      reply, NULL)) {
			fail("the reply to %s cannot be read", flight->name);
			return;
		}
	}
	if (flight->command < COMMANDS_MAX)
		workload_learn(world.workload, &flight->deed, flight->status, reply);
}

/* I1: what is acknowledged is durable at this moment, and there for good. */
static void acknowledged(struct flight *flight, const struct op_reply *reply)
{
	struct node *node = &world.nodes[flight->deed.node];

	flight->seq = (uint64_t)reply->seq;
	flight->reply = bytes_copy(&flight->arena, text_bytes(reply->body));
	world.result->counts.acknowledged++;
	if (flight->seq > node->head.seq) {
		fail("I1: %s acknowledged %s at %llu, and its journal ends at %llu", node->name,
			flight->name, (unsigned long long)flight->seq,
			(unsigned long long)node->head.seq);
		return;
	}
	if (flight->seq && !flight_hash(node, flight->seq, flight->hash))
		fail("I1: %s acknowledged %s at %llu, which is not in its journal", node->name,
			flight->name, (unsigned long long)flight->seq);
	flight->kept = keeps_answer(node, flight);
	if (!flight->kept && !may_change_nothing(flight->name))
		fail("I7: %s acknowledged %s and does not keep the answer", node->name,
			flight->name);
	if (flight->kept && chance(FOR_CLIENTS, 4) == 0)
		event_set(&flight->event, world.now + chance_skewed(FOR_CLIENTS, 1, 60000));
}

static void first_answer(struct flight *flight, enum err status, const struct op_reply *reply)
{
	flight->phase = ANSWERED;
	flight->status = status;
	flight->life = world.nodes[flight->deed.node].lives;
	event_drop(&flight->event);
	count_pairs(flight);
	world.result->counts.refused_by[status]++;
	if (status == ERR_OK)
		acknowledged(flight, reply);
	else
		world.result->counts.refused++;
	learn(flight);
}

/* I7: the same key, the same answer. */
static void second_answer(struct flight *flight, enum err status, const struct op_reply *reply)
{
	const char *name = flight->name;
	bool aged = status == ERR_KEY_EXPIRED || status == ERR_INVALID; /* a clock has jumped */

	event_drop(&flight->event);
	if (!flight->kept || flight->life != world.nodes[flight->deed.node].lives || aged)
		return;
	if (status)
		fail("I7: %s was done and is then refused: %s", name, err_word(status));
	else if (!reply->replayed)
		fail("I7: %s was done and is done again", name);
	else if ((uint64_t)reply->seq != flight->seq ||
		 !bytes_equal(flight->reply, text_bytes(reply->body)))
		fail("I7: %s is answered in two ways", name);
	world.result->counts.replayed++;
}

static void ask_later(struct flight *flight, int64_t ms)
{
	flight->sent = false; /* not the session is at fault */
	event_set(&flight->event, world.now + ms + (int64_t)chance(FOR_CLIENTS, 500));
}

void flight_reply(struct line *line, const struct op_reply *reply)
{
	struct flight *flight = flights;
	struct reason reason = {.code = ERR_OK};

	while (flight && !(flight->line == line && uuid_equal(flight->key, reply->key)))
		flight = flight->next;
	if (!flight)
		return;
	if (reply->status.n)
		op_reason_of_reply(reply, &reason);
	if (world.options.trace)
		trace("%s answers %s: %s%s %s %s", node_names[line->node], flight->name,
			err_word(reason.code), reply->replayed ? " again" : "", reason.field,
			reason.rule);
	if (err_retryable(reason.code)) {
		if (flight->asking)
			ask_later(flight, reply->retry_after_ms);
		return;
	}
	flight->asking = false;
	if (reason.code == ERR_BUG || reason.code == ERR_CORRUPT)
		fail("%s answers %s with %s: %s %s", node_names[line->node], flight->name,
			err_word(reason.code), reason.field, reason.rule);
	else if (flight->phase == UNDER_WAY)
		first_answer(flight, reason.code, reply);
	else
		second_answer(flight, reason.code, reply);
}

void flight_refused(struct line *line, uint64_t correlation, const struct reason *reason)
{
	trace("%s refuses a message: %s %s", node_names[line->node], reason->field, reason->rule);
	for (struct flight *f = flights; f; f = f->next)
		if (f->line == line && f->asking && f->sent &&
			(f->correlation == correlation || correlation == 0))
			ask_later(f, 100);
}

/* ---- saying ---------------------------------------------------------------------------------- */

static size_t number_of(const char *command)
{
	for (size_t i = 0; i < workload_commands() && i < COMMANDS_MAX; i++)
		if (!strcmp(workload_command_name(i), command))
			return i;
	return COMMANDS_MAX;
}

static struct line *line_for(const struct deed *deed)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (deed->client && !strcmp(client_names[i], deed->client))
			return line_of(i, deed->node);
	return NULL;
}

static void tell_itself(void *ctx)
{
	struct flight *flight = ctx;
	struct node *node = &world.nodes[flight->deed.node];

	if (daemon_tell(node->daemon, flight->deed.command, flight->deed.fields))
		trace("%s has no room for a command of its own", node->name);
}

/* What the node itself is told has no answer: it is done, refused or lost with the node. */
static void tell(struct flight *flight)
{
	struct node *node = &world.nodes[flight->deed.node];

	flight->met |= node->faults;
	event_set(&flight->event, world.now + OWN_MS);
	if (node_up(node))
		node_run(node, tell_itself, flight);
}

/* Some wait for what their node has not seen yet. */
static void wait_for_another(struct flight *flight)
{
	const struct daemon_config *config = &world.layout->config[flight->deed.node];

	if (config->n_owners == 0 || chance(FOR_CLIENTS, 12) != 0)
		return;
	const char *owner = config->owners[chance(FOR_CLIENTS, config->n_owners)].name;
	for (unsigned i = 0; i < NODES; i++)
		if (!strcmp(world.nodes[i].name, owner)) {
			flight->wait_node = text_of(world.nodes[i].name);
			flight->wait_seq =
				(int64_t)(world.nodes[i].head.seq + chance(FOR_CLIENTS, 2));
			flight->timeout_ms = chance_skewed(FOR_CLIENTS, 1, 10000);
		}
}

static struct flight *flight_new(void)
{
	struct flight *flight = calloc(1, sizeof(*flight));

	if (!flight)
		abort();
	arena_init(&flight->arena, FLIGHT_BYTES);
	flight->event = (struct event){.kind = STEP_CLIENT, .run = run_flight};
	return flight;
}

static void prepare(struct flight *flight)
{
	const struct random random = random_seeded(&world.chance[FOR_CLIENTS]);
	struct deed *deed = &flight->deed;
	struct buffer body;

	buffer_init(&body, OP_BODY_MAX);
	schema_encode(deed->command, deed->fields, &body);
	flight->body = bytes_copy(&flight->arena, buffer_bytes(&body));
	buffer_done(&body);
	flight->key = uuid_make(deed->historical ? deed->occurred_at : world.now, &random);
	flight->command = number_of(deed->command->head->name);
	flight->line = line_for(deed);
	flight->name = deed->command->head->name;
}

static void take_off(struct flight *flight)
{
	faults_said(flight->command, flight->deed.node);
	flight->next = flights;
	flights = flight;
	flight->asking = true;
	world.result->counts.told++;
	if (world.options.trace)
		trace("%s of %s", flight->name, node_names[flight->deed.node]);
}

void clients_order(const struct deed *deed)
{
	struct flight *flight = flight_new();

	flight->deed = *deed;
	prepare(flight);
	take_off(flight);
	ask(flight);
}

static void overhear(struct node *node, const struct op_request *request)
{
	struct flight *flight = flight_new();
	char *type = text_string(&flight->arena, request->type);

	flight->key = request->key;
	flight->deed.node = node->index;
	flight->command = number_of(type);
	flight->met = node->faults;
	flight->name = type;
	event_set(&flight->event, world.now + OWN_MS);
	take_off(flight);
}

void clients_overhear(struct node *node)
{
	const struct daemon *daemon = node->daemon;

	for (size_t i = 0; daemon && i < daemon->n_pending; i++) {
		const struct op_request *request = &daemon->pending[i].request;
		struct flight *flight = flights;
		if (!daemon->pending[i].own)
			continue;
		while (flight && !uuid_equal(flight->key, request->key))
			flight = flight->next;
		if (!flight)
			overhear(node, request);
	}
}

static bool is_muted(const struct flight *flight)
{
	return flight->command == COMMANDS_MAX || flight->deed.node >= NODES ||
	       world.options.commands_off[flight->command];
}

size_t clients_say(const char *only, unsigned *ret_node)
{
	struct flight *flight = flight_new();
	bool said = workload_next(world.workload, world.now, only, &flight->arena, &flight->deed);

	if (said)
		prepare(flight);
	if (!said || is_muted(flight)) {
		arena_done(&flight->arena);
		free(flight);
		return COMMANDS_MAX;
	}
	*ret_node = flight->deed.node;
	take_off(flight);
	if (flight->line) {
		wait_for_another(flight);
		ask(flight);
	} else {
		tell(flight);
	}
	return flight->command;
}

bool clients_done(void)
{
	for (const struct flight *f = flights; f; f = f->next)
		if (f->asking || f->event.place)
			return false;
	return true;
}

void clients_meet(unsigned node, enum fault fault)
{
	for (struct flight *f = flights; f; f = f->next)
		if (f->deed.node == node && f->asking)
			f->met |= UINT32_C(1) << fault;
}

bool clients_have_met(size_t command, enum fault fault)
{
	for (const struct flight *f = flights; f; f = f->next)
		if (f->command == command && f->phase == UNDER_WAY && f->met >> fault & 1U)
			return true;
	return false;
}

void clients_ask_twice(unsigned node)
{
	for (struct flight *f = flights; f; f = f->next)
		if (f->deed.node == node && f->asking && f->line)
			ask(f);
}

void clients_forget(unsigned node, uint64_t beyond)
{
	for (struct flight *f = flights; f; f = f->next)
		if (f->deed.node == node && f->phase == ANSWERED && f->seq <= beyond &&
			f->life + 1 == world.nodes[node].lives)
			f->life++; /* it was before the backup, and must still be there */
}

void clients_end(void)
{
	for (const struct flight *f = flights; f; f = f->next)
		if (f->phase == UNDER_WAY) {
			count_pairs(f);
			world.result->counts.unanswered++;
		}
}
