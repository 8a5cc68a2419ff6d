/* First talks on a real engine: every transition that is allowed, every one that is refused, the
 * ledger of promises, deadlines. */
#include "tests/unit/services/intake/entrance.h"

/* ---- receiving and booking ------------------------------------------------------------------- */

static void receiving_books_the_earliest_suitable_talk(void **state)
{
	struct entrance *e = *state;
	struct receipt first, second;

	open_slot(e, 101, at(20261125, 10, 0), 1);
	open_slot(e, 102, at(20261124, 10, 0), 1);
	first = walk_in(e, 1);
	second = walk_in(e, 2);
	assert_int_equal(first.state, inquiry_state_talk_booked);
	assert_int_equal(first.talk_at, at(20261124, 10, 0));
	assert_int_equal(first.ahead, 0);
	assert_int_equal(first.reference.n, 9);
	assert_int_equal(second.talk_at, at(20261125, 10, 0));
	assert_int_equal(second.ahead, 1);
	assert_text(second.why,
		"1 before you; next free talk Wednesday 25 November 10:00 at the venue; the "
		"published limit is 5 working days (by Friday 27 November)");
	assert_int_equal(promise_of(e, 1), promise_state_made);
	assert_int_equal(show(e, 1).work.n, 0);
}

static void no_slot_is_an_honest_answer_with_work(void **state)
{
	struct entrance *e = *state;
	struct receipt receipt = walk_in(e, 1);

	assert_int_equal(receipt.state, inquiry_state_received);
	assert_int_equal(receipt.talk_at, 0);
	assert_true(show(e, 1).inquiry->at_risk);
	assert_true(has_open_work(e, 1, work_kind_book_talk));
	assert_text(work_of(e, 1, work_kind_book_talk)->owner, "entrance");
	assert_int_equal(work_of(e, 1, work_kind_book_talk)->due, receipt.target);
}

static void a_late_slot_is_promised_and_warned_of(void **state)
{
	struct entrance *e = *state;

	open_slot(e, 101, at(20261201, 10, 0), 1);
	struct receipt receipt = walk_in(e, 1);
	assert_int_equal(receipt.talk_at, at(20261201, 10, 0));
	assert_true(show(e, 1).inquiry->at_risk);
	assert_true(has_open_work(e, 1, work_kind_promise_at_risk));
	assert_false(has_open_work(e, 1, work_kind_book_talk));
	/* an earlier time ends the warning */
	open_slot(e, 102, at(20261125, 10, 0), 1);
	DO(move_first_talk, NULL, .inquiry = id_of(1), .slot = id_of(102), .by = side_municipality);
	assert_false(show(e, 1).inquiry->at_risk);
	assert_false(has_open_work(e, 1, work_kind_promise_at_risk));
}

static void what_is_asked_for_decides_the_slot(void **state)
{
	struct entrance *e = *state;
	struct text english[] = {text_of("en")};
	enum life_area economy[] = {life_area_economy};
	struct slot slots[] = {
		{.slot = id_of(101),
			.desk = text_of("a"),
			.start = at(20261123, 9, 0),
			.minutes = 30,
			.mode = talk_mode_phone,
			.places = 9},
		{.slot = id_of(102),
			.desk = text_of("b"),
			.start = at(20261123, 10, 0),
			.minutes = 30,
			.mode = talk_mode_venue,
			.places = 9,
			.languages = {1, english}},
		{.slot = id_of(103),
			.desk = text_of("c"),
			.start = at(20261123, 11, 0),
			.minutes = 30,
			.mode = talk_mode_venue,
			.places = 9,
			.competences = {1, economy}},
		{.slot = id_of(104),
			.desk = text_of("d"),
			.start = at(20261123, 12, 0),
			.minutes = 30,
			.mode = talk_mode_venue,
			.places = 9},
	};
	struct receipt receipt;

	DO(publish_slots, NULL, .slots = {4, slots});
	DO(receive_inquiry, &receipt, .channel = channel_phone, .asker = asker_citizen,
		.prefers = talk_mode_venue, AREA(housing));
	assert_int_equal(receipt.talk_at, slots[3].start);
	DO(receive_inquiry, &receipt, .channel = channel_phone, .asker = asker_citizen,
		.prefers = talk_mode_venue, AREA(economy));
	assert_int_equal(receipt.talk_at, slots[2].start);
	DO(receive_inquiry, &receipt, .channel = channel_phone, .asker = asker_citizen,
		.language = text_of("en"), AREA(economy));
	assert_int_equal(receipt.talk_at, slots[1].start);
	DO(receive_inquiry, &receipt, .channel = channel_phone, .asker = asker_citizen,
		.language = text_of("so"), .interpreter = true, AREA(housing));
	assert_int_equal(receipt.talk_at, slots[0].start);
	assert_int_equal(receipt.mode, talk_mode_phone);
}

