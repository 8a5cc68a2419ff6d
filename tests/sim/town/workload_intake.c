/* What is said at the entrance. Touches nothing. */
#include "tests/sim/town/workload_private.h"

enum { SLOTS_AT_ONCE = 4, DESKS = 5 };

/* ---- times for talks ------------------------------------------------------------------------- */

static bool fill_publish_slots(struct saying *s, void *fields)
{
	struct publish_slots *c = fields;
	size_t n = 1 + pick(s->w, SLOTS_AT_ONCE);
	int64_t start = in_days(s, 0, 9) + MS_PER_HOUR;

	c->slots.at = arena_alloc(s->arena, SLOTS_AT_ONCE * sizeof(*c->slots.at));
	for (; c->slots.at && c->slots.n < n; c->slots.n++)
		c->slots.at[c->slots.n] = (struct slot){.slot = new_id(s),
			.desk = text_of(
				arena_printf(s->arena, "desk-%u", (unsigned)pick(s->w, DESKS))),
			.start = start + (int64_t)c->slots.n * MS_PER_HOUR,
			.minutes = 30 + 15 * (int64_t)pick(s->w, 3),
			.mode = (enum talk_mode)(1 + pick(s->w, 2)),
			.places = one_in(s->w, 4) ? 2 : 1};
	return c->slots.n > 0;
}

static struct thing *free_slot(struct saying *s)
{
	struct thing *slot = any(s->w, SLOTS, NODE_INTAKE, STATE(0));

	while (slot && slot->at < s->now) {
		slot->over = true;
		slot = any(s->w, SLOTS, NODE_INTAKE, STATE(0));
	}
	return slot;
}

static bool fill_withdraw_slot(struct saying *s, void *fields)
{
	struct withdraw_slot *c = fields;
	const struct thing *slot = free_slot(s);

	if (!slot)
		return false;
	*c = (struct withdraw_slot){slot->id, text_of("the desk is ill")};
	return true;
}

/* ---- citizens -------------------------------------------------------------------------------- */

static bool fill_register_citizen(struct saying *s, void *fields)
{
	struct register_citizen *c = fields;
	const struct thing *known =
		one_in(s->w, 3) ? any(s->w, CITIZENS, NODE_INTAKE, ANY_STATE) : NULL;

	*c = (struct register_citizen){.citizen = known ? known->id : own_id(s),
		.number = known ? TEXT_NONE : some_number(s),
		.name = some_words(s),
		.protected = one_in(s->w, 6)};
	return true;
}

/* Numbers of nobody in the years 1950 to 1979, so that one is seldom taken. */
static bool fill_change_number(struct saying *s, void *fields)
{
	struct change_citizen_number *c = fields;
	const struct thing *known = any(s->w, CITIZENS, NODE_INTAKE, ANY_STATE);

	if (!known)
		return false;
	*c = (struct change_citizen_number){.citizen = known->id,
		.number = text_of(arena_printf(s->arena, "%02u%02u%02u%04u",
			(unsigned)pick(s->w, 28) + 1, (unsigned)pick(s->w, 12) + 1,
			(unsigned)pick(s->w, 30) + 50, (unsigned)pick(s->w, 3000)))};
	return true;
}

static bool fill_erase_citizen(struct saying *s, void *fields)
{
	struct erase_citizen *c = fields;
	const struct thing *known = any(s->w, CITIZENS, NODE_INTAKE, ANY_STATE);

	if (!known)
		return false;
	*c = (struct erase_citizen){known->id, text_of("Ida Leder"), text_of("asked for it")};
	s->deed->actor.role = text_of(one_in(s->w, 2) ? "manager" : "administrator");
	return true;
}

/* ---- inquiries ------------------------------------------------------------------------------- */

static void say_who(struct saying *s, struct receive_inquiry *c)
{
	static const char *const at[] = {
		"", "+4500000000", "+4500000001", "a@example.dk", "b@example.dk", "Prøvevej 1"};
	size_t contact = pick(s->w, 6);

	c->asker = one_in(s->w, 10) ? asker_anonymous : (enum asker)(1 + pick(s->w, 3));
	if (c->asker == asker_anonymous)
		return;
	if (!one_in(s->w, 8))
		c->number = some_number(s);
	c->name = some_words(s);
	c->contact = contact == 0 ? contact_not_at_all : (enum contact)contact;
	c->contact_at = contact ? text_of(at[contact]) : TEXT_NONE;
	if (c->asker != asker_citizen)
		c->asker_name = some_words(s);
}

static bool fill_receive_inquiry(struct saying *s, void *fields)
{
	static const enum urgency urgencies[] = {urgency_acute, urgency_child_concern, urgency_soon,
		urgency_normal, urgency_none, urgency_normal};
	struct receive_inquiry *c = fields;

	if (s->only && !free_slot(s))
		return false;
	*c = (struct receive_inquiry){.inquiry = own_id(s),
		.channel = (enum channel)(1 + pick(s->w, 6)),
		.urgency = urgencies[pick(s->w, 6)],
		.words = some_words(s),
		.first_sign = some_words(s),
		.interpreter = one_in(s->w, 8),
		.prefers = one_in(s->w, 4) ? (enum talk_mode)(1 + pick(s->w, 2)) : talk_mode_none,
		.consent = one_in(s->w, 2)};
	AREAS(s, c->life_areas);
	say_who(s, c);
	return true;
}

