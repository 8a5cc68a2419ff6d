/* --help, made from the table of commands. */
#ifndef SERVICES_ONEPLANCTL_HELP_H
#define SERVICES_ONEPLANCTL_HELP_H

#include "services/oneplanctl/ctl.h"

/* The command that the words begin with (words ends with NULL); NULL: none. */
const struct command *command_find(const char *const *words);
/* The name of the command that may have been meant; NULL: nothing is near. */
const char *command_nearest(const char *const *words);
/* How many words its name has. */
size_t command_words(const struct command *command);

/* Both write to standard output. */
void help_all(void);
void help_command(const struct command *command);

#endif
