/* Nodes say why a queue goes as it does in English; people read it in their own language. */
#ifndef SERVICES_PORTAL_REASONS_H
#define SERVICES_PORTAL_REASONS_H

#include "common/schema.h"
#include "services/portal/texts.h"

/* The sentence in that language; NULL: it is not known there (or there is no memory), and is to be
 * shown as it was said. */
const char *reason_in(struct arena *arena, struct text said, enum language language);

#endif
