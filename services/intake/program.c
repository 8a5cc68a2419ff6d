/* The daemon of the entrance as a table: its service, its settings and the town's key. Reads the
 * file of that key. */
#include "services/intake/intake.h"

#include <stdio.h>
#include <string.h>

#include "common/keyring.h"
#include "services/intake/settings.h"

/* The town's key for looking up citizens by number has the form of a master key file. */
static enum err ready(void *settings, const char *dir, struct reason *reason)
{
	struct intake_settings *intake = settings;
	char path[4096];

	enum err err = intake_settings_check(intake, reason);
	if (err)
		return err;
	bool absolute = intake->town_key_file[0] == '/';
	snprintf(path, sizeof(path), "%s%s%s", absolute ? "" : dir, absolute ? "" : "/",
		intake->town_key_file);
	return keyring_read_master(path, intake->town_key, reason);
}

struct daemon_program intake_program(void)
{
	return (struct daemon_program){.name = "oneplan-intake",
		.summary = "the entrance: receives inquiries, promises first talks, keeps the "
			   "promises",
		.service = &intake_service,
		.settings = intake_settings_table,
		.n_settings = n_intake_settings,
		.settings_bytes = sizeof(struct intake_settings),
		.ready = ready};
}
