/* The daemon of the archive as a table: its service. Touches nothing. */
#include "services/archive/archive.h"

struct daemon_program archive_program(void)
{
	return (struct daemon_program){.name = "oneplan-archive",
		.summary = "the continuous backup: every journal as it is stored, sealed",
		.service = &archive_service};
}