static void booking_by_hand(void **state)
{
	struct entrance *e = *state;
	struct receipt receipt;

	walk_in(e, 1);
	REFUSED(ERR_NOT_FOUND, "inquiry", book_first_talk, .inquiry = id_of(9));
	REFUSED(ERR_CONFLICT, "slot", book_first_talk, .inquiry = id_of(1));
	REFUSED(ERR_NOT_FOUND, "slot", book_first_talk, .inquiry = id_of(1), .slot = id_of(101));
	e->settings.triage_days = 4; /* settings are read when deciding, not when applying */
	e->historical = true;
	e->occurred_at = e->now - MS_PER_DAY;
	open_slot(e, 101, at(20261119, 10, 0), 1);
	e->historical = false;
	e->occurred_at = 0;
	REFUSED(ERR_CONFLICT, "slot", book_first_talk, .inquiry = id_of(1), .slot = id_of(101));
	assert_string_equal(e->reason.rule, "has begun already");
	/* a free time that is published goes to whoever waits, so there is one to book only after a
	 * cancellation */
	open_slot(e, 102, at(20261123, 10, 0), 1);
	assert_int_equal(state_of(e, 1), inquiry_state_talk_booked);
	assert_false(has_open_work(e, 1, work_kind_book_talk));
	REFUSED(ERR_CONFLICT, "inquiry", book_first_talk, .inquiry = id_of(1));
	DO(cancel_first_talk, NULL, .inquiry = id_of(1), .by = side_citizen);
	DO(book_first_talk, &receipt, .inquiry = id_of(1));
	assert_int_equal(receipt.talk_at, at(20261123, 10, 0));
	assert_int_equal(show(e, 1).promises.n, 2);
	walk_in(e, 2);
	REFUSED(ERR_CONFLICT, "slot", book_first_talk, .inquiry = id_of(2), .slot = id_of(102));
	assert_string_equal(e->reason.rule, "is fully booked");
}

static void a_slot_that_does_not_suit_is_booked_with_a_warning(void **state)
{
	struct entrance *e = *state;
	struct slot slot = {.slot = id_of(101),
		.desk = text_of("a"),
		.start = at(20261123, 9, 0),
		.minutes = 30,
		.mode = talk_mode_phone,
		.places = 1};
	struct receipt receipt;

	DO(receive_inquiry, NULL, .inquiry = id_of(1), .channel = channel_phone,
		.asker = asker_citizen, .prefers = talk_mode_venue, AREA(housing));
	DO(publish_slots, NULL, .slots = {1, &slot});
	assert_int_equal(state_of(e, 1), inquiry_state_received);
	DO(book_first_talk, &receipt, .inquiry = id_of(1), .slot = id_of(101));
	assert_int_equal(receipt.warnings.n, 1);
}

/* ---- who waits longest ----------------------------------------------------------------------- */

