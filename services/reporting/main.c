/* oneplan-reporting: the daemon of figures. It follows the other nodes, keeps facts without
 * identities and answers with reports. */
#include "common/daemon.h"
#include "services/reporting/reporting.h"
#include "services/reporting/settings.h"

static enum err ready(void *settings, const char *dir, struct reason *reason)
{
	(void)dir;
	return reporting_settings_check(settings, reason);
}

int main(int argc, char **argv)
{
	const struct daemon_program program = {.name = "oneplan-reporting",
		.summary = "figures: who asked, how long people waited, which promises were kept",
		.service = &reporting_service,
		.settings = reporting_settings_table,
		.n_settings = n_reporting_settings,
		.settings_bytes = sizeof(struct reporting_settings),
		.ready = ready};

	return daemon_main(argc, argv, &program);
}
