/* The command `completion`: a script for the shell, made from the table of commands; writes to
 * standard output. */
#include <stdio.h>
#include <string.h>

#include "services/oneplanctl/ctl.h"
#include "services/oneplanctl/help.h"

/* What does not depend on the table. Words are looked at up to the cursor; `=` stands alone in
 * them. */
static const char script[] =
	"_oneplanctl_nodes() { # of the town\n"
	"	sed -n 's/^\\[node\\.\\(.*\\)\\]$/\\1/p' \"$1/town.ini\" 2>/dev/null\n"
	"}\n"
	"\n"
	"_oneplanctl_queues() { # of the town\n"
	"	local node\n"
	"	for node in $(_oneplanctl_nodes \"$1\"); do\n"
	"		echo \"link/$node from/$node quarantine/$node\"\n"
	"	done\n"
	"	echo outbox/email outbox/sms outbox/digital_post outbox/letter\n"
	"}\n"
	"\n"
	"_oneplanctl_kind() { # kind of word as --help has it, town, first argument: what it can "
	"be\n"
	"	local kind=${1//[][.]/} word key\n"
	"	for word in ${kind//|/ }; do\n"
	"		case $word in\n"
	"		NODE | OWNER | FOLLOWER) _oneplanctl_nodes \"$2\" ;;\n"
	"		CLIENT) for key in \"$2\"/keys/*.key; do basename \"$key\" .key; done ;;\n"
	"		QUEUE) _oneplanctl_queues \"$2\" ;;\n"
	"		COMMAND) \"${COMP_WORDS[0]}\" --town \"$2\" call \"$3\" --list 2>/dev/null "
	"|\n"
	"			sed -n 's/^  *\\([a-z_][a-z_]*\\) .*/\\1/p' ;;\n"
	"		R1) echo R{1..9} ;;\n"
	"		[a-z]*) echo \"$word\" ;;\n"
	"		esac\n"
	"	done\n"
	"}\n"
	"\n"
	"_oneplanctl_offer() { # kind, town, first argument, what is there: fills COMPREPLY\n"
	"	case ${1//[][.]/} in\n"
	"	DIR) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "
	"\"$4\") ;;\n"
	"	FILE*) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "
	"\"$4\") ;;\n"
	"	*) mapfile -t COMPREPLY < <(compgen -W \"$(_oneplanctl_kind \"$1\" \"$2\" "
	"\"$3\")\" -- \"$4\") ;;\n"
	"	esac\n"
	"}\n"
	"\n"
	"_oneplanctl() {\n"
	"	local town=${ONEPLAN_TOWN:-./run} command='' first='' "
	"current=${COMP_WORDS[COMP_CWORD]}\n"
	"	local i word value option='' arguments=() kinds=()\n"
	"	[ \"$current\" != = ] || current=''\n"
	"	COMPREPLY=()\n"
	"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"		word=${COMP_WORDS[i]}\n"
	"		if [ -n \"$option\" ]; then\n"
	"			[ \"$word\" != = ] || continue\n"
	"			[ \"$option\" != --town ] || town=$word\n"
	"			option=''\n"
	"		elif [[ $word == --* ]]; then\n"
	"			_oneplanctl_value \"$command\" \"$word\" >/dev/null && "
	"option=$word\n"
	"		elif [ -z \"$command\" ]; then\n"
	"			if _oneplanctl_arguments \"${first:+$first }$word\" >/dev/null; "
	"then\n"
	"				command=\"${first:+$first }$word\"\n"
	"			else\n"
	"				first=$word\n"
	"			fi\n"
	"		else\n"
	"			arguments+=(\"$word\")\n"
	"		fi\n"
	"	done\n"
	"	if [ -n \"$option\" ]; then\n"
	"		_oneplanctl_offer \"$(_oneplanctl_value \"$command\" \"$option\")\" "
	"\"$town\" '' "
	"\"$current\"\n"
	"	elif [[ $current == --* ]]; then\n"
	"		mapfile -t COMPREPLY < <(compgen -W \"$(_oneplanctl_options "
	"\"$command\")\" -- "
	"\"$current\")\n"
	"	elif [ -z \"$command\" ]; then\n"
	"		mapfile -t COMPREPLY < <(compgen -W \"$(_oneplanctl_words \"$first\")\" -- "
	"\"$current\")\n"
	"	else\n"
	"		read -ra kinds < <(_oneplanctl_arguments \"$command\")\n"
	"		i=${#arguments[@]}\n"
	"		value=${kinds[i]:-}\n"
	"		[ -n \"$value\" ] || [ \"${#kinds[@]}\" = 0 ] || [[ ${kinds[-1]} != *...* "
	"]] || "
	"value=${kinds[-1]}\n"
	"		_oneplanctl_offer \"$value\" \"$town\" \"${arguments[0]:-}\" \"$current\"\n"
	"	fi\n"
	"}\n"
	"complete -F _oneplanctl oneplanctl\n";

