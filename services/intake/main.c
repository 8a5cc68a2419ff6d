/* oneplan-intake: the daemon of the entrance. It owns citizens, inquiries, slots, first talks and
 * promises; reporting and notification follow it. */
#include "services/intake/intake.h"

int main(int argc, char **argv)
{
	const struct daemon_program program = intake_program();

	return daemon_main(argc, argv, &program);
}
