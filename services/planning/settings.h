/* What a town sets for one department's node: section [planning]. */
#ifndef SERVICES_PLANNING_SETTINGS_H
#define SERVICES_PLANNING_SETTINGS_H

#include "common/schema.h"
#include "common/settings.h"

enum { DEPARTMENT_BYTES = 23 };

struct planning_settings {
	const char *department; /* the node's name is `planning.` and this */
	int64_t consent_age_ms; /* what is known of consents may be so old (I10) */
};

extern const struct setting planning_settings_table[];
extern const size_t n_planning_settings;

/* ERR_INVALID naming planning.department: letters, digits, `-` and `_` only. */
enum err planning_settings_check(
	const struct planning_settings *settings, struct reason *reason) MUST_USE;

#endif
