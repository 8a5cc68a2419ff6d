/* The archive: an unfiltered copy of every journal, sealed as its owner sealed it. */
#ifndef SERVICES_ARCHIVE_ARCHIVE_H
#define SERVICES_ARCHIVE_ARCHIVE_H

#include "common/daemon.h"
#include "common/service.h"

extern const struct service archive_service;
/* The daemon around it. */
struct daemon_program archive_program(void);

#endif
