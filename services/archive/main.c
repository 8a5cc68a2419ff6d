/* oneplan-archive: the continuous backup. It follows all other nodes, is followed by none, keeps
 * every record as its owner has stored it, and has no key to open any. */
#include "services/archive/archive.h"

int main(int argc, char **argv)
{
	const struct daemon_program program = archive_program();

	return daemon_main(argc, argv, &program);
}
