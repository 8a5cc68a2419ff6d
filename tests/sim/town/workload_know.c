/* What the journals of a town teach the workload. Touches stores, reading only. */
#include <string.h>

#include "tests/sim/town/workload_know.h"

/* ---- the entrance ---------------------------------------------------------------------------- */

struct thing *know_put(struct knowing *k, enum known what, struct uuid id)
{
	return known_put(k->w, what, k->node, id);
}

/* It stands so now; what is not known stays so. */
void know_state(struct knowing *k, enum known what, struct uuid id, unsigned state)
{
	struct thing *thing = known_at(k->w, what, k->node, id);

	if (thing)
		thing->state = state;
}

void know_end(struct knowing *k, enum known what, struct uuid id)
{
	struct thing *thing = known_at(k->w, what, k->node, id);

	if (thing)
		thing->over = true;
}

static void know_slot(struct knowing *k, const void *event)
{
	const struct slot_published *e = event;

	struct thing *slot = know_put(k, SLOTS, e->slot->slot);

	slot->at = e->slot->start;
	slot->version = e->slot->places;
}

static void know_slot_withdrawn(struct knowing *k, const void *event)
{
	know_end(k, SLOTS, ((const struct slot_withdrawn *)event)->slot);
}

static void know_citizen(struct knowing *k, const void *event)
{
	know_put(k, CITIZENS, ((const struct citizen_registered *)event)->citizen);
}

static void forget_person(struct workload *w, struct uuid person)
{
	for (size_t what = 0; what < KNOWN; what++)
		for (size_t i = 0; i < w->pools[what].n; i++) {
			struct thing *thing = &w->pools[what].at[i];
			if (what == CITIZENS ? uuid_equal(thing->id, person)
					     : uuid_equal(thing->person, person))
				thing->over = true;
		}
}

static void know_erased(struct knowing *k, const void *event)
{
	const struct person_erased *e = event;

	forget_person(k->w, e->person);
}

static void know_inquiry(struct knowing *k, const void *event)
{
	const struct inquiry_received *e = event;
	struct thing *inquiry = know_put(k, INQUIRIES, e->inquiry);

	know_put(k, CITIZENS, e->citizen)->over = false;
	inquiry->person = e->citizen;
	inquiry->state = inquiry_state_received;
}

static void know_places(struct knowing *k, struct uuid slot, int more)
{
	struct thing *thing = known_at(k->w, SLOTS, k->node, slot);

	if (!thing)
		return;
	thing->version += more;
	thing->state = thing->version <= 0;
}

static void know_talk(struct knowing *k, struct uuid inquiry, struct uuid slot, int64_t talk_at)
{
	struct thing *thing = know_put(k, INQUIRIES, inquiry);

	know_places(k, thing->of, 1);
	know_places(k, slot, -1);
	thing->state = uuid_is_nil(slot) ? inquiry_state_received : inquiry_state_talk_booked;
	thing->of = slot;
	thing->at = talk_at;
}

static void know_booked(struct knowing *k, const void *event)
{
	const struct first_talk_booked *e = event;

	know_talk(k, e->inquiry, e->slot, e->talk_at);
}

static void know_moved(struct knowing *k, const void *event)
{
	const struct first_talk_moved *e = event;

	know_talk(k, e->inquiry, e->slot, e->talk_at);
}

static void know_cancelled(struct knowing *k, const void *event)
{
	know_talk(k, ((const struct first_talk_cancelled *)event)->inquiry, (struct uuid){{0}}, 0);
}

static void know_held(struct knowing *k, const void *event)
{
	know_state(k, INQUIRIES, ((const struct first_talk_held *)event)->inquiry,
		inquiry_state_talked);
}

static void know_closed(struct knowing *k, const void *event)
{
	know_end(k, INQUIRIES, ((const struct inquiry_closed *)event)->inquiry);
}

static void know_item(struct knowing *k, const void *event)
{
	const struct work_item_opened *e = event;
	struct thing *inquiry = known_find(k->w, INQUIRIES, e->inquiry);
	struct thing *item = know_put(k, WORK, e->item);

	item->of = e->inquiry;
	item->person = inquiry ? inquiry->person : (struct uuid){{0}};
}

