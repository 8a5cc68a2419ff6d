/* What random histories check after every step: what each node knows of consents, kept in a model
 * of its own, and whether every record is addressed on a basis in force at that (I10); who believes
 * to coordinate (I14). */
#ifndef TESTS_UNIT_SERVICES_PLANNING_HISTORY_CHECKS_H
#define TESTS_UNIT_SERVICES_PLANNING_HISTORY_CHECKS_H

#include "tests/sim/town/told.h"
#include "tests/unit/services/planning/history.h"

/* What `node` learns from a record of `owner`. */
static inline void learn(
	struct history *h, unsigned node, unsigned owner, const struct record *record)
{
	if (text_is(record->type, "consent_given")) {
		const struct consent_given *e = event_of(h, owner, record);
		struct known *known = find_known(h, e->consent);
		if (!known) {
			assert_true(h->n_consents < CONSENTS);
			known = &h->consents[h->n_consents++];
			known->consent = *e;
		}
		known->given[node] = true;
	}
	if (text_is(record->type, "consent_withdrawn")) {
		const struct consent_withdrawn *e = event_of(h, owner, record);
		struct known *known = find_known(h, e->consent);
		assert_non_null(known);
		known->withdrawn[node] = known->ended = true;
	}
}

static inline bool names(const struct text *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (text_is(list[i], name))
			return true;
	return false;
}

static inline unsigned node_named(struct text name)
{
	for (unsigned i = 0; i < NODES; i++)
		if (text_is(name, node_names[i]))
			return i;
	fail_msg("%.*s is no node", (int)name.n, name.p);
	return 0;
}

static inline bool is_among(enum life_area area, const struct consent_given *consent)
{
	for (size_t i = 0; i < consent->life_areas.n; i++)
		if (consent->life_areas.at[i] == area)
			return true;
	return consent->life_areas.n == 0;
}

static inline void check_consent(
	struct history *h, unsigned node, const struct record *record, const struct grant *grant)
{
	const struct known *known = find_known(h, grant->consent);

	assert_non_null(known);
	assert_true(known->given[node]);
	assert_false(known->withdrawn[node]);
	if (text_is(record->type, "consent_given")) /* to those whom it names */
		return;
	const struct consent_given *consent = &known->consent;
	assert_true(names(consent->from.at, consent->from.n, departments[node]));
	assert_true(names(consent->to.at, consent->to.n, departments[node_named(grant->to)]));
	assert_true(consent->until == 0 || consent->until > record->time);
	assert_true(h->t->heard[node] > record->time - MS_PER_DAY);
	struct told told = told_by(record, event_of(h, node, record));
	h->disclosed += text_is(record->type, "disclosed");
	assert_true(!told.any || told.n > 0 || consent->life_areas.n == 0);
	for (size_t i = 0; i < told.n; i++)
		assert_true(is_among(told.at[i], consent));
}

static inline void check_law(struct history *h, unsigned node, const struct grant *grant)
{
	unsigned to = node_named(grant->to);

	for (size_t i = 0; i < h->n_laws; i++)
		if (h->laws[i].from == node && h->laws[i].to == to)
			return;
	fail_msg("no other basis");
}

static inline void check_grant(
	struct history *h, unsigned node, const struct record *record, const struct grant *grant)
{
	h->grants++;
	assert_int_not_equal(node_named(grant->to), node);
	switch (grant->basis) {
	case basis_consent:
		check_consent(h, node, record, grant);
		break;
	case basis_law:
		check_law(h, node, grant);
		break;
	case basis_addressed:
		assert_true(node == INTAKE || told_may_be_addressed(record->type));
		break;
	case basis_none:
	case basis_end:
		fail_msg("no basis");
	}
}

/* Whoever is asked hears of it: it was refused otherwise. */
static inline void check_proposal(struct history *h, unsigned node, const struct record *record)
{
	const struct measure_proposed *e = event_of(h, node, record);
	bool reached = false;

	for (size_t i = 0; i < record->grants.n; i++)
		reached |=
			text_is(e->proposal->to, departments[node_named(record->grants.at[i].to)]);
	assert_true(reached);
	h->proposed++;
}

static inline void note_answer(struct history *h, const struct proposal_answered *e)
{
	assert_true(h->n_answers < ANSWERS);
	for (size_t i = 0; i < h->n_answers; i++) /* one answer is enough */
		assert_false(uuid_equal(h->answers[i].proposal, e->answer->proposal));
	h->answers[h->n_answers++] = (struct answered){e->answer->proposal, e->answer->state};
}

/* The new records of a node, in order: what they teach it, and whom they are for. */
static inline void check_new_records(struct history *h, unsigned node)
{
	struct engine *engine = h->t->nodes[node].engine;
	struct journal_entry entry;

	while (h->checked[node] < engine->journal.seq) {
		read_record(h->t, node, ++h->checked[node], &entry);
		learn(h, node, node, &entry.record);
		h->coordinated += text_is(entry.record.type, "coordination_begun");
		h->joined += text_is(entry.record.type, "part_joined");
		h->paused += text_is(entry.record.type, "sharing_paused");
		h->withdrawn += text_is(entry.record.type, "proposal_withdrawn");
		h->released += text_is(entry.record.type, "coordination_released");
		h->handed_over += text_is(entry.record.type, "worker_assigned");
		if (text_is(entry.record.type, "measure_proposed"))
			check_proposal(h, node, &entry.record);
		if (text_is(entry.record.type, "proposal_answered"))
			note_answer(h, event_of(h, node, &entry.record));
		if (text_is(entry.record.type, "note_written"))
			assert_true(entry.record.audience == PEER_ARCHIVE &&
				    entry.record.grants.n == 0);
		h->found += text_is(entry.record.type, "conflict_found");
		h->gone += text_is(entry.record.type, "conflict_gone");
		h->settled += text_is(entry.record.type, "conflict_settled");
		if (text_is(entry.record.type, "conflict_found") ||
			text_is(entry.record.type, "conflict_gone"))
			assert_int_equal(entry.record.grants.n, 0);
		for (size_t i = 0; i < entry.record.grants.n; i++)
			check_grant(h, node, &entry.record, &entry.record.grants.at[i]);
	}
}

/* I14 */
static inline void check_coordinators(struct history *h)
{
	struct uuid coordinated[PLANS * 3];
	unsigned by[PLANS * 3];
	size_t n = 0;

	for (unsigned node = EMPLOYMENT; node < NODES; node++) {
		struct plans_reply plans = plans_at(h, node);
		for (size_t i = 0; i < plans.plans.n; i++) {
			const struct plan_line *line = &plans.plans.at[i];
			if (!line->term)
				continue;
			assert_int_equal(line->state, part_state_open);
			for (size_t k = 0; k < n; k++)
				assert_true(by[k] == node ||
					    !uuid_equal(coordinated[k], line->citizen));
			by[n] = node;
			coordinated[n++] = line->citizen;
		}
	}
}

#endif
