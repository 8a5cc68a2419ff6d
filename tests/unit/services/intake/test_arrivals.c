/* Who turns to the entrance, on a real engine: anonymous askers, numbers, duplicates, urgency,
 * imports. */
#include "tests/unit/services/intake/entrance.h"

static struct receipt with_number(struct entrance *e, unsigned n, const char *number)
{
	struct receipt receipt = {0};

	DO(receive_inquiry, &receipt, .inquiry = id_of(n), .number = text_of(number),
		.channel = channel_phone, .asker = asker_citizen, AREA(economy),
		.words = text_of("The rent is due."));
	return receipt;
}

/* ---- anonymous ------------------------------------------------------------------------------- */

static void anonymous_leaves_no_identity(void **state)
{
	struct entrance *e = *state;
	const struct receive_inquiry base = {
		.channel = channel_phone, .asker = asker_anonymous, AREA(substance_use)};
	struct receive_inquiry given[6];
	static const char *const fields[] = {
		"citizen", "number", "name", "contact", "contact_at", "asker_name"};

	for (size_t i = 0; i < 6; i++)
		given[i] = base;
	given[0].citizen = id_of(5);
	given[1].number = text_of("010203-1234");
	given[2].name = text_of("Nobody");
	given[3].contact = contact_sms;
	given[4].contact_at = text_of("12345678");
	given[5].asker_name = text_of("Nobody");
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(say(e, schema_receive_inquiry(), &given[i], NULL), ERR_INVALID);
		assert_string_equal(e->reason.field, fields[i]);
	}
	DO(receive_inquiry, NULL, .inquiry = id_of(1), .channel = channel_phone,
		.asker = asker_anonymous, .contact = contact_not_at_all, AREA(substance_use),
		.words = text_of("How do I stop?"));
	struct inquiry_reply reply = show(e, 1);
	assert_true(uuid_equal(reply.words.at[0].from, reply.inquiry->citizen));
	assert_int_equal(reply.inquiry->age_band, age_band_none);
	REFUSED(ERR_NOT_FOUND, "citizen", show_citizen, .citizen = id_of(5));
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void numbers_that_break_a_rule_are_refused(void **state)
{
	static const char *const rows[] = {
		"3201801234", "290223-1234", "12345", "010203x1234", "0102031A23", "010203-12345"};
	struct entrance *e = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		REFUSED(ERR_INVALID, "number", receive_inquiry, .channel = channel_phone,
			.asker = asker_citizen, AREA(work), .number = text_of(rows[i]));
		REFUSED(ERR_INVALID, "number", register_citizen, .number = text_of(rows[i]));
		REFUSED(ERR_INVALID, "number", find_citizen, .number = text_of(rows[i]));
	}
	struct inquiries_reply page;
	DO(list_inquiries, &page, 0);
	assert_int_equal(page.inquiries.n, 0);
}

static void modulus_11_warns_only(void **state)
{
	struct entrance *e = *state;
	struct receipt passes = with_number(e, 1, "070761-4285"), fails;

	assert_int_equal(passes.warnings.n, 0);
	fails = with_number(e, 2, "0707614286");
	assert_int_equal(fails.warnings.n, 1);
	assert_int_equal(memcmp(fails.warnings.at[0].p, "number: ", 8), 0);
	assert_int_equal(show(e, 2).inquiry->age_band, age_band_from_65);
}

static void ages_come_from_the_number_or_from_what_is_known(void **state)
{
	static const struct {
		const char *number;
		enum age_band want;
	} rows[] = {
		{"0101154000", age_band_under_15},
		{"0101104000", age_band_from_15},
		{"0101004000", age_band_from_18},
		{"0101901000", age_band_from_30},
		{"0101701000", age_band_from_45},
		{"0101401000", age_band_from_65},
		{"0101901AB2", age_band_none},
	};
	struct entrance *e = *state;
	struct done done;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		with_number(e, 1 + i, rows[i].number);
		assert_int_equal(show(e, 1 + i).inquiry->age_band, rows[i].want);
	}
	DO(register_citizen, &done, .name = text_of("Kim"), .birth_date = text_of("1980-02-29"));
	DO(receive_inquiry, NULL, .inquiry = id_of(50), .citizen = done.id,
		.channel = channel_walk_in, .asker = asker_citizen, AREA(work));
	assert_int_equal(show(e, 50).inquiry->age_band, age_band_from_45);
}

