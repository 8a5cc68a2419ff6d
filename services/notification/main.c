/* oneplan-notification: the daemon that tells people what they need to know. It follows the
 * entrance and the departments, keeps the outbox, and hands messages to mail server, gateway and
 * spool. */
#include "common/daemon.h"
#include "services/notification/effects.h"
#include "services/notification/notification.h"
#include "services/notification/settings.h"

static enum err ready(void *settings, const char *dir, struct reason *reason)
{
	enum err err = notification_settings_check(settings, reason);

	return err ? err : notification_settings_read(settings, dir, reason);
}

int main(int argc, char **argv)
{
	const struct daemon_program program = {.name = "oneplan-notification",
		.summary = "tells people what they need to know, and asks a person where it cannot",
		.service = &notification_service,
		.settings = notification_settings_table,
		.n_settings = n_notification_settings,
		.settings_bytes = sizeof(struct notification_settings),
		.ready = ready,
		.effects = &notification_effects};

	return daemon_main(argc, argv, &program);
}
