/* The entrance: nobody who waits is forgotten, no time is given twice. Reads the state of intake.
 */
#include "tests/sim/town/check_private.h"

#include <string.h>

#include "services/intake/trees.h"

struct known_slot {
	struct uuid slot;
	int64_t places, booked;
	bool withdrawn;
};

struct known_inquiry {
	struct uuid inquiry, slot;
	enum inquiry_state state;
	bool historical; /* it, or what was done last, was imported: past deadlines lapse */
	bool at_risk;
	bool promised; /* it had a promise */
	bool fresh;    /* seen since the last look */
};

struct known_work {
	struct uuid item, inquiry;
	bool done;
};

static struct known_slot *find_slot(struct town_check *check, struct uuid slot)
{
	struct known_slot *slots = check->slots.at;

	for (size_t i = check->slots.n; i-- > 0;)
		if (uuid_equal(slots[i].slot, slot))
			return &slots[i];
	return NULL;
}

static struct known_inquiry *find_inquiry(struct town_check *check, struct uuid inquiry)
{
	struct known_inquiry *inquiries = check->inquiries.at;

	for (size_t i = check->inquiries.n; i-- > 0;)
		if (uuid_equal(inquiries[i].inquiry, inquiry))
			return &inquiries[i];
	return NULL;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static void see_published(struct seen *s, const void *event)
{
	const struct slot_published *e = event;
	struct known_slot *slot = grown_add(&s->check->slots, sizeof(*slot));

	slot->slot = e->slot->slot;
	slot->places = e->slot->places;
}

static void see_slot_withdrawn(struct seen *s, const void *event)
{
	const struct slot_withdrawn *e = event;
	struct known_slot *slot = find_slot(s->check, e->slot);

	if (!slot)
		return;
	slot->withdrawn = true;
	if (slot->booked > 0)
		wrong(s->check, "slots: %s was withdrawn with %lld booked", SHORT(e->slot),
			(long long)slot->booked);
}

static void give_back(struct seen *s, struct known_inquiry *inquiry)
{
	struct known_slot *slot = find_slot(s->check, inquiry->slot);

	if (slot)
		slot->booked--;
	inquiry->slot = (struct uuid){{0}};
}

static void take(struct seen *s, struct known_inquiry *inquiry, struct uuid which)
{
	struct known_slot *slot = find_slot(s->check, which);

	inquiry->slot = which;
	inquiry->promised = true;
	inquiry->state = inquiry_state_talk_booked;
	if (!slot) {
		wrong(s->check, "slots: %s is booked and was never published", SHORT(which));
		return;
	}
	if (slot->withdrawn || ++slot->booked > slot->places)
		wrong(s->check, "slots: %s has %lld booked of %lld%s", SHORT(which),
			(long long)slot->booked, (long long)slot->places,
			slot->withdrawn ? " and is withdrawn" : "");
}

/* ---- inquiries ------------------------------------------------------------------------------- */

static void see_received(struct seen *s, const void *event)
{
	const struct inquiry_received *e = event;
	struct known_inquiry *inquiry = grown_add(&s->check->inquiries, sizeof(*inquiry));

	*inquiry = (struct known_inquiry){.inquiry = e->inquiry,
		.state = inquiry_state_received,
		.historical = s->record->historical,
		.fresh = true};
}

static void see_booked(struct seen *s, const void *event)
{
	const struct first_talk_booked *e = event;
	struct known_inquiry *inquiry = find_inquiry(s->check, e->inquiry);

	if (!inquiry)
		return;
	if (inquiry->state != inquiry_state_received)
		wrong(s->check, "promises: inquiry %s is booked in state %d", SHORT(e->inquiry),
			(int)inquiry->state);
	inquiry->historical |= s->record->historical;
	take(s, inquiry, e->slot);
}

static void see_moved(struct seen *s, const void *event)
{
	const struct first_talk_moved *e = event;
	struct known_inquiry *inquiry = find_inquiry(s->check, e->inquiry);

	if (!inquiry)
		return;
	if (!uuid_equal(inquiry->slot, e->from_slot))
		wrong(s->check, "slots: inquiry %s is moved from a time that it had not",
			SHORT(e->inquiry));
	give_back(s, inquiry);
	inquiry->historical |= s->record->historical;
	take(s, inquiry, e->slot);
}

static void see_cancelled(struct seen *s, const void *event)
{
	const struct first_talk_cancelled *e = event;
	struct known_inquiry *inquiry = find_inquiry(s->check, e->inquiry);

	if (!inquiry)
		return;
	give_back(s, inquiry);
	inquiry->state = inquiry_state_received;
	inquiry->historical |= s->record->historical;
}

static void see_held(struct seen *s, const void *event)
{
	const struct first_talk_held *e = event;
	struct known_inquiry *inquiry = find_inquiry(s->check, e->inquiry);

	if (!inquiry)
		return;
	if (uuid_is_nil(e->slot))
		give_back(s, inquiry);
	inquiry->slot = (struct uuid){{0}};
	inquiry->state = inquiry_state_talked;
	inquiry->historical |= s->record->historical;
}

static void see_at_risk(struct seen *s, const void *event)
{
	struct known_inquiry *inquiry =
		find_inquiry(s->check, ((const struct promise_at_risk *)event)->inquiry);

	if (inquiry)
		inquiry->at_risk = true;
}

static void see_inquiry_closed(struct seen *s, const void *event)
{
	struct known_inquiry *inquiry =
		find_inquiry(s->check, ((const struct inquiry_closed *)event)->inquiry);

	if (!inquiry)
		return;
	give_back(s, inquiry);
	inquiry->state = inquiry_state_closed;
}

static void see_work(struct seen *s, const void *event)
{
	const struct work_item_opened *e = event;
	struct known_work *work = grown_add(&s->check->work, sizeof(*work));

	work->item = e->item;
	work->inquiry = e->inquiry;
}

static void see_work_done(struct seen *s, const void *event)
{
	const struct work_item_done *e = event;
	struct known_work *work = s->check->work.at;

	for (size_t i = s->check->work.n; i-- > 0;)
		if (uuid_equal(work[i].item, e->item)) {
			work[i].done = true;
			return;
		}
}

/* ---- after each look ------------------------------------------------------------------------- */

/* A promise or a mark that there is none, in the very turn. */
static void check_fresh(struct town_check *check)
{
	struct known_inquiry *inquiries = check->inquiries.at;

	for (size_t i = check->inquiries.n; i-- > 0 && inquiries[i].fresh;) {
		inquiries[i].fresh = false;
		if (!inquiries[i].historical && inquiries[i].state == inquiry_state_received &&
			!inquiries[i].at_risk && !inquiries[i].promised)
			wrong(check, "promises: inquiry %s has neither a promise nor a mark",
				SHORT(inquiries[i].inquiry));
	}
}

/* ---- when all has healed --------------------------------------------------------------------- */

static bool has_work(const struct town_check *check, struct uuid inquiry)
{
	const struct known_work *work = check->work.at;

	for (size_t i = 0; i < check->work.n; i++)
		if (!work[i].done && uuid_equal(work[i].inquiry, inquiry))
			return true;
	return false;
}

static bool has_deadline(struct txn *txn, const struct town_check *check, struct uuid inquiry)
{
	static const char *const kinds[] = {DEADLINE_BOOK, DEADLINE_TALK, DEADLINE_TRIAGE};
	struct deadline_row row;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct key key = {0};
		key_add_text(&key, kinds[i], strlen(kinds[i]));
		key_add_uuid(&key, inquiry);
		if (row_get(txn, CORE_DEADLINE_OF, &key, schema_deadline_row(), check->arena, &row))
			return true;
	}
	return false;
}

