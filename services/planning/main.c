/* oneplan-planning: the daemon of one department. It owns the department's part of the citizens'
 * plans; intake and the other departments follow it, and it follows them. */
#include "common/daemon.h"
#include "services/planning/planning.h"
#include "services/planning/settings.h"

static enum err ready(void *settings, const char *dir, struct reason *reason)
{
	(void)dir;
	return planning_settings_check(settings, reason);
}

int main(int argc, char **argv)
{
	const struct daemon_program program = {.name = "oneplan-planning",
		.summary = "one department's part of the plans: goals, measures, commitments",
		.service = &planning_service,
		.settings = planning_settings_table,
		.n_settings = n_planning_settings,
		.settings_bytes = sizeof(struct planning_settings),
		.ready = ready};

	return daemon_main(argc, argv, &program);
}
