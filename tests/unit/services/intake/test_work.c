/* Slots and work items on a real engine: publishing, withdrawing, alerts that climb, who may take
 * what. */
#include "tests/unit/services/intake/entrance.h"

#include "common/admin.h"

/* ---- slots ----------------------------------------------------------------------------------- */

static struct slot a_slot(unsigned n, int64_t start)
{
	return (struct slot){.slot = id_of(n),
		.desk = text_of("desk 1"),
		.start = start,
		.minutes = 60,
		.mode = talk_mode_venue,
		.places = 1};
}

static enum err publish(struct entrance *e, const struct slot *slots, size_t n)
{
	struct publish_slots c = {.slots = {n, NULL}};

	c.slots.at = arena_copy(&e->arena, slots, n * sizeof(*slots));
	return say(e, schema_publish_slots(), &c, NULL);
}

static void publishing_is_all_or_nothing(void **state)
{
	struct entrance *e = *state;
	int64_t ten = at(20261124, 10, 0);
	struct slot good = a_slot(101, ten), changed = good, elsewhere = a_slot(102, ten);
	const struct slot past = a_slot(103, e->now - 1);
	const struct slot overlap_before = a_slot(104, ten - 59 * MS_PER_MINUTE);
	const struct slot overlap_after = a_slot(105, ten + 59 * MS_PER_MINUTE);
	const struct slot next = a_slot(106, ten + MS_PER_HOUR);
	struct slots_reply reply;

	changed.places = 2;
	elsewhere.desk = text_of("desk 2");
	assert_int_equal(publish(e, &good, 1), ERR_OK);
	assert_int_equal(publish(e, &good, 1), ERR_OK);
	const struct {
		struct slot slots[2];
		enum err want;
		const char *field;
	} rows[] = {
		{{elsewhere, changed}, ERR_CONFLICT, "slots[1].slot"},
		{{elsewhere, past}, ERR_INVALID, "slots[1].start"},
		{{elsewhere, overlap_before}, ERR_CONFLICT, "slots[1].start"},
		{{overlap_after, elsewhere}, ERR_CONFLICT, "slots[0].start"},
		{{next, a_slot(107, next.start + 1)}, ERR_CONFLICT, "slots[1].start"},
		{{next, a_slot(106, next.start + 1)}, ERR_CONFLICT, "slots[1].slot"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(publish(e, rows[i].slots, 2), rows[i].want);
		assert_string_equal(e->reason.field, rows[i].field);
	}
	DO(list_slots, &reply, 0);
	assert_int_equal(reply.slots.n, 1);
	const struct slot all[] = {good, elsewhere, next, next};
	assert_int_equal(publish(e, all, 4), ERR_OK);
	DO(list_slots, &reply, .limit = 2);
	assert_int_equal(reply.slots.n, 2);
	DO(list_slots, &reply, .limit = 2, .after = reply.next);
	assert_int_equal(reply.slots.n, 1);
	assert_true(uuid_is_nil(reply.next));
	DO(list_slots, &reply, .from = ten + 1);
	assert_int_equal(reply.slots.n, 1);
}

static void withdrawing_needs_an_empty_slot(void **state)
{
	struct entrance *e = *state;
	const struct slot slot = a_slot(101, at(20261124, 10, 0));
	const struct slot same_time = a_slot(102, at(20261124, 10, 0));

	assert_int_equal(publish(e, &slot, 1), ERR_OK);
	walk_in(e, 1);
	REFUSED(ERR_CONFLICT, "slot", withdraw_slot, .slot = id_of(101));
	REFUSED(ERR_NOT_FOUND, "slot", withdraw_slot, .slot = id_of(109));
	DO(cancel_first_talk, NULL, .inquiry = id_of(1), .by = side_citizen);
	DO(withdraw_slot, NULL, .slot = id_of(101), .why = text_of("ill"));
	DO(withdraw_slot, NULL, .slot = id_of(101));
	REFUSED(ERR_CONFLICT, "slot", book_first_talk, .inquiry = id_of(1), .slot = id_of(101));
	assert_int_equal(publish(e, &slot, 1), ERR_CONFLICT);
	assert_int_equal(publish(e, &same_time, 1), ERR_OK);
}

/* ---- work ------------------------------------------------------------------------------------ */

static void alerts_climb_until_somebody_takes_them(void **state)
{
	static const char *const owners[] = {"Anna", "Bo", "Carl", "Anna"};
	struct entrance *e = *state;
	struct work_reply page;

	e->now = at(20261120, 22, 0);
	DO(receive_inquiry, NULL, .inquiry = id_of(1), .channel = channel_phone,
		.asker = asker_citizen, .urgency = urgency_acute, AREA(mental_health));
	for (unsigned i = 0; i < 4; i++) {
		const struct work_view *alert = work_of(e, 1, work_kind_alert);
		assert_text(alert->owner, owners[i]);
		assert_int_equal(alert->times_late, i);
		assert_int_equal(alert->due, at(20261120, 22, 15) + i * 15 * MS_PER_MINUTE);
		wait_until(e, alert->due);
	}
	struct uuid item = work_of(e, 1, work_kind_alert)->item;
	e->who = "Bo";
	DO(take_work_item, NULL, .item = item);
	DO(take_work_item, NULL, .item = item);
	e->who = "Carl";
	REFUSED(ERR_CONFLICT, "item", take_work_item, .item = item);
	assert_text(work_of(e, 1, work_kind_alert)->owner, "Bo");
	wait_until(e, at(20261120, 23, 40));
	assert_int_equal(work_of(e, 1, work_kind_alert)->times_late, 4);
	DO(list_work, &page, .owner = text_of("Bo"));
	assert_int_equal(page.work.n, 1);
	DO(list_work, &page, .owner = text_of("Anna"));
	assert_int_equal(page.work.n, 0);
	e->who = "Bo";
	DO(hold_first_talk, NULL, .inquiry = id_of(1), .mode = talk_mode_phone);
	assert_false(has_open_work(e, 1, work_kind_alert));
	assert_int_equal(work_of(e, 1, work_kind_alert)->done_by.n, 0);
	REFUSED(ERR_CONFLICT, "item", finish_work_item, .item = item);
	REFUSED(ERR_CONFLICT, "item", take_work_item, .item = item);
}

static void a_concern_for_a_child_is_work_at_once(void **state)
{
	struct entrance *e = *state;

	open_slot(e, 101, at(20261120, 13, 0), 1);
	DO(receive_inquiry, NULL, .inquiry = id_of(1), .channel = channel_referral,
		.asker = asker_professional, .urgency = urgency_child_concern, AREA(own_child),
		.asker_name = text_of("a school nurse"));
	const struct work_view *work = work_of(e, 1, work_kind_child_concern);
	assert_non_null(work);
	assert_int_equal(work->due, at(20261121, 9, 0));
	assert_text(work->owner, "entrance");
	DO(finish_work_item, NULL, .item = work->item);
	assert_text(work_of(e, 1, work_kind_child_concern)->done_by, "Ida");
}

static void what_nobody_does_climbs_to_the_manager(void **state)
{
	struct entrance *e = *state;
	struct work_reply page;

	walk_in(e, 1);
	walk_in(e, 2);
	struct uuid item = work_of(e, 1, work_kind_book_talk)->item;
	DO(take_work_item, NULL, .item = item);
	REFUSED(ERR_CONFLICT, "item", finish_work_item, .item = item);
	REFUSED(ERR_NOT_FOUND, "item", finish_work_item, .item = id_of(900));
	DO(list_work, &page, .overdue = true);
	assert_int_equal(page.work.n, 0);
	wait_until(e, at(20261127, 16, 1));
	/* taken: it stays with Ida for one more working day; nobody's: it climbs */
	assert_text(work_of(e, 1, work_kind_book_talk)->owner, "Ida");
	assert_text(work_of(e, 2, work_kind_book_talk)->owner, "manager");
	assert_int_equal(work_of(e, 1, work_kind_book_talk)->due, at(20261130, 16, 0));
	assert_true(work_of(e, 1, work_kind_book_talk)->overdue);
	DO(list_work, &page, .overdue = true);
	assert_int_equal(page.work.n, 2);
	DO(list_work, &page, .overdue = true, .owner = text_of("manager"));
	assert_int_equal(page.work.n, 1);
	wait_until(e, at(20261130, 16, 1));
	assert_text(work_of(e, 1, work_kind_book_talk)->owner, "manager");
	e->who = "Ole"; /* whom it climbed from has it no more */
	DO(take_work_item, NULL, .item = item);
	e->role = "manager";
	e->who = "Mette";
	DO(take_work_item, NULL, .item = item);
	assert_text(work_of(e, 1, work_kind_book_talk)->owner, "Mette");
	e->who = "";
	REFUSED(ERR_INVALID, "actor.id", take_work_item, .item = item);
}

static void pages_of_work_and_of_the_queue(void **state)
{
	struct entrance *e = *state;
	struct inquiries_reply queue;
	struct work_reply work;
	unsigned seen = 0;

	for (unsigned i = 1; i <= 7; i++) {
		e->now += MS_PER_MINUTE;
		walk_in(e, i);
	}
	DO(list_inquiries, &queue, .limit = 3);
	for (;;) {
		for (size_t i = 0; i < queue.inquiries.n; i++)
			assert_true(uuid_equal(queue.inquiries.at[i].inquiry, id_of(++seen)));
		if (uuid_is_nil(queue.next))
			break;
		DO(list_inquiries, &queue, .limit = 3, .after = queue.next);
	}
	assert_int_equal(seen, 7);
	DO(list_work, &work, .limit = 4, .owner = text_of("entrance"));
	assert_int_equal(work.work.n, 4);
	DO(list_work, &work, .limit = 4, .owner = text_of("entrance"), .after = work.next);
	assert_int_equal(work.work.n, 3);
	assert_true(uuid_is_nil(work.next));
	DO(list_work, &work, 0);
	assert_int_equal(work.work.n, 7);
}

/* ---- deadlines ------------------------------------------------------------------------------- */

static int64_t deadlines(struct entrance *e)
{
	struct status_reply status;

	e->peer = PEER_OPERATOR;
	e->role = "operator";
	DO(show_status, &status, 0);
	e->peer = PEER_PORTAL;
	e->role = "front_desk";
	return status.deadlines;
}

/* Every state is watched by exactly one deadline, its own or its work item's; the closed one by
 * none. */
static void each_state_is_watched_once(void **state)
{
	struct entrance *e = *state;

	walk_in(e, 1);
	assert_int_equal(deadlines(e), 1);
	open_slot(e, 101, at(20261120, 11, 0), 1);
	assert_int_equal(state_of(e, 1), inquiry_state_talk_booked);
	assert_int_equal(deadlines(e), 1);
	DO(cancel_first_talk, NULL, .inquiry = id_of(1), .by = side_citizen);
	assert_int_equal(deadlines(e), 1);
	DO(book_first_talk, NULL, .inquiry = id_of(1));
	assert_int_equal(deadlines(e), 1);
	wait_until(e, at(20261121, 0, 0));
	assert_int_equal(promise_of(e, 1), promise_state_broken);
	assert_int_equal(deadlines(e), 1);
	DO(hold_first_talk, NULL, .inquiry = id_of(1));
	assert_int_equal(deadlines(e), 1);
	DO(close_inquiry, NULL, .inquiry = id_of(1), .closing = closing_advice_given);
	assert_int_equal(deadlines(e), 0);
}

static void closing_while_booked_leaves_nothing_to_break(void **state)
{
	struct entrance *e = *state;

	open_slot(e, 101, at(20261120, 11, 0), 1);
	walk_in(e, 1);
	DO(close_inquiry, NULL, .inquiry = id_of(1), .closing = closing_no_contact);
	assert_int_equal(deadlines(e), 0);
	walk_in(e, 2);
	wait_until(e, at(20261121, 0, 0));
	assert_int_equal(promise_of(e, 1), promise_state_lapsed);
	assert_int_equal(show(e, 1).work.n, 0);
	assert_int_equal(promise_of(e, 2), promise_state_broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(publishing_is_all_or_nothing),
		SCENARIO(withdrawing_needs_an_empty_slot),
		SCENARIO(alerts_climb_until_somebody_takes_them),
		SCENARIO(a_concern_for_a_child_is_work_at_once),
		SCENARIO(what_nobody_does_climbs_to_the_manager),
		SCENARIO(pages_of_work_and_of_the_queue),
		SCENARIO(each_state_is_watched_once),
		SCENARIO(closing_while_booked_leaves_nothing_to_break),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