static void a_freed_slot_goes_to_whoever_waits_longest(void **state)
{
	struct entrance *e = *state;

	open_slot(e, 101, at(20261123, 10, 0), 1);
	walk_in(e, 1);
	for (unsigned i = 2; i < 5; i++) {
		e->now += MS_PER_MINUTE;
		DO(receive_inquiry, NULL, .inquiry = id_of(i), .channel = channel_phone,
			.asker = asker_citizen,
			.prefers = i == 2 ? talk_mode_phone : talk_mode_none, AREA(housing));
	}
	DO(cancel_first_talk, NULL, .inquiry = id_of(1), .by = side_municipality);
	assert_int_equal(state_of(e, 1), inquiry_state_received);
	assert_int_equal(state_of(e, 2), inquiry_state_received); /* wants a call */
	assert_int_equal(state_of(e, 3), inquiry_state_talk_booked);
	assert_int_equal(state_of(e, 4), inquiry_state_received);
	assert_false(has_open_work(e, 3, work_kind_book_talk));
	/* 1 waits longest now, for the municipality cancelled; 3 gives its time back by closing */
	DO(close_inquiry, NULL, .inquiry = id_of(3), .closing = closing_withdrawn);
	assert_int_equal(promise_of(e, 3), promise_state_lapsed);
	assert_int_equal(state_of(e, 1), inquiry_state_talk_booked);
	/* who cancels is not offered another one */
	DO(cancel_first_talk, NULL, .inquiry = id_of(1), .by = side_citizen);
	assert_int_equal(state_of(e, 4), inquiry_state_talk_booked);
	DO(cancel_first_talk, NULL, .inquiry = id_of(4), .by = side_citizen);
	assert_int_equal(state_of(e, 1), inquiry_state_received);
	struct slots_reply slots;
	DO(list_slots, &slots, 0);
	assert_int_equal(slots.slots.n, 1);
	assert_int_equal(slots.slots.at[0].booked, 0);
}

static void a_time_that_has_begun_is_offered_to_nobody(void **state)
{
	struct entrance *e = *state;

	open_slot(e, 101, at(20261120, 11, 0), 1);
	walk_in(e, 1);
	walk_in(e, 2);
	wait_until(e, at(20261120, 11, 1));
	DO(cancel_first_talk, NULL, .inquiry = id_of(1), .by = side_municipality);
	assert_int_equal(state_of(e, 2), inquiry_state_received);
}

static void published_slots_go_to_those_who_wait_in_order(void **state)
{
	struct entrance *e = *state;
	struct slot slots[] = {
		{.slot = id_of(101),
			.desk = text_of("a"),
			.start = at(20261124, 9, 0),
			.minutes = 30,
			.mode = talk_mode_venue,
			.places = 2},
		{.slot = id_of(102),
			.desk = text_of("a"),
			.start = at(20261123, 9, 0),
			.minutes = 30,
			.mode = talk_mode_venue,
			.places = 1},
	};

	for (unsigned i = 1; i < 5; i++) {
		e->now += MS_PER_MINUTE;
		walk_in(e, i);
	}
	DO(publish_slots, NULL, .slots = {2, slots});
	assert_int_equal(show(e, 1).inquiry->talk_at, slots[1].start);
	assert_int_equal(show(e, 2).inquiry->talk_at, slots[0].start);
	assert_int_equal(show(e, 3).inquiry->talk_at, slots[0].start);
	assert_int_equal(state_of(e, 4), inquiry_state_received);
	struct inquiries_reply page;
	DO(list_inquiries, &page, 0);
	assert_int_equal(page.inquiries.n, 1);
	assert_int_equal(page.open, 4);
}

/* ---- moving ---------------------------------------------------------------------------------- */

