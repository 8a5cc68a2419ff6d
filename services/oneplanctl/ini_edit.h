/* Small changes to a settings file that people wrote: everything else stays as it is, comments and
 * order included. */
#ifndef SERVICES_ONEPLANCTL_INI_EDIT_H
#define SERVICES_ONEPLANCTL_INI_EDIT_H

#include "common/bytes.h"

/* key NULL: the whole section goes; value NULL: the key goes. A key that is not there is added at
 * the section's end; a section that is not there is not added. */
struct ini_change {
	const char *section;
	const char *key;
	const char *value;
};

/* The text with the change; the same pointer when nothing changed, NULL when the arena is full. */
const char *ini_change(struct arena *arena, const char *text, const struct ini_change *change);

/* The value of a key, NULL when it is not there. */
const char *ini_value(struct arena *arena, const char *text, const char *section, const char *key);

enum err ini_read(
	const char *path, struct arena *arena, const char **ret, struct reason *reason) MUST_USE;
/* In a new file that takes the old one's place, flushed. */
enum err ini_write(const char *path, const char *text, struct reason *reason) MUST_USE;

#endif
