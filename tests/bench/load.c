/* Sends inquiries to the entrance and takes its answers. Touches sockets through client.h. */
#include "tests/bench/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/town.h"
#include "tests/bench/inquiry.h"

enum { CONNECT_MS = 60000, ANSWER_MS = 60000, BODY_BYTES = 64 * 1024 };

static _Noreturn void fail(const char *what, const struct reason *reason)
{
	fprintf(stderr, "bench: %s: %s: %s %s\n", what, err_word(reason->code), reason->field,
		reason->rule);
	exit(111);
}

struct client *load_connect(const char *dir, const char *node, const char *as)
{
	struct reason reason = {0};
	struct client *client;
	struct town_keys keys;
	struct arena arena;
	struct town town;

	arena_init(&arena, (size_t)1 << 20);
	if (town_load(dir, &arena, &town, &reason) || town_read_keys(&town, as, &keys, &reason))
		fail(dir, &reason);
	const struct town_node *at = town_find(&town, node);
	if (!at)
		fail(node, &(struct reason){.code = ERR_NOT_FOUND});
	const struct client_options options = {.endpoint = at->endpoint,
		.server_key = at->public_key,
		.public_key = keys.public_key,
		.secret_key = keys.secret_key,
		.name = as,
		.connect_timeout_ms = CONNECT_MS};
	if (client_open(&options, &client, &reason))
		fail(node, &reason);
	arena_done(&arena);
	return client;
}

int64_t load_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- times ----------------------------------------------------------------------------------- */

void times_add(struct times *times, int64_t us)
{
	if (times->n == times->size) {
		times->size = times->size ? times->size * 2 : 1024;
		times->us = realloc(times->us, times->size * sizeof(*times->us));
		if (!times->us)
			abort();
	}
	times->us[times->n++] = us;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void times_sort(struct times *times)
{
	qsort(times->us, times->n, sizeof(*times->us), by_size);
}

int64_t times_at(const struct times *times, unsigned part)
{
	size_t i = times->n * part / 1000;

	return times->n ? times->us[i < times->n ? i : times->n - 1] : 0;
}

/* ---- inquiries ------------------------------------------------------------------------------- */

void load_open(struct load *load, const char *dir)
{
	const struct random real = random_real();

	*load = (struct load){.seed = random_u64(&real)};
	load->random = random_seeded(&load->seed);
	load->client = load_connect(dir, "intake", "portal");
	buffer_init(&load->body, BODY_BYTES);
}

static void send(struct load *load, const char *type, int64_t sent_us)
{
	const struct clock clock = clock_real();
	const struct client_request request = {.key = uuid_make(clock_now(&clock), &load->random),
		.type = text_of(type),
		.body = buffer_bytes(&load->body),
		.actor = {.role = text_of("front_desk"), .id = text_of("desk-1")},
		.timeout_ms = ANSWER_MS};
	uint64_t correlation = 0;

	enum err err = client_send(load->client, &request, &correlation);
	if (err)
		fail(type, &(struct reason){.code = err});
	load->sent_us[correlation % LOAD_RING] = sent_us;
}

/* All of them tomorrow, at desks of their own. */
static void publish(struct load *load)
{
	const struct clock clock = clock_real();
	char desk[64];

	snprintf(desk, sizeof(desk), "desk-%016llx-%llu", (unsigned long long)load->seed,
		(unsigned long long)load->commands++);
	inquiry_encode_slots(&load->random, clock_now(&clock) + MS_PER_DAY, desk, &load->body);
	send(load, "publish_slots", 0);
	load->places = INQUIRY_PLACES;
}

void load_send(struct load *load)
{
	if (load->places == 0)
		publish(load);
	load->places--;
	load->sent++;
	inquiry_encode(&load->random, &load->body);
	send(load, "receive_inquiry", load_now_us());
}

bool load_take(struct load *load, int64_t timeout_ms, struct client_answer *ret)
{
	while (!client_receive(load->client, timeout_ms, ret)) {
		int64_t sent_us = load->sent_us[ret->correlation % LOAD_RING];
		if (ret->status)
			fail("an inquiry", &ret->reason);
		if (!sent_us)
			continue;
		times_add(&load->took, load_now_us() - sent_us);
		load->answered++;
		return true;
	}
	return false;
}

void load_close(struct load *load)
{
	client_close(load->client);
	buffer_done(&load->body);
	free(load->took.us);
}