static void moving(void **state)
{
	struct entrance *e = *state;
	struct receipt receipt;

	open_slot(e, 101, at(20261123, 10, 0), 1);
	open_slot(e, 102, at(20261124, 10, 0), 1);
	open_slot(e, 103, at(20261201, 10, 0), 1);
	walk_in(e, 1);
	e->role = "citizen";
	REFUSED(ERR_DENIED, "by", move_first_talk, .inquiry = id_of(1), .by = side_municipality);
	DO(move_first_talk, &receipt, .inquiry = id_of(1), .by = side_citizen);
	e->role = "front_desk";
	assert_int_equal(receipt.talk_at, at(20261124, 10, 0));
	struct inquiry_reply reply = show(e, 1);
	assert_int_equal(reply.promises.n, 2);
	assert_int_equal(reply.promises.at[0].state, promise_state_moved_by_citizen);
	assert_int_equal(reply.promises.at[1].state, promise_state_made);
	REFUSED(ERR_CONFLICT, "slot", move_first_talk, .inquiry = id_of(1), .slot = id_of(102),
		.by = side_citizen);
	walk_in(e, 2);
	REFUSED(ERR_CONFLICT, "slot", move_first_talk, .inquiry = id_of(1), .slot = id_of(101),
		.by = side_citizen);
	DO(move_first_talk, &receipt, .inquiry = id_of(1), .by = side_municipality);
	assert_int_equal(receipt.talk_at, at(20261201, 10, 0));
	assert_int_equal(show(e, 1).promises.at[1].state, promise_state_moved_by_us);
	assert_true(has_open_work(e, 1, work_kind_promise_at_risk));
	REFUSED(ERR_CONFLICT, "slot", move_first_talk, .inquiry = id_of(1), .by = side_citizen);
}

static void a_citizens_own_wish_is_not_at_risk(void **state)
{
	struct entrance *e = *state;

	open_slot(e, 101, at(20261123, 10, 0), 1);
	open_slot(e, 102, at(20261201, 10, 0), 1);
	walk_in(e, 1);
	DO(move_first_talk, NULL, .inquiry = id_of(1), .by = side_citizen);
	assert_false(show(e, 1).inquiry->at_risk);
	assert_int_equal(show(e, 1).work.n, 0);
}

/* ---- holding --------------------------------------------------------------------------------- */

static void holding_at_once_and_as_promised(void **state)
{
	struct entrance *e = *state;

	walk_in(e, 1);
	DO(hold_first_talk, NULL, .inquiry = id_of(1));
	assert_int_equal(state_of(e, 1), inquiry_state_talked);
	assert_int_equal(show(e, 1).inquiry->mode, talk_mode_venue);
	assert_false(has_open_work(e, 1, work_kind_book_talk));
	assert_true(has_open_work(e, 1, work_kind_triage));
	assert_int_equal(work_of(e, 1, work_kind_triage)->due, at(20261125, 16, 0));
	REFUSED(ERR_CONFLICT, "inquiry", hold_first_talk, .inquiry = id_of(1));
	open_slot(e, 101, at(20261120, 11, 0), 1);
	walk_in(e, 2);
	REFUSED(ERR_INVALID, "held_at", hold_first_talk, .inquiry = id_of(2),
		.held_at = e->now + MS_PER_HOUR);
	REFUSED(ERR_INVALID, "held_at", hold_first_talk, .inquiry = id_of(2),
		.held_at = e->now - MS_PER_HOUR);
	wait_until(e, at(20261120, 12, 0));
	DO(hold_first_talk, NULL, .inquiry = id_of(2));
	assert_int_equal(promise_of(e, 2), promise_state_kept);
	REFUSED(ERR_CONFLICT, "inquiry", move_first_talk, .inquiry = id_of(2), .by = side_citizen);
	REFUSED(ERR_CONFLICT, "inquiry", cancel_first_talk, .inquiry = id_of(2),
		.by = side_citizen);
}

static void an_earlier_talk_gives_the_booked_time_back(void **state)
{
	struct entrance *e = *state;

	open_slot(e, 101, at(20261123, 11, 0), 1);
	walk_in(e, 1);
	walk_in(e, 2);
	assert_int_equal(state_of(e, 2), inquiry_state_received);
	DO(hold_first_talk, NULL, .inquiry = id_of(1), .mode = talk_mode_phone);
	assert_int_equal(promise_of(e, 1), promise_state_kept);
	assert_int_equal(state_of(e, 2), inquiry_state_talk_booked);
}

