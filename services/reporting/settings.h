/* What a town sets for its reporting node: section [reporting]. */
#ifndef SERVICES_REPORTING_SETTINGS_H
#define SERVICES_REPORTING_SETTINGS_H

#include "common/schema.h"
#include "common/settings.h"

struct reporting_settings {
	int64_t suppress_below;       /* counts from 1 to below are hidden; 0: none */
	int64_t suppress_period_days; /* an undivided report of so many days hides nothing */
	int64_t price_face_to_face;   /* whole kroner a person and year; 0: not set */
	int64_t price_course;
	const char *prices_of; /* 2026-01-01; empty: not set */
};

extern const struct setting reporting_settings_table[];
extern const size_t n_reporting_settings;

/* ERR_INVALID naming reporting.prices_of: a date, needed with a price. */
enum err reporting_settings_check(
	const struct reporting_settings *settings, struct reason *reason) MUST_USE;

#endif
