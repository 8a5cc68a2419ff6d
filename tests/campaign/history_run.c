/* The clients of a history: each sends a command, asks with the same key until it is answered, and
 * writes down what it was told. Touches one file and one connection a client. */
#include "tests/campaign/history.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "proto/intake.h"
#include "proto/planning.h"

enum {
	ASK_MS = 1000,
	RETRY_MS = 30,
	STRIKES = 3,                /* unanswered in a row before the connection is made anew */
	PATIENCE_US = 30 * 1000000, /* after the end was asked for */
	AGAIN_LIMIT = 200,
	SLOT_MINUTES = 30,
	ONE_IN = 8 /* answers that are asked for again at once, or looked up */
};

struct kept {
	unsigned n;
	struct uuid key;
	uint64_t seq;
	uint32_t crc;
};

struct run {
	const struct history_plan *plan;
	unsigned number; /* of this client */
	FILE *file;
	struct client *client;
	unsigned strikes;
	uint64_t seed;
	struct random random;
	struct arena arena;
	struct buffer body;
	struct kept *kept;
	size_t n_kept;
};

static volatile sig_atomic_t stopping;
static pid_t clients[64]; /* for the handler of the parent */

static void on_term(int signal)
{
	stopping = 1;
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
		if (clients[i] > 0)
			kill(clients[i], signal);
}

