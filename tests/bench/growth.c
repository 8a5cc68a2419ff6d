/* What one inquiry costs when few and when many are stored: the entrance's real service on a real
 * LMDB database, in one process, 64 requests a commit. Each inquiry is received, sealed,
 * journalled, indexed and promised a first talk, as a live one. Prints a table; writes below the
 * directory given as its argument.
 *
 * usage: oneplan-bench-growth DIR [small [large]]     (10,000 and 3,000,000 stored by default)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/engine.h"
#include "proto/intake.h"
#include "proto/roles.h"
#include "services/intake/intake.h"
#include "services/intake/settings.h"

enum { IN_FLIGHT = 64, MEASURED = 20000, PLACES = 50, SLOTS_AT_ONCE = 20, SLOT_MINUTES = 5 };

struct bench {
	struct store *store;
	struct keyring *keyring;
	struct engine *engine;
	struct intake_settings settings;
	struct random random;
	struct arena arena;
	struct buffer bodies[IN_FLIGHT];
	int64_t now;       /* moves on with every inquiry: a slot a day ahead is always free
			    */
	int64_t next_slot; /* start of the next one to be published */
	uint64_t free_places;
	uint64_t stored;
};

static void must(enum err err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, err_sentence(err));
	exit(111);
}

static struct request request_of(struct bench *b, const char *type, const struct buffer *body)
{
	return (struct request){.client = text_of("portal"),
		.peer = PEER_PORTAL,
		.key = uuid_make(b->now, &b->random),
		.type = text_of(type),
		.body = buffer_bytes(body),
		.actor = {.role = text_of("front_desk"), .id = text_of("desk-1")}};
}

static void publish(struct bench *b)
{
	struct slot slots[SLOTS_AT_ONCE];
	struct publish_slots command = {{SLOTS_AT_ONCE, slots}};
	struct answer answer;

	for (int i = 0; i < SLOTS_AT_ONCE; i++) {
		slots[i] = (struct slot){.slot = uuid_make(b->next_slot, &b->random),
			.desk = text_of("desk-1"),
			.start = b->next_slot,
			.minutes = SLOT_MINUTES,
			.mode = talk_mode_venue,
			.places = PLACES};
		b->next_slot += SLOT_MINUTES * MS_PER_MINUTE;
	}
	buffer_reset(&b->bodies[0]);
	schema_encode(schema_publish_slots(), &command, &b->bodies[0]);
	const struct request request = request_of(b, "publish_slots", &b->bodies[0]);
	struct turn turn = {&request, &answer, 1, NULL, 0};
	must(engine_turn(b->engine, &turn), "publishing");
	must(answer.status, answer.reason.rule);
	b->free_places += (uint64_t)SLOTS_AT_ONCE * PLACES;
}

static void fill(struct bench *b, struct receive_inquiry *command, enum life_area *area)
{
	static const char words[] =
		"Jeg har svært ved at komme ud ad døren efter sygdommen og savner nogen at "
		"være sammen med. Min søster siger, at jeg skal spørge hos jer.";
	uint64_t bits = random_u64(&b->random);

	*area = (enum life_area)(1 + bits % 12);
	*command = (struct receive_inquiry){.channel = (enum channel)(1 + bits / 16 % 6),
		.asker = asker_citizen,
		.life_areas = {1, area},
		.urgency = urgency_normal,
		.name = text_of("Syntetisk Person"),
		.words = text_of(words),
		.first_sign = text_of("At jeg har været på biblioteket."),
		.contact = contact_sms,
		.contact_at = text_of("+45 00 00 00 00")};
}