static void a_promise_breaks_after_its_grace(void **state)
{
	struct entrance *e = *state;

	open_slot(e, 101, at(20261120, 11, 0), 1);
	open_slot(e, 102, at(20261124, 11, 0), 1);
	walk_in(e, 1);
	wait_until(e, at(20261120, 22, 59));
	assert_int_equal(promise_of(e, 1), promise_state_made);
	wait_until(e, at(20261120, 23, 1));
	assert_int_equal(promise_of(e, 1), promise_state_broken);
	assert_true(has_open_work(e, 1, work_kind_promise_broken));
	const struct work_view *work = work_of(e, 1, work_kind_promise_broken);
	assert_int_equal(work->due, at(20261123, 12, 0)); /* four hours after opening on Monday */
	REFUSED(ERR_CONFLICT, "item", finish_work_item, .item = work->item);
	DO(move_first_talk, NULL, .inquiry = id_of(1), .by = side_municipality);
	assert_false(has_open_work(e, 1, work_kind_promise_broken));
	assert_int_equal(show(e, 1).promises.at[0].state, promise_state_broken);
	assert_int_equal(promise_of(e, 1), promise_state_made);
	wait_until(e, at(20261124, 23, 30));
	DO(hold_first_talk, NULL, .inquiry = id_of(1));
	assert_int_equal(promise_of(e, 1), promise_state_broken);
	assert_false(has_open_work(e, 1, work_kind_promise_broken));
}

/* ---- cancelling ------------------------------------------------------------------------------ */

static void cancelling_by_either_side(void **state)
{
	struct entrance *e = *state;
	struct receipt receipt;

	open_slot(e, 101, at(20261123, 11, 0), 2);
	walk_in(e, 1);
	walk_in(e, 2);
	DO(cancel_first_talk, &receipt, .inquiry = id_of(1), .by = side_citizen);
	assert_int_equal(receipt.state, inquiry_state_received);
	assert_int_equal(promise_of(e, 1), promise_state_lapsed);
	assert_int_equal(show(e, 1).work.n, 0);
	DO(cancel_first_talk, NULL, .inquiry = id_of(2), .by = side_municipality);
	assert_int_equal(promise_of(e, 2), promise_state_moved_by_us);
	assert_true(has_open_work(e, 2, work_kind_book_talk));
	REFUSED(ERR_CONFLICT, "inquiry", cancel_first_talk, .inquiry = id_of(1),
		.by = side_citizen);
	/* at the limit somebody is asked */
	wait_until(e, at(20261127, 16, 1));
	assert_true(has_open_work(e, 1, work_kind_book_talk));
}

/* ---- closing --------------------------------------------------------------------------------- */

static void closing_from_each_state(void **state)
{
	static const struct {
		enum inquiry_state from;
		enum closing closing;
		enum err want;
	} rows[] = {
		{inquiry_state_received, closing_advice_given, ERR_OK},
		{inquiry_state_received, closing_plan_opened, ERR_CONFLICT},
		{inquiry_state_received, closing_referred, ERR_OK},
		{inquiry_state_received, closing_withdrawn, ERR_OK},
		{inquiry_state_received, closing_no_contact, ERR_OK},
		{inquiry_state_talk_booked, closing_advice_given, ERR_OK},
		{inquiry_state_talk_booked, closing_plan_opened, ERR_CONFLICT},
		{inquiry_state_talk_booked, closing_referred, ERR_OK},
		{inquiry_state_talk_booked, closing_withdrawn, ERR_OK},
		{inquiry_state_talk_booked, closing_no_contact, ERR_OK},
		{inquiry_state_talked, closing_advice_given, ERR_OK},
		{inquiry_state_talked, closing_plan_opened, ERR_OK},
		{inquiry_state_talked, closing_referred, ERR_OK},
		{inquiry_state_talked, closing_withdrawn, ERR_OK},
		{inquiry_state_talked, closing_no_contact, ERR_OK},
		{inquiry_state_closed, closing_withdrawn, ERR_CONFLICT},
	};
	struct entrance *e = *state;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].from == inquiry_state_talk_booked)
			open_slot(e, 101 + i, at(20261123, 8, 0) + i * MS_PER_HOUR, 1);
		walk_in(e, 1 + i);
		if (rows[i].from == inquiry_state_talked)
			DO(hold_first_talk, NULL, .inquiry = id_of(1 + i));
		if (rows[i].from == inquiry_state_closed)
			DO(close_inquiry, NULL, .inquiry = id_of(1 + i),
				.closing = closing_withdrawn);
		assert_int_equal(state_of(e, 1 + i), rows[i].from);
		const struct close_inquiry close = {.inquiry = id_of(1 + i),
			.closing = rows[i].closing,
			.referred_to = text_of("family")};
		enum err got = say(e, schema_close_inquiry(), &close, NULL);
		if (got != rows[i].want)
			fail_msg("row %u: got %s", i, err_word(got));
		if (got && rows[i].from != inquiry_state_closed)
			assert_string_equal(e->reason.field, "closing");
		if (!got)
			assert_int_equal(state_of(e, 1 + i), inquiry_state_closed);
		if (got) /* out of the way of the next ones */
			(void)say(e, schema_close_inquiry(),
				&(struct close_inquiry){
					.inquiry = id_of(1 + i), .closing = closing_withdrawn},
				NULL);
	}
	struct inquiries_reply page;
	DO(list_inquiries, &page, .state = inquiry_state_closed, .limit = 100);
	assert_int_equal(page.inquiries.n, sizeof(rows) / sizeof(rows[0]));
	assert_int_equal(page.open, 0);
}

