/* oneplanctl, the operators' tool: finds the command in the table and runs it. Reads the
 * environment, writes help to standard output. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "services/oneplanctl/ctl.h"
#include "services/oneplanctl/help.h"

#ifndef ONEPLAN_VERSION
#define ONEPLAN_VERSION "development"
#endif

enum { ARENA_BYTES = 512 * 1024 * 1024 };

/* NO_COLOR: no-color.org */
static enum err choose_colour(struct ctl *ctl, const char *when, struct reason *reason)
{
	const char *no_colour = getenv("NO_COLOR");

	if (!when || strcmp(when, "auto") == 0)
		ctl->colour = ctl->terminal && !(no_colour && *no_colour);
	else if (strcmp(when, "always") == 0)
		ctl->colour = true;
	else if (strcmp(when, "never") != 0)
		return reason_set(reason, ERR_INVALID, "--color", "must be auto, always or never");
	ctl->colour = ctl->colour && !ctl->json;
	return ERR_OK;
}

/* Where a source tree has its town, or else where packages have theirs. */
static const char *default_town(void)
{
	bool here = access("./run/town.ini", F_OK) == 0;

	return here || access("/etc/oneplan/town.ini", F_OK) ? "./run" : "/etc/oneplan";
}

static enum err take_globals(
	struct ctl *ctl, const struct arguments *arguments, struct reason *reason)
{
	const char *town = argument_text(arguments, "town");
	const char *environment = getenv("ONEPLAN_TOWN");

	ctl->town_dir = town ? town : environment && *environment ? environment : default_town();
	ctl->client = argument_text(arguments, "client");
	ctl->json = argument_flag(arguments, "json");
	ctl->help = argument_flag(arguments, "help");
	ctl->terminal = isatty(STDOUT_FILENO);
	enum err err = choose_colour(ctl, argument_text(arguments, "color"), reason);
	return err ? err : argument_ms(arguments, "timeout", &ctl->timeout_ms, reason);
}

/* Options are the same everywhere before the command is known, so what comes before it is passed
 * over by the global table only. */
static const char *const *find_command(const char *const *argv, const struct command **ret)
{
	for (const char *const *at = argv; *at; at++) {
		bool option = strncmp(*at, "--", 2) == 0;
		for (size_t i = 0; option && global_options[i].name; i++)
			if (global_options[i].value && !strcmp(*at + 2, global_options[i].name) &&
				at[1])
				at++;
		if (!option) {
			*ret = command_find(at);
			return at;
		}
	}
	return NULL;
}

static int run(struct ctl *ctl, const struct command *command, struct arguments *arguments)
{
	size_t words = command_words(command);
	struct reason reason = {0};

	if (take_globals(ctl, arguments, &reason))
		return ctl_fail_here(ctl, &reason);
	if (arguments->n_words < words)
		return ctl_fail_usage(ctl, command->name, "its words must stand together");
	arguments->n_words -= words;
	memmove(arguments->words, arguments->words + words,
		arguments->n_words * sizeof(arguments->words[0]));
	bool own_help = command->own_help_from && arguments->n_words >= command->own_help_from;
	if (ctl->help && !own_help) {
		help_command(command);
		return CTL_DONE;
	}
	if (arguments->n_words < command->min_words || arguments->n_words > command->max_words) {
		fprintf(stderr, "usage: oneplanctl %s %s\n", command->name, command->arguments);
		return ctl_fail_usage(ctl, command->name, "other arguments are needed; see --help");
	}
	return command->run(ctl, arguments);
}

static int fail_command(struct ctl *ctl, const char *const *words)
{
	const char *nearest = command_nearest(words);
	struct reason reason;

	if (nearest)
		(void)reason_set(&reason, ERR_INVALID, words[0],
			"is no command; did you mean `%s`?", nearest);
	else
		(void)reason_set(
			&reason, ERR_INVALID, words[0], "is no command; see oneplanctl --help");
	return ctl_fail_here(ctl, &reason);
}

/* No command: help, version, or a mistake. at: the first word that is no option; NULL: none */
static int run_none(struct ctl *ctl, const char *const *argv, const char *const *at)
{
	const char *word = at ? *at : NULL;
	struct arguments arguments;
	struct reason reason = {0};

	if (!word && arguments_parse(&(struct option_tables){global_options, NULL}, argv,
			     &arguments, &reason))
		return ctl_fail_here(ctl, &reason);
	if (!word && argument_flag(&arguments, "version")) {
		printf("oneplanctl %s\n", ONEPLAN_VERSION);
		return CTL_DONE;
	}
	if (word && strcmp(word, "help") != 0)
		return fail_command(ctl, at);
	if (word && at[1]) {
		const struct command *command = command_find(at + 1);
		if (!command)
			return fail_command(ctl, at + 1);
		help_command(command);
		return CTL_DONE;
	}
	help_all();
	return word || argument_flag(&arguments, "help") ? CTL_DONE : CTL_USAGE;
}

/* Also said before the arguments are understood, so that what is wrong with them is JSON, too. */
static bool wants_json(const char *const *argv)
{
	for (; *argv && strcmp(*argv, "--") != 0; argv++)
		if (strcmp(*argv, "--json") == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const struct command *command = NULL;
	struct ctl ctl = {.json = wants_json((const char *const *)argv)};
	struct arguments arguments;
	struct reason reason = {0};
	int code;

	signal(SIGPIPE, SIG_IGN);
	arena_init(&ctl.arena, ARENA_BYTES);
	const char *const *words = (const char *const *)(argc > 0 ? argv + 1 : argv);
	const char *const *at = find_command(words, &command);
	if (!command)
		code = run_none(&ctl, words, at);
	else if (arguments_parse(&(struct option_tables){global_options, command->options}, words,
			 &arguments, &reason))
		code = ctl_fail_here(&ctl, &reason);
	else
		code = run(&ctl, command, &arguments);
	/* the reader may stop when it has enough */
	if ((fflush(stdout) || ferror(stdout)) && code == CTL_DONE && errno != EPIPE &&
		!ctl.reader_gone) {
		perror("oneplanctl: standard output");
		code = CTL_SYSTEM;
	}
	arena_done(&ctl.arena);
	return code;
}
