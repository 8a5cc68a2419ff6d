/* The spool: a directory from which the municipality's own programs take Digital Post and letters.
 * A file appears whole or not at all, under the message's id. */
#ifndef SERVICES_NOTIFICATION_SPOOL_H
#define SERVICES_NOTIFICATION_SPOOL_H

#include "services/notification/settings.h"
#include "services/notification/trees.h"

/* Makes DIR, DIR/digital_post and DIR/letter (0700) where they are missing. */
enum err spool_open(const char *dir, struct reason *reason) MUST_USE;

/* Writes DIR/<channel>/<message>.json (0600), flushed; a file of that name is replaced by the same
 * content. ERR_SYSTEM: not written. */
enum err spool_write(const char *dir, const struct message_view *message, int64_t now,
	struct arena *arena) MUST_USE;

/* Overwrites and removes that message's file, if it is still there. ERR_SYSTEM: it may be. */
enum err spool_remove(const char *dir, struct uuid message) MUST_USE;

#endif
