/* oneplan-portal: the pages for people. */
#include "services/portal/portal.h"

int main(int argc, char **argv)
{
	return portal_main(argc, argv);
}
