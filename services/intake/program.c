/* The daemon of the entrance as a table: its service, its settings and the town's key. Reads the
 * file of that key. */
#include "services/intake/intake.h"

#include "common/keyring.h"
#include "common/secret.h"
#include "services/intake/settings.h"

/* The town's key for looking up citizens by number has the form of a master key file. */
static enum err ready(void *settings, const char *dir, struct reason *reason)
{
	struct intake_settings *intake = settings;
	char path[SECRET_PATH_BYTES];

	enum err err = intake_settings_check(intake, reason);
	if (err)
		return err;
	secret_path(dir, intake->town_key_file, path);
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
