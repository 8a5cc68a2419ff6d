/* Poisonous records, retries and drops in the history test, against a model of its own: which
 * records must have taken effect, and in which order. */
#ifndef TESTS_SIM_HISTORY_QUARANTINE_H
#define TESTS_SIM_HISTORY_QUARANTINE_H

#include "tests/sim/history_world.h"
#include "tests/sim/mend_order.h"

/* ---- the model ------------------------------------------------------------------------------- */

static struct heard *first_aside(struct node *to, unsigned citizen)
{
	for (size_t seq = 1; seq < HEARD; seq++) {
		struct heard *heard = &to->heard[seq];
		if (heard->fate == FATE_ASIDE && !heard->unreadable && heard->citizen == citizen)
			return heard;
	}
	return NULL;
}

/* Could it take effect now, if nothing stood before it? */
static bool is_good(const struct node *to, const struct heard *heard)
{
	bool stumbles = heard->hard && to->settings.ill && !heard->reacted;

	return !heard->unreadable && !heard->broken && !stumbles;
}

static void must_apply(struct node *to, struct heard *heard)
{
	struct known_consent *known = &to->knows[heard->citizen];

	heard->fate = FATE_APPLIED;
	heard->reacted |= heard->plan;
	known->given |= heard->given;
	known->withdrawn |= heard->withdrawn;
}

/* A record arrives for the first time, or again after following anew. */
static void hear(struct world *w, struct node *to, uint64_t seq)
{
	struct heard *heard = &to->heard[seq];

	if (!heard->unreadable && !heard->broken && heard->erased)
		to->gone[heard->citizen] = true;
	if (heard->fate == FATE_DROPPED && (heard->unreadable || !heard->erased))
		return;
	bool waits = !heard->unreadable && first_aside(to, heard->citizen);
	if (!waits && is_good(to, heard)) {
		must_apply(to, heard);
		return;
	}
	heard->fate = FATE_ASIDE;
	w->aside++;
	w->waited += waits;
}

/* ---- breaking -------------------------------------------------------------------------------- */

static void look_at(struct world *w, struct heard *heard, const struct record *record)
{
	struct h_plan_changed plan = {0};

	*heard = (struct heard){.fate = heard->fate,
		.reacted = heard->reacted,
		.citizen = record->entity.b[14],
		.plan = text_is(record->type, "h_plan_changed"),
		.given = text_is(record->type, "h_consent_given"),
		.withdrawn = text_is(record->type, "h_consent_withdrawn"),
		.erased = text_is(record->type, "person_erased")};
	if (!heard->plan)
		return;
	assert_int_equal(schema_decode(schema_h_plan_changed(), text_bytes(record->fields),
				 PACK_PLAIN, &w->arena, &plan, NULL),
		ERR_OK);
	heard->hard = history_is_hard(plan.version);
}

/* Now and then a defect of the owner: fields that are not what they should be, or no frame at all.
 */
static void break_item(struct world *w, struct node *to, struct batch_item *item)
{
	static const char bad_fields[] = "\x81\x01\x05 SECRET";
	struct record record;
	struct buffer out;

	assert_true(item->seq < HEARD);
	assert_int_equal(
		schema_decode(schema_record(), item->record, PACK_PLAIN, &w->arena, &record, NULL),
		ERR_OK);
	struct heard *heard = &to->heard[item->seq];
	look_at(w, heard, &record);
	heard->unreadable = w->breaking && pick(w, 60) == 0;
	/* an erasure whose fields are broken is not dropped: it would stay for good */
	heard->broken = w->breaking && pick(w, 30) == 0 && !heard->erased;
	if (heard->unreadable) {
		item->record = bytes_of("\x8c SECRET", 8);
	} else if (heard->broken) {
		buffer_init(&out, 4096);
		record.fields = (struct text){bad_fields, sizeof(bad_fields) - 1, false};
		schema_encode(schema_record(), &record, &out);
		item->record = bytes_copy(&w->arena, buffer_bytes(&out));
		buffer_done(&out);
	}
}

/* ---- retry and drop -------------------------------------------------------------------------- */

static void restart(struct node *node);

static void operate(struct world *w, struct node *node, const struct schema *schema,
	const void *command, struct answer *answer)
{
	struct request request = {.client = text_of("client"),
		.peer = PEER_OPERATOR,
		.key = uuid_make(w->now, &w->random),
		.type = text_of(schema->head->name),
		.actor = {.role = text_of("operator")}};
	struct turn turn = {&request, answer, 1, NULL, 0};
	struct buffer body;

	buffer_init(&body, 4096);
	schema_encode(schema, command, &body);
	request.body = buffer_bytes(&body);
	if (pick(w, 10) == 0) {
		store_fail_next_commit(node->store, ERR_SYSTEM);
		w->failures++;
	}
	while (engine_turn(node->engine, &turn))
		restart(node);
	buffer_done(&body);
	assert_int_equal(answer->status, ERR_OK);
}

static void retry_line(
	struct world *w, struct node *to, const struct mend_order *order, uint64_t seq)
{
	struct heard *heard = &to->heard[seq], *next = heard;
	unsigned citizen = seq ? heard->citizen : order->filter.entity.b[14];
	struct queue_mended reply;
	struct answer answer;
	int64_t applied = 0;

	if (!heard->unreadable)
		next = first_aside(to, citizen);
	for (; next && is_good(to, next); applied++) {
		must_apply(to, next);
		next = first_aside(to, citizen);
	}
	operate(w, to, schema_mend_queue(), &order->c, &answer);
	assert_int_equal(schema_decode(schema_queue_mended(), answer.body, PACK_PLAIN, &w->arena,
				 &reply, NULL),
		ERR_OK);
	assert_int_equal(reply.done, applied);
	assert_int_equal(first_refused(&reply, NULL), next ? next - to->heard : 0);
	w->retried += (unsigned)applied;
}