/* ---- the same citizen again ------------------------------------------------------------------ */

static void an_open_inquiry_takes_new_words(void **state)
{
	struct entrance *e = *state;
	struct receipt first, again;

	open_slot(e, 101, at(20261124, 10, 0), 1);
	first = with_number(e, 1, "070761-4285");
	again = with_number(e, 2, "0707614285");
	assert_true(again.added);
	assert_true(uuid_equal(again.inquiry, first.inquiry));
	assert_int_equal(again.talk_at, first.talk_at);
	assert_int_equal(again.ahead, 0);
	REFUSED(ERR_NOT_FOUND, "inquiry", show_inquiry, .inquiry = id_of(2));
	assert_int_equal(show(e, 1).words.n, 2);
	struct citizen_reply citizen;
	DO(find_citizen, &citizen, .number = text_of("070761-4285"));
	assert_int_equal(citizen.inquiries.n, 1);
	assert_text(citizen.citizen->number, "0707614285");
	DO(close_inquiry, NULL, .inquiry = id_of(1), .closing = closing_advice_given);
	again = with_number(e, 2, "0707614285");
	assert_false(again.added);
	DO(find_citizen, &citizen, .number = text_of("070761-4285"));
	assert_int_equal(citizen.inquiries.n, 2);
	assert_true(uuid_equal(citizen.inquiries.at[0].inquiry, id_of(2)));
}

static void words_may_raise_the_urgency(void **state)
{
	struct entrance *e = *state;
	struct receipt again;

	open_slot(e, 101, at(20261124, 10, 0), 1);
	with_number(e, 1, "070761-4285");
	DO(receive_inquiry, &again, .number = text_of("070761-4285"), .channel = channel_phone,
		.asker = asker_relative, .urgency = urgency_acute, AREA(mental_health),
		.contact = contact_phone, .contact_at = text_of("12345678"),
		.asker_name = text_of("a sister"), .consent = true);
	assert_true(again.added);
	assert_int_equal(again.target, at(20261120, 23, 59));
	struct inquiry_reply reply = show(e, 1);
	assert_int_equal(reply.inquiry->urgency, urgency_acute);
	assert_true(reply.inquiry->consent);
	assert_true(reply.inquiry->at_risk);
	assert_true(has_open_work(e, 1, work_kind_alert));
	assert_true(has_open_work(e, 1, work_kind_promise_at_risk));
	assert_text(reply.words.at[1].asker_name, "a sister");
	assert_false(uuid_equal(reply.words.at[1].from, reply.inquiry->citizen));
	/* and never lowers it */
	with_number(e, 2, "070761-4285");
	assert_int_equal(show(e, 1).inquiry->urgency, urgency_acute);
}

static void an_inquiry_id_is_used_once(void **state)
{
	struct entrance *e = *state;

	walk_in(e, 1);
	REFUSED(ERR_CONFLICT, "inquiry", receive_inquiry, .inquiry = id_of(1),
		.channel = channel_phone, .asker = asker_citizen, AREA(work));
	assert_string_equal(e->reason.rule, "is in use by another inquiry");
}

static void references_are_read_as_people_write_them(void **state)
{
	struct entrance *e = *state;
	struct receipt receipt = walk_in(e, 1);
	struct inquiry_reply reply;
	char spoken[16], *at_end = spoken;

	for (uint32_t i = 0; i < receipt.reference.n; i++)
		*at_end++ = receipt.reference.p[i] == '-'
				    ? ' '
				    : (char)(receipt.reference.p[i] |
					      (receipt.reference.p[i] >= 'A' ? 0x20 : 0));
	DO(show_inquiry, &reply, .reference = {spoken, receipt.reference.n, false});
	assert_true(uuid_equal(reply.inquiry->inquiry, id_of(1)));
	spoken[0] = spoken[0] == '2' ? '3' : '2';
	REFUSED(ERR_INVALID, "reference", show_inquiry,
		.reference = {spoken, receipt.reference.n, false});
	REFUSED(ERR_INVALID, "inquiry", show_inquiry, 0);
}

