/* What the manual pages are made of: text in mdoc, and the tables of the programs. */
#ifndef DEPLOY_MAN_MAN_H
#define DEPLOY_MAN_MAN_H

#include <stdbool.h>

/* All write to standard output. */

/* Text on lines of their own: what mdoc takes for itself is hidden from it, `words` are bold. */
void man_text(const char *text);
/* Paragraphs, an empty line between; lines that begin with two spaces are an example. */
void man_prose(const char *text);
/* A word as an argument of a macro. */
void man_word(const char *text);

/* What stands for @NAME in a template; program: whose page it is (oneplan-intake, oneplanctl).
 * False: there is no such thing. */
bool man_ctl(const char *name);
bool man_settings(const char *name);
bool man_diagnostics(const char *name, const char *program);
/* References to the pages of all daemons. */
void man_see_daemons(void);

#endif
