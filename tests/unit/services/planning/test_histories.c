/* Random histories of a town: referrals, provisional plans, goals, consents and withdrawals at any
 * node, proposals, offers of the coordination, records that arrive late, restarts. After every
 * step: no record is addressed to a department without a basis in force at what its owner knew
 * (I10), against a model of its own; at most one department believes that it coordinates a citizen
 * (I14). At the end what may be seen is seen, and folding again gives the same bytes.
 * HISTORY_SEED=n HISTORY_SEEDS=1 replays one. */
#include "tests/unit/services/planning/history_checks.h"
#include "tests/unit/services/planning/history_conflicts.h"
#include "tests/unit/services/planning/together.h"

/* ---- steps ----------------------------------------------------------------------------------- */

static void deliver_one(struct history *h, unsigned from, unsigned to)
{
	struct town *t = h->t;
	unsigned owner = index_at(to, from), follower = index_at(from, to);
	struct cursor_row before, after;
	struct journal_entry entry;

	if (!behind(t, from, to))
		return;
	engine_cursor(t->nodes[to].engine, owner, &before);
	deliver(t, from, to, 1);
	engine_cursor(t->nodes[to].engine, owner, &after);
	for (int64_t seq = before.through + 1; seq <= after.through; seq++) {
		read_record(t, from, (uint64_t)seq, &entry);
		if (!engine_may_have(&t->nodes[from].engine->followers[follower], &entry.record))
			continue;
		learn(h, to, from, &entry.record);
		if (from == INTAKE && entry.record.time > t->heard[to])
			t->heard[to] = entry.record.time;
	}
	check_new_records(h, to);
	if (!behind(t, from, to))
		beat(t, from, to);
}

static void drain(struct history *h)
{
	for (bool any = true; any;) {
		any = false;
		for (unsigned from = 0; from < NODES; from++)
			for (unsigned to = 0; to < NODES; to++)
				while (from != to && behind(h->t, from, to)) {
					deliver_one(h, from, to);
					any = true;
				}
	}
	beat_all(h->t);
}

static void refer_somebody(struct history *h)
{
	static const char *const to[] = {"employment", "family", "social", "youth"};

	refer_number(h->t, 100 + h->inquiries++, numbers[pick(h, CITIZENS)], to[pick(h, 4)]);
}

static void consent_somewhere(struct history *h)
{
	struct text from[3], to[3];
	enum life_area area = pick_area(h);
	unsigned node = pick_department(h);
	struct plans_reply plans = plans_at(h, node);
	struct record_consent c = {.given_by = consent_giver_self,
		.from = {0, from},
		.to = {0, to},
		.life_areas = {pick(h, 2), &area},
		.until = pick(h, 5) ? 0 : h->t->now + MS_PER_DAY};

	if (!plans.plans.n)
		return;
	bool all = pick(h, 4) == 0; /* so that departments see the same */
	if (all)
		c.life_areas.n = 0;
	for (unsigned i = EMPLOYMENT; i < NODES; i++) {
		if (all || pick(h, 2))
			from[c.from.n++] = text_of(departments[i]);
		if (all || pick(h, 2))
			to[c.to.n++] = text_of(departments[i]);
	}
	const struct plan_line *line = &plans.plans.at[pick(h, plans.plans.n)];
	c.plan = line->plan;
	c.citizen = line->citizen;
	(void)say(h->t, pick(h, 3) ? node : INTAKE, SAID(record_consent, &c), NULL);
}

static void withdraw_somewhere(struct history *h)
{
	struct withdraw_consent c = {0};

	if (!h->n_consents)
		return;
	c.consent = h->consents[pick(h, h->n_consents)].consent.consent;
	(void)say(h->t, (unsigned)pick(h, NODES), SAID(withdraw_consent, &c), NULL);
}

static void set_law(struct history *h, unsigned node, const struct plan_line *line)
{
	unsigned to = pick_department(h);
	const struct set_basis c = {.plan = line->plan,
		.seen_version = line->version,
		.to = text_of(departments[to]),
		.paragraph = text_of("Barnets lov 133"),
		.reason = text_of("a child")};

	if (to == node)
		return;
	assert_true(h->n_laws < LAWS);
	h->laws[h->n_laws++] = (struct law){node, to};
	(void)say(h->t, node, SAID(set_basis, &c), NULL);
}

