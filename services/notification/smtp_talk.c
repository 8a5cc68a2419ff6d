/* The dialogue of one mail with a mail server. Pure; touches nothing. */
#include "services/notification/smtp_talk.h"

#include <string.h>

enum { CONTENT_BYTES = 256 * 1024, REFUSED_FOR_EVER = 500 };

static void add(struct buffer *out, const char *text)
{
	buffer_add(out, text, strlen(text));
}

static void say(struct smtp_talk *talk, const char *verb, const char *address)
{
	buffer_reset(&talk->out);
	talk->sent = 0;
	add(&talk->out, verb);
	if (address) {
		add(&talk->out, "<");
		add(&talk->out, address);
		add(&talk->out, ">");
	}
	add(&talk->out, "\r\n");
}

/* A line that begins with a dot gets another one (RFC 5321 section 4.5.2). */
static void say_content(struct smtp_talk *talk)
{
	const char *at = (const char *)talk->mail.p;
	size_t left = talk->mail.n;

	buffer_reset(&talk->out);
	talk->sent = 0;
	while (left > 0) {
		const char *end = memchr(at, '\n', left);
		size_t n = end ? (size_t)(end - at) + 1 : left;
		if (*at == '.')
			add(&talk->out, ".");
		buffer_add(&talk->out, at, n);
		at += n;
		left -= n;
	}
	add(&talk->out, ".\r\n");
}

void smtp_talk_init(struct smtp_talk *talk, const char *from, const char *to, struct bytes mail)
{
	*talk = (struct smtp_talk){.step = SMTP_MAIL, .to = to, .mail = mail};
	buffer_init(&talk->out, CONTENT_BYTES);
	say(talk, "MAIL FROM:", from);
}

void smtp_talk_done(struct smtp_talk *talk)
{
	buffer_done(&talk->out);
}

struct bytes smtp_talk_out(const struct smtp_talk *talk)
{
	if (talk->step == SMTP_OVER || talk->out.failed)
		return BYTES_NONE;
	return bytes_of(talk->out.p + talk->sent, talk->out.n - talk->sent);
}

void smtp_talk_sent(struct smtp_talk *talk, size_t n)
{
	talk->sent += n;
}

/* ---- answers --------------------------------------------------------------------------------- */

static void take_answer(struct smtp_talk *talk, int64_t code)
{
	talk->code = code;
	if (talk->step == SMTP_MAIL && code == 250) {
		talk->step = SMTP_RCPT;
		say(talk, "RCPT TO:", talk->to);
	} else if (talk->step == SMTP_RCPT && (code == 250 || code == 251)) {
		talk->step = SMTP_DATA;
		say(talk, "DATA", NULL);
	} else if (talk->step == SMTP_DATA && code == 354) {
		talk->step = SMTP_CONTENT;
		talk->code = 0;
		say_content(talk);
	} else if (talk->step == SMTP_CONTENT && code >= 200 && code < 300 &&
		   talk->sent == talk->out.n) { /* before that, it answers nothing we said */
		talk->step = SMTP_OVER;
	} else {
		talk->garbled = code < 400; /* out of place: nothing can rely on it */
		talk->after_content = talk->step == SMTP_CONTENT;
		talk->step = SMTP_OVER;
	}
}

static int64_t code_of(const char line[4])
{
	int64_t code = 0;

	for (int i = 0; i < 3; i++) {
		if (line[i] < '0' || line[i] > '9')
			return 0;
		code = 10 * code + line[i] - '0';
	}
	return code;
}

void smtp_talk_in(struct smtp_talk *talk, struct bytes in)
{
	for (size_t i = 0; i < in.n && talk->step != SMTP_OVER; i++) {
		char c = (char)in.p[i];
		if (c != '\n') {
			if (talk->line_n < sizeof(talk->line))
				talk->line[talk->line_n] = c;
			talk->line_n++;
			continue;
		}
		bool more = talk->line_n > 3 && talk->line[3] == '-';
		int64_t code = talk->line_n >= 3 ? code_of(talk->line) : 0;
		talk->line_n = 0;
		if (!more)
			take_answer(talk, code);
	}
}

enum send_outcome smtp_talk_outcome(const struct smtp_talk *talk)
{
	bool whole = !talk->out.failed && talk->sent == talk->out.n;

	if (talk->step == SMTP_OVER && !talk->garbled) {
		if (talk->code >= REFUSED_FOR_EVER)
			return send_outcome_refused;
		return talk->code < 300 ? send_outcome_sent : send_outcome_no_answer;
	}
	return whole && (talk->step == SMTP_CONTENT || talk->after_content)
		       ? send_outcome_uncertain
		       : send_outcome_no_answer;
}