static void check_waiting(struct town_check *check, struct txn *txn)
{
	const struct known_inquiry *inquiries = check->inquiries.at;

	for (size_t i = 0; i < check->inquiries.n; i++)
		if (!inquiries[i].historical && inquiries[i].state != inquiry_state_closed &&
			!has_work(check, inquiries[i].inquiry) &&
			!has_deadline(txn, check, inquiries[i].inquiry))
			wrong(check,
				"promises: inquiry %s is in state %d, and nobody and no deadline "
				"looks after it",
				SHORT(inquiries[i].inquiry), (int)inquiries[i].state);
}

static void check_slots(struct town_check *check, struct txn *txn)
{
	const struct known_slot *slots = check->slots.at;
	struct state state = engine_own_state(check->view->engine[NODE_INTAKE], txn, check->arena);
	struct slot_view view;

	for (size_t i = 0; i < check->slots.n; i++) {
		struct key key = intake_key(slots[i].slot);
		if (!state_get(&state, TREE_SLOT, &key, schema_slot_view(), &view) ||
			view.booked != slots[i].booked)
			wrong(check, "slots: %s shows %lld booked, its journal says %lld",
				SHORT(slots[i].slot), (long long)view.booked,
				(long long)slots[i].booked);
	}
}

static void check_state(struct town_check *check)
{
	struct txn *txn;

	if (!check->view->up[NODE_INTAKE] ||
		store_begin(check->view->store[NODE_INTAKE], STORE_READ, check->arena, &txn))
		return;
	check_waiting(check, txn);
	check_slots(check, txn);
	store_abort(txn);
}

static void forget(struct town_check *check, unsigned node)
{
	if (node == NODE_INTAKE)
		check->slots.n = check->inquiries.n = check->work.n = 0;
}

static const struct seen_row rows[] = {
	{schema_slot_published, see_published},
	{schema_slot_withdrawn, see_slot_withdrawn},
	{schema_inquiry_received, see_received},
	{schema_first_talk_booked, see_booked},
	{schema_first_talk_moved, see_moved},
	{schema_first_talk_cancelled, see_cancelled},
	{schema_first_talk_held, see_held},
	{schema_promise_at_risk, see_at_risk},
	{schema_inquiry_closed, see_inquiry_closed},
	{schema_work_item_opened, see_work},
	{schema_work_item_done, see_work_done},
};
const struct seen_table seen_entrance = {
	SEEN_ROWS(rows), .back = forget, .looked = check_fresh, .healed = check_state};