static void know_item_taken(struct knowing *k, const void *event)
{
	know_state(k, WORK, ((const struct work_item_taken *)event)->item, 1);
}

static void know_item_done(struct knowing *k, const void *event)
{
	know_end(k, WORK, ((const struct work_item_done *)event)->item);
}

/* ---- consents -------------------------------------------------------------------------------- */

static void know_consent(struct knowing *k, const void *event)
{
	const struct consent_given *e = event;

	struct thing *consent = know_put(k, CONSENTS, e->consent);

	consent->person = e->citizen;
	consent->state = e->from.n == DEPARTMENTS && e->to.n == DEPARTMENTS &&
			 e->life_areas.n == 0 && e->until == 0;
}

static void know_withdrawn(struct knowing *k, const void *event)
{
	const struct consent_withdrawn *e = event;
	struct thing *consent = known_find(k->w, CONSENTS, e->consent);

	if (consent)
		consent->over = true;
}

/* ---- messages -------------------------------------------------------------------------------- */

static void know_message(struct knowing *k, const void *event)
{
	const struct message_queued *e = event;
	struct thing *message = know_put(k, MESSAGES, e->message);

	message->person = e->recipient;
	message->state = message_state_pending;
	message->at = e->not_before;
	message->other = e->channel;
}

static void know_sending(struct knowing *k, const void *event)
{
	const struct message_sending *e = event;
	struct thing *message = know_put(k, MESSAGES, e->message);

	message->state = message_state_sending;
	message->version = e->attempt;
}

static void know_sent(struct knowing *k, const void *event)
{
	know_state(k, MESSAGES, ((const struct message_sent *)event)->message, message_state_sent);
}

static void know_deferred(struct knowing *k, const void *event)
{
	const struct message_deferred *e = event;
	struct thing *message = know_put(k, MESSAGES, e->message);

	message->state = message_state_pending;
	message->at = e->until;
}

static void know_uncertain(struct knowing *k, const void *event)
{
	know_state(k, MESSAGES, ((const struct message_uncertain *)event)->message,
		message_state_uncertain);
}

static void know_resolved(struct knowing *k, const void *event)
{
	const struct uncertain_resolved *e = event;
	bool again = e->answer == uncertain_answer_resend;

	know_state(k, MESSAGES, e->message, again ? message_state_pending : message_state_sent);
}

static void know_failed(struct knowing *k, const void *event)
{
	know_state(
		k, MESSAGES, ((const struct message_failed *)event)->message, message_state_failed);
}

static void know_dropped(struct knowing *k, const void *event)
{
	know_state(k, MESSAGES, ((const struct message_dropped *)event)->message,
		message_state_dropped);
}

static void know_retried(struct knowing *k, const void *event)
{
	struct thing *message =
		know_put(k, MESSAGES, ((const struct message_retried *)event)->message);

	message->state = message_state_pending;
	message->at = k->w->now;
}

/* Into what it was is not known here: it may do. */
static void know_kicked(struct knowing *k, const void *event)
{
	know_state(
		k, MESSAGES, ((const struct message_kicked *)event)->message, message_state_failed);
}

static void know_buried(struct knowing *k, const void *event)
{
	know_state(
		k, MESSAGES, ((const struct message_buried *)event)->message, message_state_buried);
}

static void know_task(struct knowing *k, const void *event)
{
	const struct undeliverable_task_opened *e = event;
	struct thing *task = know_put(k, TASKS, e->task);

	task->state = e->kind;
	task->person = e->recipient;
}

