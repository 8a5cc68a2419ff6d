/* The settings file of a portal, and its key pair. */
#ifndef SERVICES_PORTAL_SETTINGS_H
#define SERVICES_PORTAL_SETTINGS_H

#include "common/bus.h"
#include "common/settings.h"

struct portal_settings {
	struct arena arena;
	char *dir; /* of the settings file: relative paths start there */
	const char *name, *listen, *state, *key_file, *town, *operators, *web, *log_level, *title;
	int64_t idle_ms, absolute_ms, answer_ms, refresh_ms;
	int64_t login_tries, login_tries_of_address, login_window_ms;
	bool behind_proxy;
	char public_key[BUS_KEY_BYTES], secret_key[BUS_KEY_BYTES];
};

/* Everything lies in settings->arena, to be given back with settings_done also after an error. */
enum err portal_settings_load(
	struct portal_settings *settings, const char *path, struct reason *reason) MUST_USE;
/* The key file again; on an error the pair stays as it was. */
enum err portal_settings_read_keys(
	struct portal_settings *settings, struct reason *reason) MUST_USE;
void portal_settings_done(struct portal_settings *settings);
const struct setting *portal_settings_table(size_t *ret_n);
void portal_settings_describe(struct buffer *out);

#endif
