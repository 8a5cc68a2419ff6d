/* What other hosts of a town need to know of some nodes: names, addresses and public keys, in a
 * file of town.ini's form that may be sent by any way; and its fingerprint, which is compared by
 * voice. */
#ifndef SERVICES_ONEPLANCTL_TOWN_CARD_H
#define SERVICES_ONEPLANCTL_TOWN_CARD_H

#include "common/town.h"

/* Four groups of four characters, none of which is taken for another one; 80 bits. */
enum { CARD_PRINT_BYTES = 20 };

/* Over names, roles, departments, addresses and keys, whatever their order. */
void card_fingerprint(const struct town *nodes, char ret[CARD_PRINT_BYTES]);
/* As people write it: blanks, dashes and small letters do not matter. */
bool card_is_fingerprint(const char *said, const char print[CARD_PRINT_BYTES]);

/* NULL: out of memory. */
const char *card_text(struct arena *arena, const struct town *nodes);
/* A new file; the same text is there already: nothing is done. ERR_CONFLICT: another text is. */
enum err card_write(const char *path, const char *text, struct reason *reason) MUST_USE;

#endif