static void change_goals(struct history *h, unsigned node, const struct plan_line *line)
{
	struct town *t = h->t;
	struct plan_reply plan = show(t, node, line->plan);
	struct mark mark = {(int64_t)pick(h, 11)};

	if (!plan.goals.n)
		return;
	struct uuid goal = plan.goals.at[pick(h, plan.goals.n)].goal->goal;
	struct goal_answer answer = {
		goal, pick(h, 2) ? agreement_agrees : agreement_disagrees, text_of("so")};
	const struct set_goal_state set = {.plan = line->plan,
		.seen_version = line->version,
		.goal = goal,
		.state = (enum goal_state)(1 + pick(h, 7))};
	const struct record_progress progress = {.plan = line->plan,
		.seen_version = line->version,
		.goal = goal,
		.by_citizen = &mark};
	const struct answer_plan answers = {.plan = line->plan, .goals = {1, &answer}};
	const struct add_measure measure = {.plan = line->plan,
		.seen_version = line->version,
		.goals = {1, &goal},
		.kind = measure_kind_training};

	(void)say(t, node, SAID(set_goal_state, &set), NULL);
	(void)say(t, node, SAID(answer_plan, &answers), NULL);
	(void)say(t, node, SAID(record_progress, &progress), NULL);
	(void)say(t, node, SAID(add_measure, &measure), NULL);
}

static void work_on_a_plan(struct history *h)
{
	struct town *t = h->t;
	unsigned node = pick_department(h);
	struct plans_reply plans = plans_at(h, node);
	enum life_area area = pick_area(h);

	if (!plans.plans.n)
		return;
	const struct plan_line *line = &plans.plans.at[pick(h, plans.plans.n)];
	const struct state_goal goal = {.plan = line->plan,
		.seen_version = line->version,
		.words = text_of("a wish"),
		.stated_by = goal_source_citizen,
		.life_areas = {1, &area}};
	const struct make_commitment commitment = {.plan = line->plan,
		.seen_version = line->version,
		.by = pick(h, 2) ? side_citizen : side_municipality,
		.what = text_of("to call"),
		.due = t->now + (int64_t)pick(h, 3 * MS_PER_DAY),
		.life_areas = {1, &area}};
	const struct write_note note = {.plan = line->plan, .words = text_of("mine")};
	const struct close_part close = {
		.plan = line->plan, .seen_version = line->version, .outcome = outcome_less_support};

	if (pick(h, 22) >= 12) {
		change_what_conflicts(h, node, line);
		return;
	}
	switch (pick(h, 12)) {
	case 0:
		(void)say(t, node, SAID(close_part, &close), NULL);
		break;
	case 1:
		set_law(h, node, line);
		break;
	case 2:
		(void)say(t, node, SAID(write_note, &note), NULL);
		break;
	case 3:
	case 4:
		(void)say(t, node, SAID(make_commitment, &commitment), NULL);
		break;
	case 5:
	case 6:
	case 7:
		change_goals(h, node, line);
		break;
	default:
		(void)say(t, node, SAID(state_goal, &goal), NULL);
	}
}

static void open_somewhere(struct history *h)
{
	struct town *t = h->t;

	DO(pick_department(h), open_part, NULL, .number = text_of(numbers[pick(h, CITIZENS)]),
		.name = text_of("Anna"), AREA(health));
}

/* ---- one step -------------------------------------------------------------------------------- */

static void wait_an_hour(struct history *h)
{
	wait_until(h->t, h->t->now + MS_PER_HOUR);
}

static void restart_somebody(struct history *h)
{
	restart(&h->t->nodes[pick(h, NODES)]);
}

static void rebuild_somebody(struct history *h)
{
	rebuild(h->t, (unsigned)pick(h, NODES));
}

static void deliver_some(struct history *h)
{
	unsigned from = (unsigned)pick(h, NODES), to = (unsigned)pick(h, NODES);

	for (size_t n = pick(h, 12); from != to && n > 0; n--)
		deliver_one(h, from, to);
}

/* What may happen next, of 32. */
static const struct {
	unsigned weight;
	void (*act)(struct history *h);
} acts[] = {
	{2, refer_somebody},
	{1, open_somewhere},
	{3, consent_somewhere},
	{1, withdraw_somewhere},
	{1, wait_an_hour},
	{1, restart_somebody},
	{1, rebuild_somebody},
	{8, deliver_some},
	{5, together_plan},
	{2, together_work},
	{1, together_capacity},
	{1, drain},
	{5, work_on_a_plan},
};

static void take_step(struct history *h)
{
	size_t which = pick(h, 32), i = 0;

	h->t->now += (int64_t)pick(h, 2 * MS_PER_HOUR);
	for (; which >= acts[i].weight; i++)
		which -= acts[i].weight;
	acts[i].act(h);
	for (unsigned node = 0; node < NODES; node++)
		check_new_records(h, node);
	check_coordinators(h);
	check_conflicts(h, pick_department(h));
}

/* ---- when nothing is on its way -------------------------------------------------------------- */

static void check_conservation(struct history *h, unsigned from, unsigned to)
{
	struct cursor_row cursor;
	struct queue queue;

	engine_cursor(h->t->nodes[to].engine, index_at(to, from), &cursor);
	assert_int_equal(
		engine_queue(h->t->nodes[from].engine, index_at(from, to), &queue), ERR_OK);
	assert_int_equal(cursor.applied + cursor.withheld, queue.addressed);
	assert_int_equal(cursor.quarantined, 0);
}