/* Their tree then grows at one end; what tells one from its neighbours is random. */
static void references_are_made_side_by_side(void **state)
{
	struct entrance *e = *state;
	struct receipt receipts[33];

	for (unsigned i = 0; i < 33; i++) {
		receipts[i] = walk_in(e, 1 + i);
		if (i % 16 == 0)
			continue;
		assert_memory_equal(receipts[i].reference.p, receipts[i - i % 16].reference.p, 4);
		assert_memory_not_equal(receipts[i].reference.p, receipts[i - 1].reference.p, 9);
	}
	assert_true(memcmp(receipts[0].reference.p, receipts[16].reference.p, 4) < 0);
	assert_true(memcmp(receipts[16].reference.p, receipts[32].reference.p, 4) < 0);
}

static void operators_see_no_words(void **state)
{
	struct entrance *e = *state;

	with_number(e, 1, "070761-4285");
	e->peer = PEER_OPERATOR;
	e->role = "operator";
	assert_text(show(e, 1).words.at[0].words, "***");
	e->peer = PEER_PORTAL; /* whoever carries the question */
	assert_text(show(e, 1).words.at[0].words, "***");
	e->role = "front_desk";
	assert_text(show(e, 1).words.at[0].words, "The rent is due.");
}

/* ---- citizens -------------------------------------------------------------------------------- */

static void registering_citizens(void **state)
{
	struct entrance *e = *state;
	struct citizen_reply found;
	struct done done;

	REFUSED(ERR_INVALID, "number", register_citizen, .protected = true);
	REFUSED(ERR_INVALID, "birth_date", register_citizen, .name = text_of("Kim"),
		.birth_date = text_of("1980-02-30"));
	REFUSED(ERR_INVALID, "birth_date", register_citizen, .number = text_of("070761-4285"),
		.birth_date = text_of("1980-02-28"));
	DO(register_citizen, &done, .number = text_of("070761-4285"), .protected = true);
	REFUSED(ERR_CONFLICT, "number", register_citizen, .number = text_of("0707614285"));
	DO(register_citizen, NULL, .citizen = done.id, .name = text_of("Kim"));
	DO(find_citizen, &found, .number = text_of("070761-4285"));
	assert_true(uuid_equal(found.citizen->citizen, done.id));
	assert_text(found.citizen->name, "Kim");
	assert_text(found.citizen->birth_date, "1961-07-07");
	assert_true(found.citizen->protected);
	REFUSED(ERR_CONFLICT, "citizen", find_citizen, .number = text_of("070761-4285"),
		.citizen = id_of(9));
	REFUSED(ERR_NOT_FOUND, "number", find_citizen, .number = text_of("0101901234"));
	/* a named citizen has one number */
	REFUSED(ERR_CONFLICT, "number", receive_inquiry, .citizen = done.id,
		.number = text_of("0101901234"), .channel = channel_phone, .asker = asker_citizen,
		AREA(work));
	REFUSED(ERR_CONFLICT, "number", receive_inquiry, .citizen = id_of(9),
		.number = text_of("0707614285"), .channel = channel_phone, .asker = asker_citizen,
		AREA(work));
}

static void changed_numbers_both_find(void **state)
{
	struct entrance *e = *state;
	struct citizen_reply found;
	struct done done, other;

	DO(register_citizen, &done, .number = text_of("070761-4285"));
	DO(register_citizen, &other, .number = text_of("0101901234"));
	REFUSED(ERR_NOT_FOUND, "citizen", change_citizen_number, .citizen = id_of(9),
		.number = text_of("0202901234"));
	REFUSED(ERR_CONFLICT, "number", change_citizen_number, .citizen = done.id,
		.number = text_of("0101901234"));
	REFUSED(ERR_INVALID, "number", change_citizen_number, .citizen = done.id,
		.number = text_of("3202901234"));
	DO(change_citizen_number, NULL, .citizen = done.id, .number = text_of("080861-4285"));
	DO(change_citizen_number, NULL, .citizen = done.id, .number = text_of("0808614285"));
	DO(find_citizen, &found, .number = text_of("070761-4285"));
	assert_true(uuid_equal(found.citizen->citizen, done.id));
	DO(find_citizen, &found, .number = text_of("0808614285"));
	assert_true(uuid_equal(found.citizen->citizen, done.id));
	assert_text(found.citizen->number, "0808614285");
	assert_text(found.citizen->birth_date, "1961-08-08");
	assert_true(with_number(e, 1, "070761-4285").inquiry.b[15] == 1);
	assert_true(with_number(e, 2, "0808614285").added);
}

