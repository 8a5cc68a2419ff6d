/* The workload of the simulated town on a town of bare engines: every command there is has its
 * generator; every one of them is said, and most of them are accepted, in histories that get deep;
 * what must hold of a town holds after every step. WORKLOAD_SEED=n WORKLOAD_SEEDS=1 replays one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/registry.h"
#include "services/intake/intake.h"
#include "services/notification/notification.h"
#include "services/planning/planning.h"
#include "services/reporting/reporting.h"
#include "tests/sim/town/bare.h"
#include "tests/sim/town/workload_private.h"

enum { SEEDS = 3, TURNS = 900, COMMANDS_MAX = 128, ONLY_TRIES = 200, ACCEPTED_AT_LEAST = 1 };

struct counts {
	unsigned said[COMMANDS_MAX], accepted[COMMANDS_MAX], refused[COMMANDS_MAX][ERR_COUNT];
};

struct play {
	struct bare *bare;
	struct workload *workload;
	struct town_check *check;
	uint64_t state;
	struct random random;
	struct arena arena;
	struct counts *counts;
};

static size_t index_of(const struct schema *command)
{
	for (size_t i = 0; i < workload_commands(); i++)
		if (strcmp(workload_command_name(i), command->head->name) == 0)
			return i;
	fail_msg("%s has no generator", command->head->name);
	return 0;
}

/* ---- every command has a generator ----------------------------------------------------------- */

static void test_registry(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < n_registry_parts; i++)
		for (size_t k = 0; k < registry_parts[i].n; k++) {
			const struct schema *schema = registry_parts[i].schemas[k]();
			if (schema->head->kind != SCHEMA_COMMAND)
				continue;
			(void)index_of(schema);
			n++;
		}
	assert_int_equal(n, workload_commands());
	assert_true(n <= COMMANDS_MAX);
}

static void test_services(void **state)
{
	static const struct service *const services[] = {
		&intake_service, &planning_service, &notification_service, &reporting_service};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < services[i]->n_commands; k++)
			(void)index_of(services[i]->commands[k].type());
	for (size_t i = 0; i < workload_commands(); i++) {
		const char *name = workload_command_name(i);
		bool known = engine_find_command(text_of(name)) != NULL;
		for (size_t s = 0; s < 4; s++)
			for (size_t k = 0; k < services[s]->n_commands; k++)
				known |= strcmp(services[s]->commands[k].type()->head->name,
						 name) == 0;
		if (!known)
			fail_msg("%s is a command of no node", name);
	}
}

/* ---- playing --------------------------------------------------------------------------------- */

static uint64_t playing; /* the seed, 0 when none is under way */

static void play_begin(struct play *p, uint64_t seed, struct counts *counts)
{
	*p = (struct play){.bare = bare_new(seed),
		.workload = workload_new(seed),
		.check = town_check_new(),
		.state = seed * 977,
		.counts = counts};
	p->random = random_seeded(&p->state);
	arena_init(&p->arena, (size_t)16 * 1024 * 1024);
	playing = seed;
}

static void play_end(struct play *p)
{
	arena_done(&p->arena);
	town_check_free(p->check);
	workload_free(p->workload);
	bare_free(p->bare);
	playing = 0;
}

static void check(struct play *p, bool healed)
{
	struct town_view view;

	bare_view(p->bare, &view);
	view.healed = healed;
	const char *wrong = town_check(p->check, &view, &p->arena);
	if (wrong)
		fail_msg("%s", wrong);
}

/* What was said; with the reason on stderr when WORKLOAD_TELL is set. */
static void tell(const struct play *p, const struct deed *deed, enum err status)
{
	const struct reason *reason = bare_reason(p->bare);

	if (getenv("WORKLOAD_TELL"))
		fprintf(stderr, "%u %s: %s %s %s\n", deed->node, deed->command->head->name,
			err_word(status), status ? reason->field : "", status ? reason->rule : "");
}

static bool say_one(struct play *p, const char *only, struct deed *deed)
{
	struct town_view view;
	const void *reply;

	arena_reset(&p->arena);
	bare_view(p->bare, &view);
	workload_look(p->workload, &view);
	assert_true(workload_next(p->workload, view.now, only, &p->arena, deed));
	enum err status = bare_say(p->bare, deed, &p->arena, &reply);
	workload_learn(p->workload, deed, status, reply);
	tell(p, deed, status);
	if (status == ERR_BUG)
		fail_msg("%s: %s %s", deed->command->head->name, bare_reason(p->bare)->field,
			bare_reason(p->bare)->rule);
	size_t which = index_of(deed->command);
	p->counts->said[which]++;
	p->counts->accepted[which] += status == ERR_OK;
	p->counts->refused[which][status]++;
	check(p, false);
	return status == ERR_OK;
}

