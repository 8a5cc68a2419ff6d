/* What becomes of records at those who follow: nothing overtakes a record of the same entity that
 * was set aside (I8), and every referral leads to a part (I3). Touches stores, reading only. */
#include <string.h>

#include "tests/sim/town/check_private.h"

struct written {
	struct uuid entity;
	unsigned owner;
	uint64_t seq;
	unsigned to; /* bits of the nodes that may have it */
};

/* A department was told of a citizen; it answers with a part of the plan. */
struct referral {
	unsigned department;
	uint64_t seq;
	bool answered;
};

/* An operator dropped it out of quarantine: it was never applied. */
struct dropped {
	unsigned node, owner;
	uint64_t seq;
};

static void see_dropped(struct seen *s, const void *event)
{
	const struct record_dropped *e = event;
	struct dropped *dropped = grown_add(&s->check->dropped, sizeof(*dropped));

	*dropped = (struct dropped){s->node, town_node_named(e->owner), (uint64_t)e->seq};
}

bool node_dropped(const struct town_check *check, unsigned node, unsigned owner, uint64_t seq)
{
	const struct dropped *dropped = check->dropped.at;

	for (size_t i = 0; i < check->dropped.n; i++)
		if (dropped[i].node == node && dropped[i].owner == owner && dropped[i].seq == seq)
			return true;
	return false;
}

static unsigned nodes_of(const struct seen *s)
{
	const struct engine *engine = s->check->view->engine[s->node];
	unsigned nodes = 0;

	for (size_t i = 0; i < engine->options.n_followers; i++)
		if ((uint64_t)s->record->audience & engine->options.followers[i].role)
			nodes |= STATE(town_node_named(text_of(engine->options.followers[i].name)));
	for (size_t i = 0; i < s->record->grants.n; i++)
		nodes |= STATE(town_node_named(s->record->grants.at[i].to));
	return nodes;
}

/* ---- referrals ------------------------------------------------------------------------------- */

static void see_referred(struct seen *s, const void *event)
{
	const struct plan_referred *e = event;
	struct referral *referral;

	if (town_department_node(e->department) == TOWN_NODES)
		return;
	referral = grown_add(&s->check->referrals, sizeof(*referral));
	*referral = (struct referral){
		town_department_node(e->department), (uint64_t)s->record->seq, false};
}

static void note_answer(struct seen *s)
{
	struct referral *referrals = s->check->referrals.at;

	for (size_t i = s->check->referrals.n; i-- > 0;)
		if (referrals[i].department == s->node &&
			referrals[i].seq == (uint64_t)s->record->cause->seq)
			referrals[i].answered = true;
}

static void check_referrals(struct town_check *check)
{
	const struct referral *referrals = check->referrals.at;

	for (size_t i = 0; i < check->referrals.n; i++)
		if (!referrals[i].answered && !check->went_back[NODE_INTAKE] &&
			!check->went_back[referrals[i].department] &&
			node_knows(
				check, referrals[i].department, NODE_INTAKE, referrals[i].seq, NOW))
			wrong(check, "I3: %s has the referral %llu of the entrance and did nothing",
				town_node_name(referrals[i].department),
				(unsigned long long)referrals[i].seq);
}

/* ---- order within an entity ------------------------------------------------------------------ */

static void see_every(struct seen *s, const void *event)
{
	struct written *written = grown_add(&s->check->written, sizeof(*written));

	(void)event;
	*written =
		(struct written){s->record->entity, s->node, (uint64_t)s->record->seq, nodes_of(s)};
	if (s->record->cause && town_node_named(s->record->cause->node) == NODE_INTAKE)
		note_answer(s);
}

/* Of a record in quarantine: whatever comes behind it about the same entity lies there, too. */
static void check_behind(
	struct town_check *check, unsigned node, unsigned owner, const struct written *first)
{
	const struct written *written = check->written.at;

	for (size_t i = 0; i < check->written.n; i++)
		if (written[i].owner == owner && written[i].seq > first->seq &&
			written[i].to & STATE(node) &&
			uuid_equal(written[i].entity, first->entity) &&
			node_knows(check, node, owner, written[i].seq, NOW))
			wrong(check,
				"I8: %s took record %llu of %s, and %llu about the same is aside",
				town_node_name(node), (unsigned long long)written[i].seq,
				town_node_name(owner), (unsigned long long)first->seq);
}

static void check_aside(struct town_check *check, unsigned node, unsigned owner, struct txn *txn)
{
	struct quarantine_row row;
	struct key prefix = {0};
	struct scan scan;

	key_add_text(&prefix, town_node_name(owner), strlen(town_node_name(owner)));
	scan_begin(&scan, txn, CORE_QUARANTINE, SCAN_UP, key_bytes(&prefix), BYTES_NONE);
	while (scan_next(&scan)) {
		struct written first = {.seq = get_u64(scan.key.p + prefix.n)};
		if (row_decode(&scan, schema_quarantine_row(), check->arena, &row) ||
			uuid_is_nil(row.entity))
			continue;
		first.entity = row.entity;
		check_behind(check, node, owner, &first);
	}
	scan_end(&scan);
}

/* Where what lies aside has changed since the last look. */
static void look_aside(struct town_check *check)
{
	struct cursor_row row;
	struct txn *txn;

	for (unsigned node = 0; node < check->view->n && node < TOWN_NODES; node++)
		for (unsigned owner = 0; check->view->up[node] && owner < TOWN_NODES; owner++) {
			int index = owner_index(check->view, node, owner);
			if (index < 0 || check->went_back[owner])
				continue;
			engine_cursor(check->view->engine[node], (unsigned)index, &row);
			bool same = row.quarantined == check->aside[node][owner] &&
				    (uint64_t)row.through == check->before[node][owner];
			check->aside[node][owner] = row.quarantined;
			if (same || row.quarantined == 0 ||
				store_begin(
					check->view->store[node], STORE_READ, check->arena, &txn))
				continue;
			check_aside(check, node, owner, txn);
			store_abort(txn);
		}
}

static void forget(struct town_check *check, unsigned node)
{
	struct written *written = check->written.at;
	size_t kept = 0;

	for (size_t i = 0; i < check->written.n; i++)
		if (written[i].owner != node)
			written[kept++] = written[i];
	check->written.n = kept;
	if (node == NODE_INTAKE)
		check->referrals.n = 0;
}

static const struct seen_row rows[] = {
	{schema_plan_referred, see_referred}, {schema_record_dropped, see_dropped}};
const struct seen_table seen_order = {SEEN_ROWS(rows), .every = see_every, .back = forget,
	.looked = look_aside, .healed = check_referrals};