static void erasure_leaves_nothing_to_find(void **state)
{
	struct entrance *e = *state;
	struct citizen_reply found;

	open_slot(e, 101, at(20261124, 10, 0), 1);
	with_number(e, 1, "070761-4285");
	walk_in(e, 2);
	DO(find_citizen, &found, .number = text_of("070761-4285"));
	struct uuid citizen = found.citizen->citizen;
	DO(change_citizen_number, NULL, .citizen = citizen, .number = text_of("0808614285"));
	REFUSED(ERR_DENIED, "actor.role", erase_citizen, .citizen = citizen,
		.decided_by = text_of("Mette Holm"), .why = text_of("asked for it"));
	e->role = "manager";
	REFUSED(ERR_INVALID, "decided_by", erase_citizen, .citizen = citizen,
		.decided_by = text_of("  "), .why = text_of("asked for it"));
	REFUSED(ERR_NOT_FOUND, "citizen", erase_citizen, .citizen = id_of(9),
		.decided_by = text_of("Mette Holm"), .why = text_of("asked for it"));
	DO(erase_citizen, NULL, .citizen = citizen, .decided_by = text_of("Mette Holm"),
		.why = text_of("asked for it"));
	e->role = "front_desk";
	REFUSED(ERR_NOT_FOUND, "number", find_citizen, .number = text_of("070761-4285"));
	REFUSED(ERR_NOT_FOUND, "number", find_citizen, .number = text_of("0808614285"));
	struct inquiry_reply reply = show(e, 1);
	assert_int_equal(reply.inquiry->state, inquiry_state_closed);
	assert_int_equal(reply.words.at[0].words.n, 0);
	assert_int_equal(state_of(e, 2), inquiry_state_talk_booked); /* got the freed time */
	/* folded again, what cannot be opened is not found either */
	assert_int_equal(engine_rebuild_own(e->engine), ERR_OK);
	REFUSED(ERR_NOT_FOUND, "number", find_citizen, .number = text_of("070761-4285"));
	/* the same person may come again, as somebody new */
	assert_false(with_number(e, 3, "070761-4285").added);
	DO(find_citizen, &found, .number = text_of("070761-4285"));
	assert_false(uuid_equal(found.citizen->citizen, citizen));
}

/* ---- imports --------------------------------------------------------------------------------- */

static void imports_alert_nobody_and_book_nothing(void **state)
{
	struct entrance *e = *state;
	int64_t then = at(20260601, 9, 0);
	struct receipt receipt;
	bool more;

	open_slot(e, 101, at(20261124, 10, 0), 1);
	e->historical = true;
	e->peer = PEER_IMPORTER;
	e->occurred_at = then;
	DO(receive_inquiry, &receipt, .inquiry = id_of(1), .number = text_of("070761-4285"),
		.channel = channel_phone, .asker = asker_citizen, .urgency = urgency_acute,
		AREA(economy));
	assert_int_equal(receipt.state, inquiry_state_received);
	assert_int_equal(receipt.target, at(20260601, 23, 59));
	assert_int_equal(engine_tick(e->engine, &more), ERR_OK);
	assert_int_equal(show(e, 1).work.n, 0);
	assert_int_equal(show(e, 1).inquiry->since, then);
	REFUSED(ERR_INVALID, "slot", book_first_talk, .inquiry = id_of(1));
	open_slot(e, 102, at(20260603, 10, 0), 1);
	assert_int_equal(state_of(e, 1), inquiry_state_received);
	DO(book_first_talk, NULL, .inquiry = id_of(1), .slot = id_of(102));
	assert_int_equal(show(e, 1).inquiry->talk_at, at(20260603, 10, 0));
	e->occurred_at = at(20260603, 10, 45);
	DO(hold_first_talk, NULL, .inquiry = id_of(1));
	assert_int_equal(show(e, 1).inquiry->talk_at, e->occurred_at);
	assert_int_equal(promise_of(e, 1), promise_state_kept);
	/* another story of the same citizen stays one of its own */
	e->occurred_at = at(20260701, 9, 0);
	DO(receive_inquiry, &receipt, .inquiry = id_of(2), .number = text_of("070761-4285"),
		.channel = channel_phone, .asker = asker_citizen, AREA(economy));
	assert_false(receipt.added);
	e->occurred_at = at(20260702, 9, 0);
	DO(close_inquiry, NULL, .inquiry = id_of(1), .closing = closing_advice_given);
	wait_until(e, e->now + MS_PER_HOUR);
	assert_int_equal(show(e, 1).work.n, 0);
	assert_int_equal(show(e, 2).work.n, 0);
}

