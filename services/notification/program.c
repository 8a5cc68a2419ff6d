/* The daemon that tells people as a table: its service, its settings and its effects. Reads the
 * files of secrets that the settings name. */
#include "services/notification/notification.h"

#include "services/notification/effects.h"
#include "services/notification/settings.h"

static enum err ready(void *settings, const char *dir, struct reason *reason)
{
	enum err err = notification_settings_check(settings, reason);

	return err ? err : notification_settings_read(settings, dir, reason);
}

struct daemon_program notification_program(void)
{
	return (struct daemon_program){.name = "oneplan-notification",
		.summary = "tells people what they need to know, and asks a person where it cannot",
		.service = &notification_service,
		.settings = notification_settings_table,
		.n_settings = n_notification_settings,
		.settings_bytes = sizeof(struct notification_settings),
		.ready = ready,
		.effects = &notification_effects};
}
