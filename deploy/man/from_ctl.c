/* The commands, options, exit codes and errors of oneplanctl, as mdoc; writes to standard output.
 */
#include <stdio.h>
#include <string.h>

#include "deploy/man/man.h"
#include "services/oneplanctl/ctl.h"

static void print_options(const struct option_row *row)
{
	for (; row && row->name; row++) {
		fputs(".It Fl Fl ", stdout);
		man_word(row->name);
		if (row->value) {
			fputs(" Ar ", stdout);
			man_word(row->value);
		}
		putchar('\n');
		man_text(row->meaning);
	}
}

static void print_command(const struct command *command)
{
	fputs(".It Cm ", stdout);
	man_word(command->name);
	if (*command->arguments) {
		fputs(" Ar ", stdout);
		man_word(command->arguments);
	}
	putchar('\n');
	printf("%c%s.\n",
		command->line[0] - ('a' <= command->line[0] && command->line[0] <= 'z' ? 32 : 0),
		command->line + 1);
	if (*command->help) {
		puts(".Pp");
		man_prose(command->help);
	}
	if (!command->options)
		return;
	puts(".Pp");
	puts(".Bl -tag -width Ds -compact");
	print_options(command->options);
	puts(".El");
}

static void print_commands(void)
{
	for (size_t i = 0; i < n_commands; i++)
		print_command(&commands[i]);
}

static void print_exits(void)
{
#define X(name, code, meaning)      \
	printf(".It %d\n", (code)); \
	man_text(meaning);
	CTL_EXITS(X)
#undef X
}

static void print_errors(void)
{
#define E(name, word, sentence, retry)                                 \
	if (ERR_##name != ERR_OK) {                                    \
		printf(".It ");                                        \
		man_word(word);                                        \
		putchar('\n');                                         \
		man_text(sentence);                                    \
		puts((retry) ? "; the same may succeed later." : "."); \
	}
	ERR_LIST(E)
#undef E
}

bool man_ctl(const char *name)
{
	if (strcmp(name, "options") == 0)
		print_options(global_options);
	else if (strcmp(name, "commands") == 0)
		print_commands();
	else if (strcmp(name, "exits") == 0)
		print_exits();
	else if (strcmp(name, "errors") == 0)
		print_errors();
	else
		return false;
	return true;
}
