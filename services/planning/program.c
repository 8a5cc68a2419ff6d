/* The daemon of a department as a table: its service and its settings. Touches nothing. */
#include "services/planning/planning.h"

#include "services/planning/settings.h"

static enum err ready(void *settings, const char *dir, struct reason *reason)
{
	(void)dir;
	return planning_settings_check(settings, reason);
}

struct daemon_program planning_program(void)
{
	return (struct daemon_program){.name = "oneplan-planning",
		.summary = "one department's part of the plans: goals, measures, commitments",
		.service = &planning_service,
		.settings = planning_settings_table,
		.n_settings = n_planning_settings,
		.settings_bytes = sizeof(struct planning_settings),
		.ready = ready};
}