int64_t history_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void pause_ms(int64_t ms)
{
	const struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

struct client *history_connect(
	const struct town *town, const struct town_node *node, const char *as, int64_t timeout_ms)
{
	struct client *client = NULL;
	struct town_keys keys;
	struct reason reason;

	if (town_read_keys(town, as, &keys, &reason)) {
		fprintf(stderr, "history: %s: %s\n", reason.field, reason.rule);
		exit(2);
	}
	const struct client_options options = {.endpoint = node->endpoint,
		.server_key = node->public_key,
		.public_key = keys.public_key,
		.secret_key = keys.secret_key,
		.name = as,
		.connect_timeout_ms = timeout_ms};
	return client_open(&options, &client, &reason) ? NULL : client;
}

/* ---- what is sent ---------------------------------------------------------------------------- */

/* The same for the same seed, client and number: also the id of what is made. */
static struct uuid id_of(const struct run *run, unsigned n, int64_t at)
{
	char text[96];
	int used = snprintf(text, sizeof(text), "%" PRIu64 "/%d/%u/%u", run->plan->seed,
		(int)run->plan->what, run->number, n);

	return uuid_of_hash(at, bytes_of(text, (size_t)used));
}

static const int64_t imported_at = 1473397200000; /* 2016-09-09: long before everything else */

static int64_t time_of(unsigned n)
{
	return imported_at + (int64_t)n * SLOT_MINUTES * MS_PER_MINUTE;
}

static struct text make_inquiry(struct run *run, unsigned n)
{
	enum life_area area = (enum life_area)(1 + n % 12);
	const struct receive_inquiry command = {.channel = channel_phone,
		.asker = asker_citizen,
		.life_areas = {1, &area},
		.words = text_of("Synthetic words of nobody."),
		.contact = contact_sms, /* so that somebody is told, and notification has work */
		.contact_at = text_of("+45 00 00 00 00")};

	schema_encode(schema_receive_inquiry(), &command, &run->body);
	return text_of(schema_receive_inquiry()->head->name);
}

static struct text make_slot(struct run *run, unsigned n)
{
	char desk[32];
	snprintf(desk, sizeof(desk), "history-%u", run->number);
	struct slot slot = {.slot = id_of(run, n, time_of(n)),
		.desk = text_of(desk),
		.start = time_of(n),
		.minutes = SLOT_MINUTES,
		.mode = talk_mode_venue,
		.places = 1};
	const struct publish_slots command = {{1, &slot}};

	schema_encode(schema_publish_slots(), &command, &run->body);
	return text_of(schema_publish_slots()->head->name);
}

static struct text make_question(struct run *run, unsigned n)
{
	const struct ask_capacity command = {.question = id_of(run, n, time_of(n)),
		.to = text_of(run->plan->to),
		.kind = (enum measure_kind)1,
		.answer_by = time_of(n) + MS_PER_DAY};

	schema_encode(schema_ask_capacity(), &command, &run->body);
	return text_of(schema_ask_capacity()->head->name);
}

static const struct {
	struct text (*make)(struct run *run, unsigned n);
	const char *as;
	const char *role;
	bool imported;
} kinds[] = {
	[HISTORY_INQUIRIES] = {make_inquiry, "portal", "front_desk", false},
	[HISTORY_SLOTS] = {make_slot, "importer", "manager", true},
	[HISTORY_CAPACITY] = {make_question, "importer", "caseworker", true},
};

static const char *department_of(const struct history_plan *plan)
{
	const char *dot = strchr(plan->node->name, '.');

	return dot ? dot + 1 : "";
}

/* Sends command n once. False: no answer that decides anything. */
static bool ask(struct run *run, unsigned n, struct uuid key, struct client_answer *ret)
{
	char id[32];
	snprintf(id, sizeof(id), "h%u-%u", run->number, n);
	buffer_reset(&run->body);
	struct client_request request = {.key = key,
		.type = kinds[run->plan->what].make(run, n),
		.actor = {.role = text_of(kinds[run->plan->what].role),
			.id = text_of(id),
			.department = text_of(department_of(run->plan))},
		.historical = kinds[run->plan->what].imported,
		.occurred_at = kinds[run->plan->what].imported ? time_of(n) : 0,
		.timeout_ms = ASK_MS};

	request.body = buffer_bytes(&run->body);
	if (!run->client)
		run->client = history_connect(
			run->plan->town, run->plan->node, kinds[run->plan->what].as, ASK_MS);
	if (!run->client)
		return false;
	if (!client_call(run->client, &request, ret) && !ret->unknown &&
		!err_retryable(ret->status)) {
		run->strikes = 0;
		return true;
	}
	if (++run->strikes >= STRIKES) {
		client_close(run->client);
		run->client = NULL;
		run->strikes = 0;
	}
	return false;
}

/* ---- what is written down -------------------------------------------------------------------- */

static struct uuid entity_of(struct run *run, const struct client_answer *answer)
{
	struct receipt receipt;

	arena_reset(&run->arena);
	if (run->plan->what != HISTORY_INQUIRIES ||
		schema_decode(
			schema_receipt(), answer->body, PACK_PLAIN, &run->arena, &receipt, NULL))
		return (struct uuid){{0}};
	return receipt.inquiry;
}

static bool one_in(struct run *run, unsigned n)
{
	return random_u64(&run->random) % n == 0;
}

static uint32_t crc_of(const struct client_answer *answer)
{
	return crc32c(0, answer->body.p, answer->body.n);
}

static bool out_of_patience(int64_t *since)
{
	if (!stopping)
		return false;
	if (!*since)
		*since = history_now_us();
	return history_now_us() - *since > PATIENCE_US;
}

/* I7, right away or much later. */
static void ask_again(struct run *run, const struct kept *kept)
{
	struct client_answer answer;
	int64_t since = 0;

	while (!ask(run, kept->n, kept->key, &answer)) {
		if (out_of_patience(&since))
			return;
		pause_ms(RETRY_MS);
	}
	fprintf(run->file, "again %u %" PRId64 " %" PRIu64 " %08x %d\n", kept->n, history_now_us(),
		answer.status ? 0 : answer.seq, answer.status ? 0 : crc_of(&answer),
		answer.replayed);
}

/* What was acknowledged is there for everybody who asks later. */
static void look_up(struct run *run, unsigned n, struct uuid inquiry)
{
	const struct show_inquiry query = {.inquiry = inquiry};
	struct client_answer answer;

	buffer_reset(&run->body);
	schema_encode(schema_show_inquiry(), &query, &run->body);
	const struct client_request request = {.type = text_of(schema_show_inquiry()->head->name),
		.body = buffer_bytes(&run->body),
		.actor = {.role = text_of("front_desk"), .id = text_of("reader")},
		.timeout_ms = ASK_MS};
	if (!run->client || client_call(run->client, &request, &answer) || answer.unknown)
		return;
	if (answer.status && !err_retryable(answer.status))
		fprintf(run->file, "unseen %u %" PRId64 "\n", n, history_now_us());
}

static void keep(struct run *run, const struct kept *kept)
{
	struct kept *grown = run->kept;

	if (run->n_kept % 1024 == 0)
		grown = realloc(run->kept, (run->n_kept + 1024) * sizeof(*grown));
	if (!grown)
		exit(111);
	run->kept = grown;
	run->kept[run->n_kept++] = *kept;
}

static void note_answer(
	struct run *run, unsigned n, struct uuid key, const struct client_answer *answer)
{
	char entity[UUID_TEXT_BYTES];

	if (answer->status) {
		fprintf(run->file, "refused %u %" PRId64 " %s\n", n, history_now_us(),
			err_word(answer->status));
		fprintf(stderr, "history: h%u-%u refused: %s: %s\n", run->number, n,
			answer->reason.field, answer->reason.rule);
		return;
	}
	const struct kept kept = {n, key, answer->seq, crc_of(answer)};
	struct uuid inquiry = entity_of(run, answer);
	uuid_format(inquiry, entity);
	fprintf(run->file, "ok %u %" PRId64 " %" PRIu64 " %08x %s\n", n, history_now_us(), kept.seq,
		kept.crc, entity);
	keep(run, &kept);
	if (one_in(run, ONE_IN))
		ask_again(run, &kept);
	if (!uuid_is_nil(inquiry) && one_in(run, ONE_IN))
		look_up(run, n, inquiry);
}

static void command(struct run *run, unsigned n)
{
	const struct clock clock = clock_real();
	const struct random random = random_real();
	struct uuid key = uuid_make(clock_now(&clock), &random);
	struct client_answer answer;
	int64_t since = 0;

	fprintf(run->file, "invoke %u %" PRId64 "\n", n, history_now_us());
	fflush(run->file);
	while (!ask(run, n, key, &answer)) {
		if (out_of_patience(&since)) {
			fprintf(run->file, "unknown %u %" PRId64 "\n", n, history_now_us());
			return;
		}
		pause_ms(RETRY_MS);
	}
	note_answer(run, n, key, &answer);
	fflush(run->file);
}

/* ---- one client ------------------------------------------------------------------------------ */

static int run_client(struct run *run)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s.%u", run->plan->out, run->number);
	run->file = fopen(path, "w");
	if (!run->file) {
		fprintf(stderr, "history: %s: %s\n", path, strerror(errno));
		return 111;
	}
	run->seed = run->plan->seed * 1000 + run->number;
	run->random = random_seeded(&run->seed);
	arena_init(&run->arena, (size_t)1024 * 1024);
	buffer_init(&run->body, (size_t)64 * 1024);
	fprintf(run->file, "client %u\n", run->number);
	for (unsigned n = 1; !stopping && (!run->plan->number || n <= run->plan->number); n++) {
		command(run, n);
		if (run->plan->pause_ms)
			pause_ms((int64_t)(random_u64(&run->random) %
					   (uint64_t)(2 * run->plan->pause_ms)));
	}
	for (unsigned i = 0; i < AGAIN_LIMIT && run->n_kept; i++)
		ask_again(run, &run->kept[random_u64(&run->random) % run->n_kept]);
	client_close(run->client);
	return fclose(run->file) ? 111 : 0;
}

/* Waits for all; each says itself what went wrong. */
static int gather(unsigned n)
{
	int status, bad = 0;

	for (unsigned i = 0; i < n; i++) {
		while (waitpid(clients[i], &status, 0) < 0 && errno == EINTR)
			continue;
		clients[i] = 0;
		bad |= status != 0;
	}
	return bad;
}

int history_run(const struct history_plan *plan)
{
	const struct sigaction act = {.sa_handler = on_term};

	if (plan->clients > sizeof(clients) / sizeof(clients[0]))
		return 2;
	for (unsigned i = 0; i < plan->clients; i++) {
		struct run run = {.plan = plan, .number = plan->first + i};
		pid_t pid = fork();
		if (pid < 0)
			return 111;
		sigaction(SIGTERM, &act, NULL);
		if (pid == 0) {
			memset(clients, 0, sizeof(clients));
			_exit(run_client(&run));
		}
		clients[i] = pid;
	}
	return gather(plan->clients);
}
