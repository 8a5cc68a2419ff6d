/* Files that hold a secret: where they are and whether they are kept as they should be. A secret
 * that the service manager hands over (a credential, systemd.exec(5)) goes before the file of the
 * same name that the settings name. */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include "common/err.h"

enum { SECRET_PATH_BYTES = 4096 };

/* path: as it stands in the settings, relative to dir. An empty one stays empty. */
void secret_path(const char *dir, const char *path, char ret[SECRET_PATH_BYTES]);
/* ERR_SYSTEM: it cannot be read; ERR_INVALID: others can read it too. A credential is guarded by
 * the directory that it lies in. *ret_fd is the caller's. */
enum err secret_open(const char *path, int *ret_fd, struct reason *reason) MUST_USE;

#endif
