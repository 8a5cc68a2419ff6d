/* What a mail server answers, in pieces of any size. Only a whole content leaves an uncertain end.
 */
#include "services/notification/smtp_talk.h"
#include "tests/fuzz/fuzz.h"

static enum smtp_step talk_with(struct bytes answers, size_t piece)
{
	struct smtp_talk talk;
	bool content = false;

	smtp_talk_init(&talk, "a@example.dk", "b@example.dk", bytes_of_string("Hi\r\n.\r\nYou"));
	while (answers.n) {
		smtp_talk_sent(&talk, smtp_talk_out(&talk).n);
		content |= talk.step == SMTP_CONTENT;
		smtp_talk_in(&talk, feed_bytes(&answers, piece));
	}
	enum send_outcome outcome = smtp_talk_outcome(&talk);
	must(outcome != send_outcome_uncertain || content);
	must(outcome != send_outcome_sent || content);
	enum smtp_step step = talk.step;
	smtp_talk_done(&talk);
	return step;
}

FUZZ(smtp)
{
	struct bytes feed = bytes_of(data, n);
	size_t piece = 1 + (size_t)feed_u8(&feed) % 16;

	must(talk_with(feed, piece) <= SMTP_OVER);
	must(talk_with(feed, 1) <= SMTP_OVER);
	return 0;
}
