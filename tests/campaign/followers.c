/* oneplan-followers: many followers of one node in one process, which check what they are sent, and
 * a client that measures. For the campaign of that name; touches sockets only.
 *
 *   oneplan-followers keys N                   prints N lines: name role public secret
 *   oneplan-followers follow KEYS ENDPOINT SERVER-KEY GOOD SLOW
 *       the first GOOD followers of that file take what they are sent; the next SLOW ones
 * acknowledge seldom; until SIGTERM, when it prints: name through items wrong oneplan-followers
 * load ENDPOINT SERVER-KEY PUBLIC SECRET N N inquiries, 16 under way at a time; prints: per second,
 * p50, p99 in us
 *
 * Exit codes: 0 done, 2 arguments, 111 something failed. What is wrong in what they were sent is
 * counted. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/bus.h"
#include "common/client.h"
#include "common/journal.h"
#include "proto/intake.h"

enum { FOLLOWERS = 64, HEADS = 1 << 20, SLOW_MS = 300, UNDER_WAY = 16, TURN_MS = 20000 };

struct follower {
	char name[BUS_NAME_BYTES], role[24], public_key[BUS_KEY_BYTES], secret_key[BUS_KEY_BYTES];
	bool slow,
		seals; /* an archive gets records as they are stored, and can check their chain */
	struct bus *bus;
	struct bus_link *link;
	struct loop_timer *timer;
	uint64_t epoch, through, acknowledged, items, wrong;
	uint8_t hash[HASH_BYTES];
	struct arena arena;
};

static struct follower followers[FOLLOWERS];
static uint8_t (*hashes)[HASH_BYTES]; /* by number, as the first that could compute it found it */
static bool known[HEADS];

/* ---- keys ------------------------------------------------------------------------------------ */

static int print_keys(unsigned n)
{
	char public_key[BUS_KEY_BYTES], secret_key[BUS_KEY_BYTES];

	for (unsigned i = 0; i < n; i++) {
		if (bus_make_keys(public_key, secret_key))
			return 111;
		printf("f%02u %s %s %s\n", i, i % 2 ? "reporting" : "archive", public_key,
			secret_key);
	}
	return 0;
}

static unsigned read_keys(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned n = 0;

	while (file && n < FOLLOWERS) {
		struct follower *f = &followers[n];
		if (fscanf(file, "%32s %23s %40s %40s", f->name, f->role, f->public_key,
			    f->secret_key) != 4)
			break;
		f->seals = strcmp(f->role, "archive") == 0;
		n++;
	}
	if (file)
		fclose(file);
	return n;
}

/* ---- a follower ------------------------------------------------------------------------------ */

static void acknowledge(struct follower *f)
{
	const struct op_ack ack = {.epoch = (int64_t)f->epoch,
		.through = (int64_t)f->through,
		.credit_records = f->slow ? 32 : 4096,
		.credit_bytes = f->slow ? 65536 : 1 << 20};

	if (f->acknowledged == f->through || !bus_link_up(f->link))
		return;
	f->acknowledged = f->through;
	if (bus_link_send(f->link, &(struct bus_out){OP_ACK, 0, &ack, BYTES_NONE}))
		bus_link_restart(f->link);
}

static void on_welcome(void *ctx, struct bus_link *link, const struct op_welcome *welcome)
{
	struct follower *f = ctx;
	const struct op_follow follow = {.epoch = (int64_t)f->epoch,
		.next = (int64_t)f->through + 1,
		.hash = f->through ? (struct text){(const char *)f->hash, HASH_BYTES, false}
				   : TEXT_NONE,
		.credit_records = f->slow ? 32 : 4096,
		.credit_bytes = f->slow ? 65536 : 1 << 20};

	(void)welcome;
	if (bus_link_send(link, &(struct bus_out){OP_FOLLOW, 0, &follow, BYTES_NONE}))
		bus_link_restart(link);
}

static void check_hash(struct follower *f, uint64_t seq, const uint8_t hash[HASH_BYTES])
{
	if (seq >= HEADS)
		return;
	if (f->seals && !known[seq]) {
		memcpy(hashes[seq], hash, HASH_BYTES);
		known[seq] = true;
	}
	f->wrong += known[seq] && memcmp(hashes[seq], hash, HASH_BYTES) != 0;
}