static void know_task_done(struct knowing *k, const void *event)
{
	know_end(k, TASKS, ((const struct task_done *)event)->task);
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct know_row rows[] = {
	{schema_slot_published, know_slot, BESIDE},
	{schema_slot_withdrawn, know_slot_withdrawn, BESIDE},
	{schema_citizen_registered, know_citizen, BESIDE},
	{schema_person_erased, know_erased, BESIDE},
	{schema_inquiry_received, know_inquiry, BESIDE},
	{schema_first_talk_booked, know_booked, BESIDE},
	{schema_first_talk_moved, know_moved, BESIDE},
	{schema_first_talk_cancelled, know_cancelled, BESIDE},
	{schema_first_talk_held, know_held, BESIDE},
	{schema_inquiry_closed, know_closed, BESIDE},
	{schema_work_item_opened, know_item, BESIDE},
	{schema_work_item_taken, know_item_taken, BESIDE},
	{schema_work_item_done, know_item_done, BESIDE},
	{schema_consent_given, know_consent, BESIDE},
	{schema_consent_withdrawn, know_withdrawn, BESIDE},
	{schema_message_queued, know_message, BESIDE},
	{schema_message_sending, know_sending, BESIDE},
	{schema_message_sent, know_sent, BESIDE},
	{schema_message_deferred, know_deferred, BESIDE},
	{schema_message_uncertain, know_uncertain, BESIDE},
	{schema_uncertain_resolved, know_resolved, BESIDE},
	{schema_message_failed, know_failed, BESIDE},
	{schema_message_dropped, know_dropped, BESIDE},
	{schema_message_retried, know_retried, BESIDE},
	{schema_message_buried, know_buried, BESIDE},
	{schema_message_kicked, know_kicked, BESIDE},
	{schema_undeliverable_task_opened, know_task, BESIDE},
	{schema_task_done, know_task_done, BESIDE},
};
static const struct know_table know_others = {rows, sizeof(rows) / sizeof(rows[0])};

static void know_version(struct knowing *k, const void *event)
{
	const struct part_head *head = event;
	struct thing *part = known_at(k->w, PARTS, k->node, head->plan);

	if (part && head->version > part->version)
		part->version = head->version;
}

static const struct know_row *find_row(const struct know_table *table, struct text type)
{
	for (size_t i = 0; i < table->n; i++)
		if (text_is(type, table->rows[i].type()->head->name))
			return &table->rows[i];
	return NULL;
}

void know_record(struct workload *w, const struct town_view *view, unsigned node,
	const struct record *record)
{
	struct knowing k = {w, node, record};
	const struct know_row *row = find_row(&know_plan, record->type);

	if (!row)
		row = find_row(&know_others, record->type);
	const void *event = row ? news_event(view, node, record) : NULL;
	if (event && row->know)
		row->know(&k, event);
	if (event && row->of_part)
		know_version(&k, event);
}

/* ---- the quarantine -------------------------------------------------------------------------- */

static void list_aside(
	struct workload *w, const struct town_view *view, unsigned node, unsigned owner)
{
	struct engine *engine = view->engine[node];
	const char *name = engine_owner_name(engine, owner);
	struct key prefix = {0};
	struct scan scan;
	struct txn *txn;
	struct quarantine_row row;

	for (size_t i = 0; i < w->pools[ASIDE].n; i++)
		if (w->pools[ASIDE].at[i].node == node && w->pools[ASIDE].at[i].other == owner)
			w->pools[ASIDE].at[i].over = true;
	if (store_begin(view->store[node], STORE_READ, &engine->read_arena, &txn))
		return;
	key_add_text(&prefix, name, strlen(name));
	scan_begin(&scan, txn, CORE_QUARANTINE, SCAN_UP, key_bytes(&prefix), BYTES_NONE);
	while (scan_next(&scan)) {
		if (row_decode(&scan, schema_quarantine_row(), &engine->read_arena, &row))
			continue;
		struct thing *thing = known_add(w, ASIDE, node);
		thing->id = row.entity;
		thing->other = owner;
		thing->name = text_of(name);
		thing->version = (int64_t)get_u64(scan.key.p + prefix.n);
	}
	scan_end(&scan);
	store_abort(txn);
}

void know_aside(struct workload *w, const struct town_view *view)
{
	struct cursor_row cursor;

	for (unsigned node = 0; node < view->n && node < NODES_MAX; node++)
		for (unsigned owner = 0; view->up[node] && owner < NODES_MAX &&
					 owner < engine_owners(view->engine[node]);
			owner++) {
			engine_cursor(view->engine[node], owner, &cursor);
			if (cursor.quarantined == w->aside[node][owner])
				continue;
			w->aside[node][owner] = cursor.quarantined;
			list_aside(w, view, node, owner);
		}
}