/* One turn of IN_FLIGHT inquiries. */
static void receive(struct bench *b)
{
	struct request requests[IN_FLIGHT];
	struct answer answers[IN_FLIGHT];
	struct receive_inquiry command;
	enum life_area area;

	if (b->free_places < IN_FLIGHT)
		publish(b);
	for (int i = 0; i < IN_FLIGHT; i++) {
		b->now += SLOT_MINUTES * MS_PER_MINUTE / PLACES;
		fill(b, &command, &area);
		buffer_reset(&b->bodies[i]);
		schema_encode(schema_receive_inquiry(), &command, &b->bodies[i]);
		requests[i] = request_of(b, "receive_inquiry", &b->bodies[i]);
	}
	struct turn turn = {requests, answers, IN_FLIGHT, NULL, 0};
	must(engine_turn(b->engine, &turn), "receiving");
	for (int i = 0; i < IN_FLIGHT; i++)
		must(answers[i].status, answers[i].reason.rule);
	b->free_places -= IN_FLIGHT;
	b->stored += IN_FLIGHT;
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* What was handed to write calls; the kernel counts whole folios in write_bytes. */
static double written_bytes(void)
{
	FILE *file = fopen("/proc/self/io", "r");
	char line[128];
	double bytes = 0;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "wchar:", 6))
			bytes = strtod(line + 6, NULL);
	if (file)
		fclose(file);
	return bytes;
}

static void measure(struct bench *b, double *ret_cpu_us)
{
	const struct clock clock = clock_real();
	struct store_usage usage;
	double cpu = cpu_seconds(), written = written_bytes();
	int64_t begun = clock_steady(&clock);
	uint64_t before = b->stored;

	while (b->stored < before + MEASURED)
		receive(b);
	double n = (double)(b->stored - before), ms = (double)(clock_steady(&clock) - begun);
	*ret_cpu_us = (cpu_seconds() - cpu) * 1e6 / n;
	store_usage(b->store, &usage);
	printf("%12" PRIu64 " %14.1f %14.1f %12.0f %14.0f %12.0f\n", before, ms * 1e3 / n,
		*ret_cpu_us, n / ms * 1e3, (written_bytes() - written) / n,
		(double)usage.used_bytes / (double)b->stored);
	fflush(stdout);
}

static void open_bench(struct bench *b, const char *dir)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {1};
	static const struct engine_peer follower = {"reporting", PEER_REPORTING};
	struct engine_options options = {.service = &intake_service,
		.settings = &b->settings,
		.node = "intake",
		.followers = &follower,
		.n_followers = 1,
		.clock = clock_simulated(&b->now),
		.random = random_real()};
	struct reason reason = {0};
	char path[4096];
	size_t n;

	b->random = random_real();
	b->now = INT64_C(1790000000000);
	b->next_slot = b->now + MS_PER_DAY;
	b->settings = (struct intake_settings){.child_concern_ms = MS_PER_DAY,
		.soon_days = 2,
		.normal_days = 5,
		.open_minute = 480,
		.close_minute = 960,
		.grace_ms = 12 * MS_PER_HOUR,
		.escalation_ms = 15 * MS_PER_MINUTE,
		.repair_ms = 4 * MS_PER_HOUR,
		.triage_days = 3,
		.queue = "entrance",
		.manager = "manager",
		.on_call = ""};
	snprintf(path, sizeof(path), "%s/keys.bin", dir);
	must(keyring_open(path, master, &options.random, &b->keyring), "keyring");
	options.keyring = b->keyring;
	struct tree *trees = engine_trees(&options, &n);
	snprintf(path, sizeof(path), "%s/db", dir);
	must(store_open_lmdb(path, trees, n, NULL, &b->store, &reason), reason.rule);
	engine_trees_free(trees, n);
	options.store = b->store;
	must(engine_open(&options, &b->engine, &reason), reason.rule);
	for (int i = 0; i < IN_FLIGHT; i++)
		buffer_init(&b->bodies[i], (size_t)256 * 1024);
}

int main(int argc, char **argv)
{
	uint64_t small = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000;
	uint64_t large = argc > 3 ? strtoull(argv[3], NULL, 10) : 3000000;
	static struct bench b;
	double few, many;

	if (argc < 2) {
		fprintf(stderr, "usage: %s DIR [small [large]]\n", argv[0]);
		return 2;
	}
	open_bench(&b, argv[1]);
	printf("%12s %14s %14s %12s %14s %12s\n", "stored", "us/inquiry", "cpu us/inq.",
		"inquiries/s", "bytes written", "bytes kept");
	while (b.stored < small)
		receive(&b);
	measure(&b, &few);
	while (b.stored < large)
		receive(&b);
	measure(&b, &many);
	printf("processor time per inquiry at %" PRIu64 " stored is %.2f times that at %" PRIu64
	       "\n",
		large, many / few, small);
	engine_close(b.engine);
	store_close(b.store);
	keyring_close(b.keyring);
	return 0;
}