static void take_item(struct follower *f, const struct op_item *item, uint64_t *before)
{
	struct journal_entry entry = {.stored = BYTES_NONE};
	struct record record;

	arena_reset(&f->arena);
	if (f->seals) {
		f->wrong += item->form != OP_FORM_STORED || item->seq != *before + 1 ||
			    journal_parse_next(item->bytes, item->seq, f->hash, &f->arena, &entry);
		memcpy(f->hash, entry.hash, HASH_BYTES);
		check_hash(f, item->seq, f->hash);
	} else {
		f->wrong += item->form != OP_FORM_WHOLE || item->seq <= *before ||
			    schema_decode(schema_record(), item->bytes, PACK_PLAIN, &f->arena,
				    &record, NULL) ||
			    (uint64_t)record.seq != item->seq;
	}
	*before = item->seq;
	f->items++;
}

static void on_batch(
	void *ctx, struct bus_link *link, const struct op_batch *batch, struct bytes items)
{
	struct follower *f = ctx;
	uint64_t before = f->through;
	struct op_item item;

	(void)link;
	f->wrong += (uint64_t)batch->first != f->through + 1;
	while (op_batch_next(&items, &item))
		take_item(f, &item, &before);
	if (f->seals)
		f->wrong += before != (uint64_t)batch->last ||
			    memcmp(f->hash, batch->hash_last.p, HASH_BYTES) != 0;
	memcpy(f->hash, batch->hash_last.p, HASH_BYTES);
	f->through = (uint64_t)batch->last;
	f->epoch = (uint64_t)batch->epoch;
	if (!f->slow)
		acknowledge(f);
}

static void on_error(void *ctx, struct bus_link *link, const struct op_error *error)
{
	struct follower *f = ctx;

	(void)link;
	fprintf(stderr, "%s: refused: %.*s\n", f->name, (int)error->rule.n,
		error->rule.n ? error->rule.p : "");
	f->wrong++;
}

static void on_following(void *ctx, struct bus_link *link, const struct op_following *following)
{
	(void)ctx;
	(void)link;
	(void)following;
}

static void on_heartbeat(void *ctx, struct bus_link *link, const struct op_heartbeat *heartbeat)
{
	(void)ctx;
	(void)link;
	(void)heartbeat;
}

static void on_lost(void *ctx, struct bus_link *link, const struct reason *reason)
{
	struct follower *f = ctx;

	(void)link;
	(void)reason;
	f->acknowledged = f->through;
}

static void on_timer(void *ctx, unsigned what)
{
	(void)what;
	acknowledge(ctx);
}

static enum err open_follower(
	struct follower *f, struct loop *loop, const char *endpoint, const char *server_key)
{
	const struct bus_options options = {.loop = loop,
		.node = f->name,
		.public_key = f->public_key,
		.secret_key = f->secret_key,
		.clock = clock_real(),
		.random = random_real()};
	const struct bus_link_options link = {.node = "intake",
		.endpoint = endpoint,
		.server_key = server_key,
		.handlers = {
			f, on_welcome, on_following, on_batch, on_error, on_heartbeat, on_lost}};
	struct reason reason;

	arena_init(&f->arena, (size_t)1 << 20);
	enum err err = bus_open(&options, &f->bus, &reason);
	if (!err)
		err = bus_link_open(f->bus, &link, &f->link, &reason);
	if (!err && f->slow)
		err = loop_timer_new(loop, (struct loop_call){on_timer, f}, &f->timer);
	if (!err && f->slow)
		loop_timer_every(f->timer, SLOW_MS);
	return err;
}

static void on_stop(void *ctx, unsigned what)
{
	(void)what;
	loop_stop(ctx);
}

static void end_follower(struct follower *f)
{
	if (f->through)
		check_hash(f, f->through, f->hash);
	printf("%s %llu %llu %llu\n", f->name, (unsigned long long)f->through,
		(unsigned long long)f->items, (unsigned long long)f->wrong);
	loop_timer_free(f->timer);
	bus_link_close(f->link);
	bus_close(f->bus);
	arena_done(&f->arena);
}

