/* Help on the command line; writes to standard output. */
#include "services/oneplanctl/help.h"

#include <stdio.h>
#include <string.h>

#include "services/oneplanctl/nearest.h"

enum { WIDTH = 28, LINE = 100 };

size_t command_words(const struct command *command)
{
	return strchr(command->name, ' ') ? 2 : 1;
}

const struct command *command_find(const char *const *words)
{
	for (size_t i = 0; i < n_commands; i++) {
		const char *name = commands[i].name;
		size_t n = strcspn(name, " ");
		if (strlen(words[0]) != n || memcmp(words[0], name, n) != 0)
			continue;
		if (!name[n] || (words[1] && strcmp(words[1], name + n + 1) == 0))
			return &commands[i];
	}
	return NULL;
}

const char *command_nearest(const char *const *words)
{
	char two[2 * NEAREST_LONGEST];
	struct nearest one = {.word = words[0]}, both = {.word = two};

	snprintf(two, sizeof(two), "%s %s", words[0], words[1] ? words[1] : "");
	for (size_t i = 0; i < n_commands; i++)
		nearest_try(command_words(&commands[i]) == 2 ? &both : &one, commands[i].name);
	return one.best && (!both.best || one.distance <= both.distance) ? one.best : both.best;
}

/* Words up to `end`, broken between them; further lines are indented, and the first one is already.
 */
static void print_words(const char *text, const char *end, size_t indent)
{
	size_t at = indent;

	while (text < end) {
		size_t n = strcspn(text, " \n");
		bool first = at == indent;
		if (!first && at + 1 + n > LINE) {
			printf("\n%*s", (int)indent, "");
			at = indent;
			first = true;
		}
		at += n + !first;
		printf("%s%.*s", first ? "" : " ", (int)n, text);
		text += n + (text[n] != '\0');
	}
	putchar('\n');
}

/* Paragraphs, an empty line between; one that begins with a space is an example and stays as it is.
 */
static void print_prose(const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\n\n");
		end = end ? end : text + strlen(text);
		if (*text == ' ')
			printf("%.*s\n", (int)(end - text), text);
		else
			print_words(text, end, 0);
		if (*end)
			putchar('\n');
		text = *end ? end + 2 : end;
	}
}

static void print_options(const char *title, const struct option_row *options)
{
	char name[64];

	if (!options)
		return;
	printf("\n%s\n", title);
	for (; options->name; options++) {
		snprintf(name, sizeof(name), "--%s%s%s", options->name, options->value ? " " : "",
			options->value ? options->value : "");
		printf("  %-*s ", WIDTH - 2, name);
		print_words(
			options->meaning, options->meaning + strlen(options->meaning), WIDTH + 1);
	}
}

static void print_codes(void)
{
	printf("\nexit codes, the same of all commands\n");
#define X(name, code, meaning) printf("%4d  %s\n", code, meaning);
	CTL_EXITS(X)
#undef X
}

void help_all(void)
{
	printf("oneplanctl: the operators' tool of a oneplan town\n\n"
	       "usage: oneplanctl [options] COMMAND [arguments]\n\ncommands\n");
	for (size_t i = 0; i < n_commands; i++) {
		char name[64];
		snprintf(name, sizeof(name), "%s %s", commands[i].name, commands[i].arguments);
		printf("  %-*s %s\n", WIDTH - 2, name, commands[i].line);
	}
	print_options("options of every command", global_options);
	print_codes();
	printf("\n`oneplanctl COMMAND --help` says more.\n");
}

void help_command(const struct command *command)
{
	printf("oneplanctl %s: %s\n\nusage: oneplanctl [options] %s %s%s\n\n", command->name,
		command->line, command->name, command->arguments,
		command->options ? (*command->arguments ? " [options]" : "[options]") : "");
	print_prose(command->help);
	print_options("options", command->options);
	print_options("options of every command", global_options);
	print_codes();
}
