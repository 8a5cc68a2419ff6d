/* The settings of all daemons and what they log, as mdoc; writes to standard output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy/man/man.h"
#include "services/archive/archive.h"
#include "services/intake/intake.h"
#include "services/notification/notification.h"
#include "services/planning/planning.h"
#include "services/portal/settings.h"
#include "services/reporting/reporting.h"

enum { PROGRAMS = 5 };

static struct daemon_program program_at(size_t i)
{
	static struct daemon_program (*const all[PROGRAMS])(void) = {archive_program,
		intake_program, notification_program, planning_program, reporting_program};

	return all[i]();
}

void man_see_daemons(void)
{
	puts(".Xr oneplan-settings 5 ,");
	for (size_t i = 0; i < PROGRAMS; i++)
		printf(".Xr %s 8%s\n", program_at(i).name, i + 1 < PROGRAMS ? " ," : "");
}

/* ---- settings -------------------------------------------------------------------------------- */

static void print_setting(const struct setting *row)
{
	char limits[128];

	settings_limits(row, limits);
	fputs(".It Va ", stdout);
	man_word(row->key);
	putchar('\n');
	man_text(row->meaning);
	printf("Takes %s", limits);
	if (!row->otherwise)
		puts("; required.");
	else if (!*row->otherwise)
		puts("; may be left out.");
	else {
		puts("; otherwise");
		fputs(".Li ", stdout);
		man_word(row->otherwise);
		puts(" .");
	}
}

static void print_section(const char *section)
{
	size_t n = strlen(section);
	bool repeated = n > 2 && strcmp(section + n - 2, ".*") == 0;

	printf(".Ss [%.*s%s]\n", (int)(repeated ? n - 1 : n), section, repeated ? "NAME" : "");
	if (repeated)
		puts("Once for each NAME.");
	puts(".Bl -tag -width Ds");
}

static void print_rows(const struct setting *table, size_t n)
{
	const char *section = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!section || strcmp(section, table[i].section) != 0) {
			if (section)
				puts(".El");
			section = table[i].section;
			print_section(section);
		}
		print_setting(&table[i]);
	}
	if (section)
		puts(".El");
}

static bool print_settings(const struct daemon_program *program, bool own)
{
	size_t n;
	struct setting *table = daemon_settings(program, &n);
	size_t every = n - program->n_settings;

	if (!table)
		return false;
	print_rows(own ? table + every : table, own ? program->n_settings : every);
	free(table);
	return true;
}

static bool print_services(void)
{
	for (size_t i = 0; i < PROGRAMS; i++) {
		const struct daemon_program program = program_at(i);
		if (program.n_settings == 0)
			continue;
		printf(".Sh SETTINGS OF %s\n", program.name);
		if (!print_settings(&program, true))
			return false;
	}
	return true;
}

bool man_settings(const char *name)
{
	const struct daemon_program first = program_at(0);
	size_t n;

	if (strcmp(name, "settings") == 0)
		return print_settings(&first, false);
	if (strcmp(name, "settings-of-services") == 0)
		return print_services();
	if (strcmp(name, "settings-of-portal") != 0)
		return false;
	const struct setting *table = portal_settings_table(&n);
	print_rows(table, n);
	return true;
}

/* ---- what is logged -------------------------------------------------------------------------- */

struct diagnostic {
	const char *program; /* notification, portal; node: every other, and notification, too */
	const char *event;
	const char *meaning;
};

static const struct diagnostic diagnostics[] = {
#define DIAGNOSTIC(program, event, meaning) {program, event, meaning},
#include "deploy/man/diagnostics.def"
#undef DIAGNOSTIC
};

bool man_diagnostics(const char *name, const char *program)
{
	if (strcmp(name, "diagnostics") != 0)
		return false;
	for (size_t i = 0; i < sizeof(diagnostics) / sizeof(diagnostics[0]); i++) {
		const struct diagnostic *row = &diagnostics[i];
		bool node = strcmp(row->program, "node") == 0 && !strstr(program, "portal");
		if (!node && !strstr(program, row->program))
			continue;
		fputs(".It ", stdout);
		man_word(row->event);
		putchar('\n');
		man_text(row->meaning);
	}
	return true;
}
