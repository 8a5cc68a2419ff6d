/* Writes a message as electronic mail. Pure; touches nothing. */
#include "services/notification/mail.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"

enum { WORD_BYTES = 42, LINE_BYTES = 57, LINE_TEXT = 80 };

bool mail_address_good(struct text address)
{
	size_t at = 0, ats = 0;

	for (size_t i = 0; i < address.n; i++) {
		char c = address.p[i];
		if (c <= ' ' || c > '~' || strchr("<>()[]\\,;:\"", c))
			return false;
		if (c == '@') {
			at = i;
			ats++;
		}
	}
	return ats == 1 && at > 0 && at + 1 < address.n && address.p[0] != '-';
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static void add(struct buffer *out, const char *text)
{
	buffer_add(out, text, strlen(text));
}

static void add_base64(struct buffer *out, const char *p, size_t n)
{
	char line[LINE_TEXT];

	sodium_bin2base64(
		line, sizeof(line), (const uint8_t *)p, n, sodium_base64_VARIANT_ORIGINAL);
	add(out, line);
}

static bool is_ascii(struct text text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!isascii((unsigned char)text.p[i]) || iscntrl((unsigned char)text.p[i]))
			return false;
	return true;
}

/* RFC 2047: encoded words of at most 75 characters, none of which splits a character. */
static void add_words(struct buffer *out, struct text text)
{
	if (is_ascii(text)) {
		buffer_add(out, text.p, text.n);
		return;
	}
	for (size_t at = 0; at < text.n;) {
		size_t n = text.n - at < WORD_BYTES ? text.n - at : WORD_BYTES;
		while (at + n < text.n && n > 1 && ((unsigned char)text.p[at + n] & 0xc0) == 0x80)
			n--;
		add(out, at ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
		add_base64(out, text.p + at, n);
		add(out, "?=");
		at += n;
	}
}

static void add_date(struct buffer *out, int64_t now)
{
	static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int64_t date = date_of_days(now / MS_PER_DAY), second = now / MS_PER_SECOND % 86400;
	char text[64];

	snprintf(text, sizeof(text), "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n",
		days[date_weekday(date) - 1], (int)(date % 100), months[date / 100 % 100 - 1],
		(int)(date / 10000), (int)(second / 3600), (int)(second / 60 % 60),
		(int)(second % 60));
	add(out, text);
}

/* Text lines end with CRLF before they are encoded (RFC 2045 section 6.8). */
static void add_body(struct buffer *out, struct text body)
{
	struct buffer text;

	buffer_init(&text, (size_t)2 * body.n + 2);
	for (size_t i = 0; i < body.n; i++) {
		if (body.p[i] == '\n')
			buffer_add(&text, "\r", 1);
		buffer_add(&text, &body.p[i], 1);
	}
	for (size_t at = 0; at < text.n; at += LINE_BYTES) {
		size_t left = text.n - at;
		add_base64(out, (const char *)text.p + at, left < LINE_BYTES ? left : LINE_BYTES);
		add(out, "\r\n");
	}
	out->failed |= text.failed;
	buffer_done(&text);
}

/* ---- the whole ------------------------------------------------------------------------------- */

void mail_compose(const struct notification_settings *settings, const struct message_view *message,
	int64_t now, struct buffer *out)
{
	const char *domain = strchr(settings->sender, '@');
	char id[UUID_TEXT_BYTES];

	uuid_format(message->message, id);
	add(out, "From: ");
	add_words(out, text_of(settings->sender_name));
	add(out, " <");
	add(out, settings->sender);
	add(out, ">\r\nTo: <");
	buffer_add(out, message->address.p, message->address.n);
	add(out, ">\r\nSubject: ");
	add_words(out, message->subject);
	add(out, "\r\n");
	add_date(out, now);
	add(out, "Message-ID: <");
	add(out, id);
	add(out, domain ? domain : "@localhost");
	add(out, ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		 "Content-Type: text/plain; charset=utf-8\r\nContent-Language: ");
	add(out, enum_word(words_tongue, message->language));
	add(out, "\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	add_body(out, message->body);
}