static void retry_all(struct world *w, struct node *to, struct node *from)
{
	for (unsigned c = 0; c < CITIZENS; c++)
		if (first_aside(to, c)) {
			struct uuid entity = {{0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80}};
			struct mend_order order;
			entity.b[14] = (uint8_t)c;
			order_entity(&order, mend_verb_retry, from->name, entity);
			retry_line(w, to, &order, 0);
		}
}

static void drop_one(struct world *w, struct node *to, struct node *from, uint64_t seq)
{
	struct mend_order order;
	uint64_t head = to->engine->journal.seq;
	struct journal_entry entry;
	struct answer answer;

	operate(w, to, schema_mend_queue(), order_item(&order, mend_verb_drop, from->name, seq),
		&answer);
	to->heard[seq].fate = FATE_DROPPED;
	assert_int_equal(to->engine->journal.seq, head + 2);
	read_record(w, to, head + 1, &entry);
	assert_true(text_is(entry.record.type, "record_dropped"));
	read_record(w, to, head + 2, &entry);
	assert_true(text_is(entry.record.type, "items_mended"));
	w->dropped++;
}

/* Until nothing is left: what is good is applied, what stands in its way is dropped. */
static void empty_quarantine(struct world *w, struct node *to, struct node *from)
{
	to->settings.ill = false;
	retry_all(w, to, from);
	for (uint64_t seq = 1; seq < HEARD; seq++) {
		const struct heard *heard = &to->heard[seq];
		if (heard->fate != FATE_ASIDE || is_good(to, heard))
			continue;
		drop_one(w, to, from, seq);
		retry_all(w, to, from);
	}
}

/* One thing that an operator might do. */
static void do_operator(struct world *w, struct node *to, struct node *from)
{
	struct mend_order order;
	uint64_t aside[HEARD], n = 0;

	to->settings.ill = pick(w, 3) == 0;
	for (uint64_t seq = 1; seq < HEARD; seq++)
		if (to->heard[seq].fate == FATE_ASIDE)
			aside[n++] = seq;
	if (n == 0)
		return;
	uint64_t seq = aside[pick(w, n)];
	const struct heard *heard = &to->heard[seq];
	if (pick(w, 4) == 0 && (heard->broken || heard->unreadable))
		drop_one(w, to, from, seq);
	else if (heard->unreadable || pick(w, 2)) {
		order_item(&order, mend_verb_retry, from->name, seq);
		retry_line(w, to, &order, seq);
	} else
		retry_all(w, to, from);
}

/* ---- checks ---------------------------------------------------------------------------------- */

/* Everything will come again, but not what was dropped. */
static void forget(struct node *to)
{
	for (size_t seq = 0; seq < HEARD; seq++)
		if (to->heard[seq].fate != FATE_DROPPED)
			to->heard[seq].fate = FATE_PENDING;
}

/* I8: what lies in quarantine is what the model says, which lets nothing pass its like. */
static void check_quarantine(struct world *w, struct node *to)
{
	uint64_t counts[FATE_DROPPED + 1] = {0}, rows = 0;
	struct taking t = {.engine = to->engine, .owner = &to->engine->owners[0]};
	struct cursor_row cursor;

	engine_cursor(to->engine, 0, &cursor);
	assert_int_equal(store_begin(to->store, STORE_READ, &w->arena, &t.txn), ERR_OK);
	for (uint64_t seq = 1; seq <= (uint64_t)cursor.through; seq++) {
		const struct heard *heard = &to->heard[seq];
		struct key key = engine_aside_key(t.owner, seq);
		struct bytes there;
		bool aside = store_get(t.txn, CORE_QUARANTINE, key_bytes(&key), &there);
		assert_int_equal(aside, heard->fate == FATE_ASIDE);
		counts[heard->fate]++;
		rows += aside;
	}
	assert_int_equal(rows, store_count(t.txn, CORE_QUARANTINE));
	store_abort(t.txn);
	/* I9; what is not addressed to this node stays pending in the model */
	assert_int_equal(cursor.applied, counts[FATE_APPLIED]);
	assert_int_equal(cursor.quarantined, counts[FATE_ASIDE]);
	assert_int_equal(cursor.dropped, counts[FATE_DROPPED]);
}

/* I11 in quarantine: no words of a citizen whose erasure was heard of. */
static void check_gone(struct world *w, struct node *to)
{
	static const char *const what[] = {"step", "goal", "other", "told"};
	struct taking t = {.engine = to->engine, .owner = &to->engine->owners[0]};
	struct quarantine_row row;
	char words[32];

	arena_reset(&to->engine->arena);
	assert_int_equal(store_begin(to->store, STORE_READ, &w->arena, &t.txn), ERR_OK);
	for (uint64_t seq = 1; seq < HEARD; seq++) {
		const struct heard *heard = &to->heard[seq];
		struct key key = engine_aside_key(t.owner, seq);
		if (heard->fate != FATE_ASIDE || !to->gone[heard->citizen])
			continue;
		assert_true(row_get(
			t.txn, CORE_QUARANTINE, &key, schema_quarantine_row(), &w->arena, &row));
		struct bytes content = engine_open_aside(&t, seq, &row);
		for (size_t i = 0; content.p && i < sizeof(what) / sizeof(what[0]); i++) {
			int n = snprintf(
				words, sizeof(words), "SECRET-%02x %s", heard->citizen, what[i]);
			assert_null(memmem(content.p, content.n, words, (size_t)n));
		}
	}
	store_abort(t.txn);
}

#endif