/* Everything that `from` has of the plan can be seen at `to`. */
static void check_seen(struct history *h, unsigned from, unsigned to, struct uuid plan)
{
	struct plan_reply own = show(h->t, from, plan), there = show(h->t, to, plan);

	for (size_t i = 0; i < own.goals.n && !there.more; i++) {
		bool found = false;
		if (!text_is(own.goals.at[i].goal->department, departments[from]))
			continue;
		for (size_t k = 0; k < there.goals.n; k++)
			found |= uuid_equal(
				there.goals.at[k].goal->goal, own.goals.at[i].goal->goal);
		assert_true(found);
	}
}

static void check_consents_do_what_they_say(struct history *h)
{
	for (size_t i = 0; i < h->n_consents; i++) {
		const struct known *known = &h->consents[i];
		const struct consent_given *consent = &known->consent;
		if (known->ended || consent->until || consent->life_areas.n)
			continue;
		for (unsigned from = EMPLOYMENT; from < NODES; from++) {
			struct plans_reply plans = plans_at(h, from);
			if (!names(consent->from.at, consent->from.n, departments[from]))
				continue;
			for (size_t k = 0; k < plans.plans.n; k++)
				for (unsigned to = EMPLOYMENT; to < NODES; to++)
					if (to != from &&
						uuid_equal(plans.plans.at[k].citizen,
							consent->citizen) &&
						names(consent->to.at, consent->to.n,
							departments[to]))
						check_seen(h, from, to, plans.plans.at[k].plan);
		}
	}
}

static void play(struct history *h, uint64_t seed)
{
	*h = (struct history){.t = town_make_with(seed), .state = seed * 977};
	h->random = random_seeded(&h->state);
	for (int i = 0; i < STEPS; i++)
		take_step(h);
	drain(h);
	wait_until(h->t, h->t->now + 2 * MS_PER_HOUR); /* sharing that was paused resumes */
	drain(h);
	check_coordinators(h);
	for (unsigned i = 0; i < 3 * PLANS; i++)
		check_conflicts(h, EMPLOYMENT + i % 3);
	for (unsigned from = 0; from < NODES; from++)
		for (unsigned to = 0; to < NODES; to++)
			if (from != to)
				check_conservation(h, from, to);
	check_consents_do_what_they_say(h);
	check_answers_win(h);
	check_work(h);
	town_end(h->t);
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : otherwise;
}

static uint64_t playing; /* the seed, 0 when none is under way */

static int tell_seed(void **state)
{
	(void)state;
	if (playing)
		printf("failed: HISTORY_SEED=%llu HISTORY_SEEDS=1 replays it\n",
			(unsigned long long)playing);
	return 0;
}

static void test_histories(void **state)
{
	uint64_t first = number_from("HISTORY_SEED", 1), n = number_from("HISTORY_SEEDS", 20);
	unsigned grants = 0, disclosed = 0, coordinated = 0, joined = 0, consents = 0, paused = 0;
	unsigned found = 0, gone = 0, settled = 0, agreed = 0;
	unsigned proposed = 0, answered = 0, withdrawn = 0, released = 0, handed_over = 0;
	static struct history h;

	(void)state;
	for (uint64_t seed = first; seed < first + n; seed++) {
		playing = seed;
		play(&h, seed);
		grants += h.grants;
		disclosed += h.disclosed;
		coordinated += h.coordinated;
		joined += h.joined;
		paused += h.paused;
		found += h.found;
		gone += h.gone;
		settled += h.settled;
		agreed += h.agreed;
		consents += (unsigned)h.n_consents;
		proposed += h.proposed;
		answered += (unsigned)h.n_answers;
		withdrawn += h.withdrawn;
		released += h.released;
		handed_over += h.handed_over;
	}
	playing = 0;
	printf("%llu histories: %u grants, %u items disclosed, %u consents, %u coordinations "
	       "begun, "
	       "%u provisional parts joined, %u times paused\n",
		(unsigned long long)n, grants, disclosed, consents, coordinated, joined, paused);
	printf("%u conflicts found, %u gone, %u settled; %u times two departments saw the same "
	       "ones\n",
		found, gone, settled, agreed);
	assert_true(n < 20 || (found > 100 && gone > 3 && settled > 20 && agreed > 10));
	printf("%u proposals, %u answered, %u withdrawn, %u coordinations released, %u workers "
	       "assigned\n",
		proposed, answered, withdrawn, released, handed_over);
	assert_true(
		n < 20 || (proposed > 200 && answered > 100 && withdrawn > 10 && released > 15));
	assert_true(n < 20 || (grants > 100 && disclosed > 100 && coordinated > 10 && joined > 10 &&
				      paused > 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(test_histories, tell_seed)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
