/* By what figures can be divided: the keys of an item, and the words for them. */
#ifndef SERVICES_REPORTING_GROUPINGS_H
#define SERVICES_REPORTING_GROUPINGS_H

#include "proto/reporting.h"
#include "services/reporting/walk.h"
#include "services/reporting/wording.h"

enum { GROUPING_KEYS_MAX = 32, MONTHS_MAX = 240 };

struct grouping {
	enum dimension dimension; /* dimension_none: everything is one group */
	struct wording title;
	enumeration_fn *words; /* keys are its numbers, 0: not known; NULL: keys are departments,
				  months yyyymm, or all 0 */
	bool overlapping;      /* an item may have several keys */
	size_t (*keys)(const struct item *item, int64_t ret[GROUPING_KEYS_MAX]);
	const struct departments *departments; /* of dimension_department, see grouping_in */
};

/* The one of a dimension; dimension_none has one too. */
const struct grouping *grouping_of(enum dimension dimension);

/* The same with the departments that there are; they must outlive it. */
struct grouping grouping_in(enum dimension dimension, const struct departments *departments);

/* `walk_in`, `2026-11`, `unknown`: what programs call a group. size 32. */
void grouping_key_word(const struct grouping *grouping, int64_t key, char ret[32]);
/* False: no key of this grouping is called so. */
bool grouping_key_of(const struct grouping *grouping, struct text word, int64_t *ret_key);
/* `Walk in`, `Personligt fremmøde`: what people call it. size 48. */
void grouping_label(
	const struct grouping *grouping, int64_t key, enum report_language language, char ret[48]);

/* Months yyyymm: the next one, and how many from a to b, both counted. */
int64_t month_next(int64_t month);
int64_t months_between(int64_t a, int64_t b);

#endif
