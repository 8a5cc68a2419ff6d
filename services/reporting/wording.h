/* What people read of a report, in English and in Danish. */
#ifndef SERVICES_REPORTING_WORDING_H
#define SERVICES_REPORTING_WORDING_H

#include "proto/reporting.h"

struct wording {
	const char *en;
	const char *da;
};

/* No language is English. */
const char *wording_pick(enum report_language language, const char *en, const char *da);
const char *wording_in(struct wording wording, enum report_language language);

/* A word of an enumeration by which reports are divided; NULL: it has no Danish. */
const char *danish_of_word(enumeration_fn *words, uint32_t number);
/* The departments of the default town; NULL: another one, which is called as it is set. */
const char *danish_of_department(const char *name);

#endif
