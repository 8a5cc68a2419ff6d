/* oneplan-reporting: the daemon of figures. It follows the other nodes, keeps facts without
 * identities and answers with reports. */
#include "services/reporting/reporting.h"

int main(int argc, char **argv)
{
	const struct daemon_program program = reporting_program();

	return daemon_main(argc, argv, &program);
}