static struct thing *inquiry_in(struct saying *s, unsigned states)
{
	return any(s->w, INQUIRIES, NODE_INTAKE, states);
}

static bool fill_book(struct saying *s, void *fields)
{
	struct book_first_talk *c = fields;
	const struct thing *inquiry = inquiry_in(s, STATE(inquiry_state_received));
	const struct thing *slot = one_in(s->w, 4) ? NULL : free_slot(s);

	if (!inquiry)
		return false;
	*c = (struct book_first_talk){.inquiry = inquiry->id};
	if (slot)
		c->slot = slot->id;
	return true;
}

static bool fill_move(struct saying *s, void *fields)
{
	struct move_first_talk *c = fields;
	const struct thing *inquiry = inquiry_in(s, STATE(inquiry_state_talk_booked));
	const struct thing *slot = one_in(s->w, 2) ? free_slot(s) : NULL;

	if (!inquiry)
		return false;
	*c = (struct move_first_talk){
		.inquiry = inquiry->id, .by = one_in(s->w, 2) ? side_citizen : side_municipality};
	if (slot)
		c->slot = slot->id;
	return true;
}

static bool fill_cancel(struct saying *s, void *fields)
{
	struct cancel_first_talk *c = fields;
	const struct thing *inquiry = inquiry_in(s, STATE(inquiry_state_talk_booked));

	if (!inquiry)
		return false;
	*c = (struct cancel_first_talk){
		inquiry->id, one_in(s->w, 2) ? side_citizen : side_municipality};
	if (c->by == side_citizen && one_in(s->w, 2))
		speak_as(s, "citizen", inquiry->person);
	return true;
}

static bool fill_hold(struct saying *s, void *fields)
{
	struct hold_first_talk *c = fields;
	const struct thing *inquiry =
		inquiry_in(s, STATE(inquiry_state_received) | STATE(inquiry_state_talk_booked));

	if (!inquiry)
		return false;
	*c = (struct hold_first_talk){.inquiry = inquiry->id};
	return true;
}

static bool fill_close(struct saying *s, void *fields)
{
	static const enum closing otherwise[] = {
		closing_advice_given, closing_referred, closing_withdrawn, closing_no_contact};
	struct close_inquiry *c = fields;
	const struct thing *inquiry = inquiry_in(s, STATE(inquiry_state_talked));
	bool plan = inquiry && !one_in(s->w, 6);

	if (!inquiry && !s->only)
		inquiry = inquiry_in(s, ANY_STATE);
	if (!inquiry)
		return false;
	*c = (struct close_inquiry){.inquiry = inquiry->id,
		.closing = plan ? closing_plan_opened : otherwise[pick(s->w, 4)],
		.note = some_words(s)};
	if (plan || c->closing == closing_referred)
		c->referred_to =
			one_in(s->w, 20) ? text_of("youth") : department_of(some_department(s));
	if (plan)
		c->plan = own_id(s);
	return true;
}

/* ---- work ------------------------------------------------------------------------------------ */

static bool fill_take_item(struct saying *s, void *fields)
{
	struct take_work_item *c = fields;
	const struct thing *item = any(s->w, WORK, NODE_INTAKE, ANY_STATE);

	if (!item)
		return false;
	c->item = item->id;
	return true;
}

static bool fill_finish_item(struct saying *s, void *fields)
{
	struct finish_work_item *c = fields;
	const struct thing *item = any(s->w, WORK, NODE_INTAKE, ANY_STATE);

	if (!item)
		return false;
	c->item = item->id;
	return true;
}

static const struct saying_row rows[] = {
	{schema_publish_slots, AT_INTAKE, 9, fill_publish_slots, NULL},
	{schema_withdraw_slot, AT_INTAKE, 3, fill_withdraw_slot, schema_publish_slots},
	{schema_register_citizen, AT_INTAKE, 5, fill_register_citizen, NULL},
	{schema_change_citizen_number, AT_INTAKE, 4, fill_change_number, schema_register_citizen},
	{schema_erase_citizen, AT_INTAKE, 2, fill_erase_citizen, schema_register_citizen},
	{schema_receive_inquiry, AT_INTAKE, 26, fill_receive_inquiry, schema_publish_slots},
	{schema_book_first_talk, AT_INTAKE, 9, fill_book, schema_cancel_first_talk},
	{schema_move_first_talk, AT_INTAKE, 8, fill_move, schema_receive_inquiry},
	{schema_cancel_first_talk, AT_INTAKE, 4, fill_cancel, schema_receive_inquiry},
	{schema_hold_first_talk, AT_INTAKE, 24, fill_hold, schema_receive_inquiry},
	{schema_close_inquiry, AT_INTAKE, 24, fill_close, schema_hold_first_talk},
	{schema_take_work_item, AT_INTAKE, 5, fill_take_item, schema_receive_inquiry},
	{schema_finish_work_item, AT_INTAKE, 5, fill_finish_item, schema_receive_inquiry},
};
SAYINGS(sayings_intake, rows);
