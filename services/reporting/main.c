/* oneplan-reporting: the daemon of figures. It follows the other nodes, keeps facts without
 * identities and answers with reports. */
#include "common/daemon.h"
#include "services/reporting/reporting.h"

int main(int argc, char **argv)
{
	const struct daemon_program program = {.name = "oneplan-reporting",
		.summary = "figures: who asked, how long people waited, which promises were kept",
		.service = &reporting_service};

	return daemon_main(argc, argv, &program);
}
