/* Writes text as mdoc has it (mdoc(7), groff_char(7)) to standard output. */
#include <stdio.h>
#include <string.h>

#include "deploy/man/man.h"

/* bold: in the middle of something between backquotes */
static void put_char(const char *at, bool *bold)
{
	if (*at == '\\')
		fputs("\\e", stdout);
	else if (*at == '-')
		fputs("\\-", stdout);
	else if (*at == '\'')
		fputs("\\(aq", stdout);
	else if (*at == '`') {
		fputs(*bold ? "\\fP" : "\\fB", stdout);
		*bold = !*bold;
	} else
		putchar(*at);
}

static void put_line(const char *text, size_t n, bool *bold)
{
	if (*text == '.')
		fputs("\\&", stdout);
	for (size_t i = 0; i < n; i++)
		put_char(text + i, bold);
	putchar('\n');
}

/* A sentence ends a line: mdoc spaces it itself. */
static void put_sentences(const char *text, size_t n)
{
	bool bold = false;
	size_t from = 0;

	for (size_t i = 0; i + 1 < n; i++)
		if (strchr(".?!", text[i]) && text[i + 1] == ' ' && i > from) {
			put_line(text + from, i + 1 - from, &bold);
			from = i + 2;
			i++;
		}
	if (n > from)
		put_line(text + from, n - from, &bold);
}

void man_text(const char *text)
{
	put_sentences(text, strlen(text));
}

static void put_example(const char *text, size_t n)
{
	bool bold = false;

	puts(".Bd -literal -offset indent");
	for (size_t at = 0; at < n;) {
		const char *line = text + at;
		size_t length = 0;
		while (at + length < n && line[length] != '\n')
			length++;
		size_t spaces = length > 2 ? 2 : 0;
		put_line(line + spaces, length - spaces, &bold);
		at += length + 1;
	}
	puts(".Ed");
}

void man_prose(const char *text)
{
	bool first = true;
	char flat[4096];

	while (*text) {
		const char *end = strstr(text, "\n\n");
		size_t n = end ? (size_t)(end - text) : strlen(text);
		bool example = text[0] == ' ';
		if (!example && !first)
			puts(".Pp");
		if (example)
			put_example(text, n);
		else {
			snprintf(flat, sizeof(flat), "%.*s", (int)n, text);
			for (char *p = flat; *p; p++)
				*p = *p == '\n' ? ' ' : *p;
			man_text(flat);
		}
		first = false;
		text += end ? n + 2 : n;
	}
}

void man_word(const char *text)
{
	bool bold = false;

	fputs("\\&", stdout); /* so that no word is taken for a macro */
	for (; *text; text++)
		if (*text == ' ')
			fputs(" \\&", stdout);
		else if (*text == '|')
			fputs("\\(ba", stdout);
		else
			put_char(text, &bold);
}
