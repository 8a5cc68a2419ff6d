/* oneplan-planning: the daemon of one department. It owns the department's part of the citizens'
 * plans; intake and the other departments follow it, and it follows them. */
#include "services/planning/planning.h"

int main(int argc, char **argv)
{
	const struct daemon_program program = planning_program();

	return daemon_main(argc, argv, &program);
}