static void closing_says_where_to_and_whom(void **state)
{
	struct entrance *e = *state;

	walk_in(e, 1);
	REFUSED(ERR_INVALID, "referred_to", close_inquiry, .inquiry = id_of(1),
		.closing = closing_referred);
	REFUSED(ERR_CONFLICT, "citizen", close_inquiry, .inquiry = id_of(1),
		.closing = closing_withdrawn, .citizen = id_of(77));
	DO(hold_first_talk, NULL, .inquiry = id_of(1));
	REFUSED(ERR_INVALID, "referred_to", close_inquiry, .inquiry = id_of(1),
		.closing = closing_plan_opened);
	const struct work_view *triage = work_of(e, 1, work_kind_triage);
	REFUSED(ERR_CONFLICT, "item", finish_work_item, .item = triage->item);
	DO(close_inquiry, NULL, .inquiry = id_of(1), .closing = closing_plan_opened,
		.referred_to = text_of("family"), .note = text_of("wants a plan"));
	struct inquiry_reply reply = show(e, 1);
	assert_text(reply.inquiry->referred_to, "family");
	assert_text(reply.words.at[reply.words.n - 1].note, "wants a plan");
	assert_false(has_open_work(e, 1, work_kind_triage));
	assert_true(has_open_work(e, 1, work_kind_refer));
	DO(finish_work_item, NULL, .item = work_of(e, 1, work_kind_refer)->item);
	assert_false(has_open_work(e, 1, work_kind_refer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(receiving_books_the_earliest_suitable_talk),
		SCENARIO(no_slot_is_an_honest_answer_with_work),
		SCENARIO(a_late_slot_is_promised_and_warned_of),
		SCENARIO(what_is_asked_for_decides_the_slot),
		SCENARIO(booking_by_hand),
		SCENARIO(a_slot_that_does_not_suit_is_booked_with_a_warning),
		SCENARIO(a_freed_slot_goes_to_whoever_waits_longest),
		SCENARIO(a_time_that_has_begun_is_offered_to_nobody),
		SCENARIO(published_slots_go_to_those_who_wait_in_order),
		SCENARIO(moving),
		SCENARIO(a_citizens_own_wish_is_not_at_risk),
		SCENARIO(holding_at_once_and_as_promised),
		SCENARIO(an_earlier_talk_gives_the_booked_time_back),
		SCENARIO(a_promise_breaks_after_its_grace),
		SCENARIO(cancelling_by_either_side),
		SCENARIO(closing_from_each_state),
		SCENARIO(closing_says_where_to_and_whom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
