/* oneplan-notification: the daemon that tells people what they need to know. It follows the
 * entrance and the departments, keeps the outbox, and hands messages to mail server, gateway and
 * spool. */
#include "services/notification/notification.h"

int main(int argc, char **argv)
{
	const struct daemon_program program = notification_program();

	return daemon_main(argc, argv, &program);
}