static void an_import_tells_a_late_talk_from_a_kept_promise(void **state)
{
	struct entrance *e = *state;

	e->historical = true;
	for (unsigned i = 1; i <= 2; i++) {
		e->occurred_at = at(20260601, 9, 0);
		walk_in(e, i);
		open_slot(e, 100 + i, at(20260603, 10, 0), 1);
		DO(book_first_talk, NULL, .inquiry = id_of(i), .slot = id_of(100 + i));
		e->occurred_at = at(20260603, 22, i == 1 ? 0 : 1);
		DO(hold_first_talk, NULL, .inquiry = id_of(i));
	}
	assert_int_equal(promise_of(e, 1), promise_state_kept);
	assert_int_equal(promise_of(e, 2), promise_state_broken);
}

static void what_is_still_open_after_an_import_is_watched(void **state)
{
	struct entrance *e = *state;

	e->historical = true;
	e->occurred_at = at(20261119, 9, 0);
	walk_in(e, 1);
	walk_in(e, 2);
	e->occurred_at = at(20261119, 10, 0);
	DO(hold_first_talk, NULL, .inquiry = id_of(2));
	e->historical = false;
	e->occurred_at = 0;
	wait_until(e, at(20261126, 16, 1));
	assert_true(has_open_work(e, 1, work_kind_book_talk));
	assert_true(has_open_work(e, 2, work_kind_triage));
}

static void facts_written_down_later_count_from_when_they_happened(void **state)
{
	struct entrance *e = *state;

	e->occurred_at = at(20261118, 9, 0);
	struct receipt receipt = walk_in(e, 1);
	assert_int_equal(receipt.target, at(20261125, 16, 0));
	assert_int_equal(show(e, 1).inquiry->since, at(20261118, 9, 0));
	e->occurred_at = at(20261119, 9, 0);
	DO(hold_first_talk, NULL, .inquiry = id_of(1));
	assert_int_equal(show(e, 1).inquiry->talk_at, at(20261119, 9, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(anonymous_leaves_no_identity),
		SCENARIO(numbers_that_break_a_rule_are_refused),
		SCENARIO(modulus_11_warns_only),
		SCENARIO(ages_come_from_the_number_or_from_what_is_known),
		SCENARIO(an_open_inquiry_takes_new_words),
		SCENARIO(words_may_raise_the_urgency),
		SCENARIO(an_inquiry_id_is_used_once),
		SCENARIO(references_are_read_as_people_write_them),
		SCENARIO(references_are_made_side_by_side),
		SCENARIO(operators_see_no_words),
		SCENARIO(registering_citizens),
		SCENARIO(changed_numbers_both_find),
		SCENARIO(erasure_leaves_nothing_to_find),
		SCENARIO(imports_alert_nobody_and_book_nothing),
		SCENARIO(an_import_tells_a_late_talk_from_a_kept_promise),
		SCENARIO(what_is_still_open_after_an_import_is_watched),
		SCENARIO(facts_written_down_later_count_from_when_they_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
