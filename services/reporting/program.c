/* The daemon of figures as a table: its service and its settings. Touches nothing. */
#include "services/reporting/reporting.h"

#include "services/reporting/settings.h"

static enum err ready(void *settings, const char *dir, struct reason *reason)
{
	(void)dir;
	return reporting_settings_check(settings, reason);
}

struct daemon_program reporting_program(void)
{
	return (struct daemon_program){.name = "oneplan-reporting",
		.summary = "figures: who asked, how long people waited, which promises were kept",
		.service = &reporting_service,
		.settings = reporting_settings_table,
		.n_settings = n_reporting_settings,
		.settings_bytes = sizeof(struct reporting_settings),
		.ready = ready};
}
