/* One line of an import: {"command": ..., "at": ..., "by": ..., "with": {...}}. */
#ifndef SERVICES_ONEPLANCTL_IMPORT_LINE_H
#define SERVICES_ONEPLANCTL_IMPORT_LINE_H

#include "common/node.h"

struct import_line {
	const char *role;            /* given by the caller */
	const struct schema *schema; /* of the command */
	void *with;                  /* the command, a struct of that schema */
	int64_t at;                  /* when the fact happened */
	struct actor by;
	struct uuid key; /* the same line has the same key, so importing it twice changes nothing */
};

/* Reads a line (without its end) for a node of ret->role; texts lie in the arena. The reason's
 * field is a member of the line, such as `with.life_areas[1]`. */
enum err import_line_parse(struct text line, struct arena *arena, struct import_line *ret,
	struct reason *reason) MUST_USE;

#endif
