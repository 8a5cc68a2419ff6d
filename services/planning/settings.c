/* The settings of a department's node. Touches nothing. */
#include "services/planning/settings.h"

#include <string.h>

const struct setting planning_settings_table[] = {
	{"planning", "department", SETTING_TEXT, offsetof(struct planning_settings, department),
		NULL, 1, DEPARTMENT_BYTES,
		"the department; the node's name is planning. and this, such as planning.family"},
	{"planning", "consent_age", SETTING_MS, offsetof(struct planning_settings, consent_age_ms),
		"24h", 60 * 1000, INT64_C(31) * 24 * 3600 * 1000,
		"when the entrance was not heard from for so long, nothing is told on consent "
		"until "
		"it is"},
};
const size_t n_planning_settings =
	sizeof(planning_settings_table) / sizeof(planning_settings_table[0]);

enum err planning_settings_check(const struct planning_settings *settings, struct reason *reason)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	if (strspn(settings->department, allowed) != strlen(settings->department))
		return reason_set(reason, ERR_INVALID, "planning.department",
			"must be of letters, digits, - and _");
	return ERR_OK;
}
