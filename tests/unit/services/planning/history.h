/* A random history of a town, and what is known of it beside the town itself. */
#ifndef TESTS_UNIT_SERVICES_PLANNING_HISTORY_H
#define TESTS_UNIT_SERVICES_PLANNING_HISTORY_H

#include "tests/unit/services/planning/town.h"

enum {
	CITIZENS = 4,
	STEPS = 400,
	CONSENTS = 256,
	LAWS = 256,
	AREAS = 4,
	PLANS = 64,
	ANSWERS = 512
};

struct known {
	struct consent_given consent; /* texts in the town's arena */
	bool given[NODES], withdrawn[NODES];
	bool ended; /* anywhere */
};

struct law {
	unsigned from, to;
};

/* What a department said to a proposal. */
struct answered {
	struct uuid proposal;
	enum proposal_state state;
};

struct history {
	struct town *t;
	uint64_t state;
	struct random random;
	struct known consents[CONSENTS];
	size_t n_consents;
	struct law laws[LAWS];
	size_t n_laws;
	uint64_t checked[NODES];
	unsigned inquiries, grants, disclosed, coordinated, joined, proposed, withdrawn, released,
		handed_over, paused;
	int64_t heard[NODES];                  /* when each last knew all that the entrance knew */
	unsigned found, gone, settled, agreed; /* conflicts */
	struct answered answers[ANSWERS];
	size_t n_answers;
};

static const char *const numbers[CITIZENS] = {
	"2211660000", "0101700000", "0202710000", "0303720000"};

static inline size_t pick(struct history *h, size_t n)
{
	return (size_t)(random_u64(&h->random) % n);
}

static inline unsigned pick_department(struct history *h)
{
	return EMPLOYMENT + (unsigned)pick(h, 3);
}

static inline enum life_area pick_area(struct history *h)
{
	static const enum life_area areas[AREAS] = {
		life_area_work, life_area_housing, life_area_health, life_area_own_child};

	return areas[pick(h, AREAS)];
}

/* ---- the model ------------------------------------------------------------------------------- */

static inline struct known *find_known(struct history *h, struct uuid consent)
{
	for (size_t i = 0; i < h->n_consents; i++)
		if (uuid_equal(h->consents[i].consent.consent, consent))
			return &h->consents[i];
	return NULL;
}

static inline void *event_of(struct history *h, unsigned owner, const struct record *record)
{
	struct stored_event event;

	assert_int_equal(
		engine_decode_event(h->t->nodes[owner].engine, record, &h->t->arena, &event),
		ERR_OK);
	return event.fields;
}

static inline struct plans_reply plans_at(struct history *h, unsigned node)
{
	struct plans_reply reply = {0};
	struct town *t = h->t;

	DO(node, list_plans, &reply, .closed = true, .limit = 100);
	return reply;
}

#endif
