/* Electronic mail as bytes, and the dialogue that hands it over. */
#include <stdio.h>

#include "services/notification/mail.h"
#include "services/notification/smtp_talk.h"
#include "tests/unit/services/notification/node.h"

static void test_addresses(void **state)
{
	static const struct {
		const char *address;
		bool good;
	} rows[] = {
		{"a@b.dk", true},
		{"anna.jensen+x@example.dk", true},
		{"", false},
		{"@", false},
		{"a@", false},
		{"@b", false},
		{"a b@c", false},
		{"a@b@c", false},
		{"a", false},
		{"a@b\r\nRCPT TO:<c@d>", false},
		{"<a@b>", false},
		{"a,c@b", false},
		{"æ@b.dk", false},
		{"-a@b", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(mail_address_good(text_of(rows[i].address)), rows[i].good);
}

static void test_compose(void **state)
{
	const struct notification_settings settings = {
		.sender = "ind@example.dk", .sender_name = "Indgang Ærø"};
	const struct message_view message = {.message = id_of(7),
		.language = tongue_da,
		.address = text_of("anna@example.dk"),
		.subject = text_of("Din tid er flyttet — ændret til en æøå æøå æøå æøå æøå æøå"),
		.body = text_of("Hej\n.\nærlig talt\n")};
	struct buffer mail, again;

	(void)state;
	buffer_init(&mail, 65536);
	buffer_init(&again, 65536);
	mail_compose(&settings, &message, INT64_C(1795606352000), &mail);
	mail_compose(&settings, &message, INT64_C(1795606352000), &again);
	assert_true(bytes_equal(buffer_bytes(&mail), buffer_bytes(&again)));
	struct text text = text_of_bytes(buffer_bytes(&mail));
	assert_true(contains(text, "To: <anna@example.dk>\r\n"));
	assert_true(
		contains(text, "Message-ID: <01900000-0000-7000-8000-000000000007@example.dk>"));
	assert_true(contains(text, "Date: Wed, 25 Nov 2026 "));
	assert_true(contains(text, "\r\nSubject: =?UTF-8?B?"));
	assert_true(contains(text, "?=\r\n =?UTF-8?B?"));
	assert_true(contains(text, "\r\n\r\nSGVqDQouDQrDpnJsaWcgdGFsdA0K\r\n"));
	size_t line = 0;
	for (size_t i = 0; i < mail.n; i++) {
		assert_true(mail.p[i] < 0x80);
		line = mail.p[i] == '\n' ? 0 : line + 1;
		assert_true(line <= 78);
	}
	buffer_done(&mail);
	buffer_done(&again);
}

/* Answers are fed one after the other, each after all output was taken. */
static void test_talks(void **state)
{
	static const struct {
		const char *answers[5];
		enum send_outcome want;
		int64_t code;
	} rows[] = {
		{{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 taken\r\n"}, send_outcome_sent,
			250},
		{{"250-a\r\n250-b\r\n250 c\r\n", "251 ok\r\n", "354 go\r\n", "250 x\r\n"},
			send_outcome_sent, 250},
		{{"250 ok\r\n", "550 none\r\n"}, send_outcome_refused, 550},
		{{"250 ok\r\n", "550-no\r\n550 none\r\n"}, send_outcome_refused, 550},
		{{"451 later\r\n"}, send_outcome_no_answer, 451},
		{{"250 ok\r\n", "250 ok\r\n", "451 later\r\n"}, send_outcome_no_answer, 451},
		{{"250 ok\r\n", "250 ok\r\n"}, send_outcome_no_answer, 250},
		{{"250 ok\r\n", "250 ok\r\n", "354 go\r\n"}, send_outcome_uncertain, 0},
		{{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "25"}, send_outcome_uncertain, 0},
		{{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "552 full\r\n"}, send_outcome_refused,
			552},
		{{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "452 full\r\n"}, send_outcome_no_answer,
			452},
		{{"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "hello\r\n"}, send_outcome_uncertain,
			0},
		{{"hello\r\n"}, send_outcome_no_answer, 0},
		{{"\r\n"}, send_outcome_no_answer, 0},
		{{"354 go\r\n"}, send_outcome_no_answer, 354},
		{{NULL}, send_outcome_no_answer, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct smtp_talk talk;
		smtp_talk_init(&talk, "a@b", "c@d", bytes_of_string("x\r\n.y\r\n"));
		for (size_t k = 0; k < 5; k++) {
			smtp_talk_sent(&talk, smtp_talk_out(&talk).n);
			if (!rows[i].answers[k])
				break;
			const char *answer = rows[i].answers[k];
			for (size_t at_ = 0; answer[at_]; at_++) /* a byte at a time */
				smtp_talk_in(&talk, bytes_of(answer + at_, 1));
		}
		assert_int_equal(smtp_talk_outcome(&talk), rows[i].want);
		assert_int_equal(talk.code, rows[i].code);
		smtp_talk_done(&talk);
	}
}

static void test_talk_says(void **state)
{
	static const char *const want[] = {
		"MAIL FROM:<a@b>\r\n", "RCPT TO:<c@d>\r\n", "DATA\r\n", "..\r\nx\r\n..y\r\n.\r\n"};
	static const char *const answers[] = {"250 ok\r\n", "250 ok\r\n", "354 go\r\n"};
	struct smtp_talk talk;

	(void)state;
	smtp_talk_init(&talk, "a@b", "c@d", bytes_of_string(".\r\nx\r\n.y\r\n"));
	for (size_t i = 0; i < 4; i++) {
		struct bytes out = smtp_talk_out(&talk);
		assert_int_equal(out.n, strlen(want[i]));
		assert_memory_equal(out.p, want[i], out.n);
		smtp_talk_sent(&talk, 1);
		assert_int_equal(smtp_talk_outcome(&talk), send_outcome_no_answer);
		smtp_talk_sent(&talk, out.n - 1);
		if (i < 3)
			smtp_talk_in(&talk, bytes_of_string(answers[i]));
	}
	assert_int_equal(smtp_talk_outcome(&talk), send_outcome_uncertain);
	smtp_talk_done(&talk);
}

int main(void)
{
	const struct CMUnitTest tests_[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_compose),
		cmocka_unit_test(test_talks),
		cmocka_unit_test(test_talk_says),
	};

	return cmocka_run_group_tests(tests_, NULL, NULL);
}
