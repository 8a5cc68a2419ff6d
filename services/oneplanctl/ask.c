/* Asks nodes of the town over the sockets of client.h. */
#include "services/oneplanctl/ask.h"

#include <errno.h>
#include <time.h>

#include "common/clock.h"
#include "proto/roles.h"

enum { BODY_BYTES = 64 * 1024, TRIES = 6, PAUSE_MS = 200, BUSY_MS = 1000 };

struct client *ask_open(
	struct ctl *ctl, const struct town_node *node, const char *as, struct reason *reason)
{
	const char *name = ctl->client ? ctl->client : as;
	struct client *client;
	struct town_keys keys;

	if (town_read_keys(&ctl->town, name, &keys, reason))
		return NULL;
	const struct client_options options = {.endpoint = node->endpoint,
		.server_key = node->public_key,
		.public_key = keys.public_key,
		.secret_key = keys.secret_key,
		.name = name,
		.connect_timeout_ms = ctl->connect_ms ? ctl->connect_ms : ctl_timeout(ctl, ASK_MS)};
	return client_open(&options, &client, reason) ? NULL : client;
}

/* A key that is missing or wrong is ours, and not something the node said. */
int ask_fail(struct ctl *ctl, const struct town_node *node, const struct reason *reason)
{
	bool ours = reason->code == ERR_NOT_FOUND || reason->code == ERR_INVALID;

	return ctl_fail(ctl,
		&(struct failure){
			.node = node->name, .reason = reason, .code = ours ? CTL_USAGE : CTL_DONE});
}

static enum err read_answer(
	const struct asked *asked, const struct client_answer *answer, struct reason *reason)
{
	struct reason why;

	if (answer->status) {
		if (reason)
			*reason = answer->reason;
		return answer->status;
	}
	if (!schema_decode(asked->query->head->reply(), answer->body, PACK_PLAIN, asked->arena,
		    asked->reply, &why))
		return ERR_OK;
	return reason_set(reason, ERR_PROTOCOL, why.field, "in the reply: %s", why.rule);
}

static void sleep_ms(int64_t ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&time, &time) && errno == EINTR)
		continue;
}

enum err ask_until_known(
	struct client *client, const struct client_request *request, struct client_answer *ret)
{
	int64_t pause = PAUSE_MS;
	bool unknown = false;

	for (unsigned tries = 1;; tries++) {
		enum err err = client_call(client, request, ret);
		enum err status = err ? err : ret->status;
		unknown = unknown || ret->unknown;
		/* to a request that waits for another node, this is an answer */
		bool timeout = status == ERR_TIMEOUT && (unknown || !request->wait_seq);
		/* one that is told to wait for long tells the person */
		bool busy = status == ERR_BUSY && ret->retry_after_ms <= BUSY_MS;
		if (!ret->unknown && !busy && !timeout)
			return err;
		ret->unknown = unknown;
		if (tries == TRIES)
			return err;
		sleep_ms(pause);
		pause *= 2;
	}
}

/* request: who asks, and of a command its key, which stays when the outcome is not known */
static enum err call(struct client *client, const struct asked *asked,
	struct client_request *request, struct reason *reason)
{
	bool command = !uuid_is_nil(request->key);
	struct client_answer answer;
	struct buffer body;
	enum err err = ERR_LIMIT;

	buffer_init(&body, BODY_BYTES);
	schema_encode(asked->query, asked->fields, &body);
	request->type = text_of(asked->query->head->name);
	request->body = buffer_bytes(&body);
	if (!body.failed)
		err = command ? ask_until_known(client, request, &answer)
			      : client_call(client, request, &answer);
	if (body.failed || !command || !answer.unknown)
		request->key = (struct uuid){{0}};
	if (err)
		err = reason_set(reason, err, "", "%s", err_sentence(err));
	else
		err = read_answer(asked, &answer, reason);
	buffer_done(&body);
	return err;
}

enum err ask_query(
	struct ctl *ctl, struct client *client, const struct asked *asked, struct reason *reason)
{
	struct client_request with = {
		.actor = ctl->actor, .why = ctl->why, .timeout_ms = ctl_timeout(ctl, ASK_MS)};

	return call(client, asked, &with, reason);
}

enum err ask_command(
	struct ctl *ctl, struct client *client, const struct asked *asked, struct reason *reason)
{
	const struct random random = random_real();
	const struct clock clock = clock_real();
	struct client_request with = {.key = uuid_make(clock_now(&clock), &random),
		.actor = {.role = text_of("operator"),
			.id = text_of(ctl->by ? ctl->by : "operator")},
		.timeout_ms = ctl_timeout(ctl, ASK_MS)};
	enum err err = call(client, asked, &with, reason);

	ctl->unknown = with.key;
	return err;
}

int ask_decision(struct ctl *ctl, const struct town_node *node, const struct asked *asked)
{
	struct reason reason = {0};

	if (schema_check(asked->query, asked->fields, &reason))
		return ctl_fail_here(ctl, &reason);
	struct client *client = ask_open(ctl, node, "operator", &reason);
	if (!client)
		return ask_fail(ctl, node, &reason);
	enum err err = ask_command(ctl, client, asked, &reason);
	client_close(client);
	if (err)
		return ctl_fail(ctl, &(struct failure){.node = node->name, .reason = &reason});
	return ctl_print_record(ctl, asked->query->head->reply(), asked->reply);
}

enum err ask_once(struct ctl *ctl, const struct town_node *node, const struct asked *asked,
	struct reason *reason)
{
	struct client *client = ask_open(ctl, node, "operator", reason);

	if (!client)
		return reason->code;
	enum err err = ask_query(ctl, client, asked, reason);
	client_close(client);
	return err;
}

static bool operator_speaks_for(struct text role)
{
	return role.n == 0 || text_is(role, "operator") || text_is(role, "auditor") ||
	       text_is(role, "administrator");
}

const char *ask_client_for(const struct schema *schema, struct text role)
{
	if (schema->head->peers & PEER_OPERATOR && operator_speaks_for(role))
		return "operator";
	return schema->head->peers & PEER_IMPORTER && !(schema->head->peers & PEER_PORTAL)
		       ? "importer"
		       : "portal";
}