static size_t chance(struct play *p, size_t n)
{
	return (size_t)(random_u64(&p->random) % n);
}

static void heal(struct play *p)
{
	bare_settle(p->bare);
	bare_tick(p->bare);
	bare_settle(p->bare);
	check(p, true);
}

static void go_on(struct play *p)
{
	*bare_clock(p->bare) += (int64_t)chance(p, 20) * MS_PER_MINUTE;
	for (size_t i = 0; i < 6; i++) {
		bare_deliver(p->bare, (unsigned)chance(p, TOWN_NODES),
			(unsigned)chance(p, TOWN_NODES), 1 + chance(p, 20));
		check(p, false);
	}
	if (chance(p, 8) == 0) {
		bare_tick(p->bare);
		check(p, false);
	}
	if (chance(p, 60) == 0)
		bare_restart(p->bare, (unsigned)chance(p, TOWN_NODES));
	if (chance(p, 100) == 0) {
		heal(p);
	}
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : otherwise;
}

static void print_counts(const struct counts *counts)
{
	for (size_t i = 0; i < workload_commands(); i++) {
		printf("%-28s said %5u accepted %5u", workload_command_name(i), counts->said[i],
			counts->accepted[i]);
		for (size_t e = 1; e < ERR_COUNT; e++)
			if (counts->refused[i][e])
				printf("  %s %u", err_word((enum err)e), counts->refused[i][e]);
		printf("\n");
	}
}

/* Those of the quarantine are accepted only where something lies in one. */
static bool needs_more(const char *name)
{
	/* pauses are shorter than the steps here */
	return strstr(name, "backup") || !strcmp(name, "resume_queue");
}

static void test_histories(void **state)
{
	uint64_t first = number_from("WORKLOAD_SEED", 1), n = number_from("WORKLOAD_SEEDS", SEEDS);
	static struct counts counts;
	struct deed deed;
	struct play p;

	(void)state;
	for (uint64_t seed = first; seed < first + n; seed++) {
		play_begin(&p, seed, &counts);
		for (int i = 0; i < TURNS; i++) {
			(void)say_one(&p, NULL, &deed);
			go_on(&p);
		}
		heal(&p);
		play_end(&p);
	}
	print_counts(&counts);
	for (size_t i = 0; i < workload_commands() && n >= SEEDS; i++)
		if (!needs_more(workload_command_name(i)) && counts.accepted[i] < ACCEPTED_AT_LEAST)
			fail_msg("%s was accepted %u times", workload_command_name(i),
				counts.accepted[i]);
}

static bool comes(const char *name, uint64_t seed, struct counts *counts)
{
	struct deed deed;
	struct play p;
	bool came = false;

	play_begin(&p, seed, counts);
	for (int k = 0; !came && k < ONLY_TRIES; k++) {
		bool accepted = say_one(&p, name, &deed);
		came = strcmp(deed.command->head->name, name) == 0 &&
		       (accepted || needs_more(name));
		*bare_clock(p.bare) += 10 * MS_PER_MINUTE;
		bare_settle(p.bare);
		bare_tick(p.bare);
	}
	play_end(&p);
	return came;
}

/* Whatever is asked for comes, from an empty town on; with bad luck from the next one. */
static void test_only(void **state)
{
	static struct counts counts;

	(void)state;
	for (size_t i = 0; i < workload_commands(); i++) {
		const char *name = workload_command_name(i);
		bool came = false;
		for (uint64_t town = 0; !came && town < 3; town++)
			came = comes(name, i + 1 + town * COMMANDS_MAX, &counts);
		if (!came)
			fail_msg("%s was not accepted", name);
	}
}

static int tell_seed(void **state)
{
	(void)state;
	if (playing)
		printf("failed: WORKLOAD_SEED=%llu WORKLOAD_SEEDS=1 replays it\n",
			(unsigned long long)playing);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_registry),
		cmocka_unit_test(test_services),
		cmocka_unit_test_teardown(test_histories, tell_seed),
		cmocka_unit_test_teardown(test_only, tell_seed)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