/* Of what stands between apostrophes in the script, none is one. */
static void print_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
	putchar('\'');
}

static void print_arguments(void)
{
	printf("_oneplanctl_arguments() { # command: what it takes; fails when there is none\n"
	       "	case $1 in\n");
	for (size_t i = 0; i < n_commands; i++) {
		printf("	");
		print_quoted(commands[i].name);
		printf(") echo ");
		print_quoted(commands[i].arguments);
		printf(" ;;\n");
	}
	printf("	*) return 1 ;;\n	esac\n}\n\n");
}

static void print_option_names(const struct option_row *row)
{
	for (; row && row->name; row++)
		printf(" --%s", row->name);
}

static void print_options(void)
{
	printf("_oneplanctl_options() { # command: its options, and those of all\n"
	       "	case $1 in\n");
	for (size_t i = 0; i < n_commands; i++) {
		if (!commands[i].options)
			continue;
		printf("	");
		print_quoted(commands[i].name);
		printf(") echo");
		print_option_names(commands[i].options);
		printf(" ;;\n");
	}
	printf("	esac\n	echo");
	print_option_names(global_options);
	printf("\n}\n\n");
}

static void print_values_of(const char *command, const struct option_row *row)
{
	for (; row && row->name; row++) {
		if (!row->value)
			continue;
		printf("	");
		if (command)
			print_quoted(command);
		else
			putchar('*');
		printf("' --%s') echo ", row->name);
		print_quoted(row->value);
		printf(" ;;\n");
	}
}

static void print_values(void)
{
	printf("_oneplanctl_value() { # command, option: what its value is; fails when it takes "
	       "none\n"
	       "	case \"$1 $2\" in\n");
	print_values_of(NULL, global_options);
	for (size_t i = 0; i < n_commands; i++)
		print_values_of(commands[i].name, commands[i].options);
	printf("	*) return 1 ;;\n	esac\n}\n\n");
}

/* The first words of all commands, and the second ones behind each first. */
static void print_words(void)
{
	printf("_oneplanctl_words() { # the first word of a command, if there is one: how it goes "
	       "on\n"
	       "	case $1 in\n	'' | help) echo help");
	for (size_t i = 0; i < n_commands; i++)
		printf(" %.*s", (int)strcspn(commands[i].name, " "), commands[i].name);
	printf(" ;;\n");
	for (size_t i = 0; i < n_commands; i++) {
		const char *second = strchr(commands[i].name, ' ');
		if (second)
			printf("	%.*s) echo%s ;;&\n", (int)(second - commands[i].name),
				commands[i].name, second);
	}
	printf("	esac\n}\n\n");
}

int command_completion(struct ctl *ctl, const struct arguments *arguments)
{
	if (strcmp(arguments->words[0], "bash") != 0)
		return ctl_fail_usage(ctl, arguments->words[0], "must be bash");
	printf("# bash completion of oneplanctl, made by `oneplanctl completion bash`\n"
	       "# shellcheck shell=bash\n\n");
	print_arguments();
	print_options();
	print_values();
	print_words();
	return fputs(script, stdout) < 0 ? CTL_SYSTEM : CTL_DONE;
}