static int follow(char **argv)
{
	unsigned good = (unsigned)atoi(argv[3]), slow = (unsigned)atoi(argv[4]);
	struct loop_signal *term;
	struct loop *loop;

	hashes = calloc(HEADS, HASH_BYTES);
	if (!hashes || read_keys(argv[0]) < good + slow || loop_open(&loop) ||
		loop_signal_new(loop, SIGTERM, (struct loop_call){on_stop, loop}, &term))
		return 111;
	for (unsigned i = 0; i < good + slow; i++) {
		followers[i].slow = i >= good;
		if (open_follower(&followers[i], loop, argv[1], argv[2]))
			return 111;
	}
	if (loop_run(loop))
		return 111;
	for (unsigned i = 0; i < good + slow; i++)
		end_follower(&followers[i]);
	loop_signal_free(term);
	loop_close(loop);
	free(hashes);
	return 0;
}

/* ---- load ------------------------------------------------------------------------------------ */

struct sent {
	uint64_t correlation;
	int64_t at_us;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool ask(struct client *client, struct sent *sent)
{
	static const struct random *random;
	static struct random real;
	uint32_t area = life_area_housing;
	const struct receive_inquiry inquiry = {.channel = channel_phone,
		.asker = asker_citizen,
		.life_areas = {1, &area},
		.words = text_of("Familien har sager flere steder og ønsker én plan.")};
	const struct clock clock = clock_real();
	struct buffer body;

	if (!random)
		random = (real = random_real(), &real);
	buffer_init(&body, 4096);
	schema_encode(schema_receive_inquiry(), &inquiry, &body);
	const struct client_request request = {.key = uuid_make(clock_now(&clock), random),
		.type = text_of("receive_inquiry"),
		.body = buffer_bytes(&body),
		.actor = {.role = text_of("front_desk"), .id = text_of("desk-1")},
		.timeout_ms = TURN_MS};
	enum err err = client_send(client, &request, &sent->correlation);
	if (!err)
		err = client_flush(client);
	sent->at_us = now_us();
	buffer_done(&body);
	return !err;
}

static bool run_load(struct client *client, unsigned n, int64_t *took)
{
	struct sent under_way[UNDER_WAY] = {{0, 0}};
	struct client_answer answer;
	unsigned asked = 0, answered = 0;

	for (; asked < UNDER_WAY && asked < n; asked++)
		if (!ask(client, &under_way[asked]))
			return false;
	while (answered < n) {
		if (client_receive(client, TURN_MS, &answer) || answer.status)
			return false;
		for (unsigned i = 0; i < UNDER_WAY; i++) {
			if (under_way[i].correlation != answer.correlation)
				continue;
			took[answered++] = now_us() - under_way[i].at_us;
			under_way[i].correlation = 0;
			if (asked < n && (asked++, !ask(client, &under_way[i])))
				return false;
			break;
		}
	}
	return true;
}

static int load(char **argv)
{
	const struct client_options options = {.endpoint = argv[0],
		.server_key = argv[1],
		.public_key = argv[2],
		.secret_key = argv[3],
		.name = "portal",
		.connect_timeout_ms = 10000};
	unsigned n = (unsigned)atoi(argv[4]);
	int64_t *took = calloc(n + 1, sizeof(*took));
	struct reason reason = {0};
	struct client *client;

	if (!took || n == 0 || client_open(&options, &client, &reason))
		return 111;
	int64_t begun = now_us();
	bool good = run_load(client, n, took);
	int64_t us = now_us() - begun;
	client_close(client);
	if (!good)
		return 111;
	qsort(took, n, sizeof(*took), by_size);
	printf("%lld %lld %lld\n", (long long)((int64_t)n * 1000000 / us), (long long)took[n / 2],
		(long long)took[n - 1 - n / 100]);
	free(took);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "keys") == 0)
		return print_keys((unsigned)atoi(argv[2]));
	if (argc == 7 && strcmp(argv[1], "follow") == 0)
		return follow(argv + 2);
	if (argc == 7 && strcmp(argv[1], "load") == 0)
		return load(argv + 2);
	fputs("oneplan-followers keys|follow|load: see the source\n", stderr);
	return 2;
}
