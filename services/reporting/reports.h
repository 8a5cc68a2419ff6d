/* The reports as tables: what is measured of each item, what columns show of the measures, and how
 * the picture is drawn. A report is added by writing one file like r1.c and naming it in reports.c.
 */
#ifndef SERVICES_REPORTING_REPORTS_H
#define SERVICES_REPORTING_REPORTS_H

#include "services/reporting/groupings.h"
#include "services/reporting/render.h"

enum { MEASURES_MAX = 10 };

/* Which events lie behind an item's part in a measure, as bits. */
enum evidence {
	EVIDENCE_RECEIVED = 1 << 0, /* of the inquiry */
	EVIDENCE_OFFERED = 1 << 1,  /* its first booking; the talk, when that was held unbooked */
	EVIDENCE_HELD = 1 << 2,
	EVIDENCE_MADE = 1 << 3, /* of the ledger entry */
	EVIDENCE_SETTLED = 1 << 4
};

struct measure {
	/* Does the item count, and with which value? Pure. */
	bool (*of)(const struct item *item, int64_t *ret_value);
	bool keep; /* values are needed for ranks */
	unsigned evidence;
};

enum show {
	SHOW_COUNT,
	SHOW_SHARE,          /* of the measure `whole` in the same row */
	SHOW_SHARE_OF_TOTAL, /* of the same measure in the total */
	SHOW_MEDIAN,         /* the three of values in milliseconds, as hours */
	SHOW_P90,
	SHOW_LONGEST,
	SHOW_OLDEST /* the least value, a moment, as a local date */
};

struct column {
	const char *name;
	const char *title;
	const char *meaning;
	enum show show;
	unsigned measure;
	unsigned whole;
};

struct report_kind {
	enum report_name name;
	const char *title;
	const char *counted; /* what one item is, in the plural */
	enum walk_what what;
	const enum dimension *sections; /* when asked by nothing */
	size_t n_sections;
	bool overlapping; /* may be divided by overlapping groupings: keeps no values */
	const struct measure *measures;
	size_t n_measures;
	const struct column *columns;
	size_t n_columns;
	struct picture picture;
};

/* NULL: there is no such report. */
const struct report_kind *report_kind_of(enum report_name name);

/* Unit and decimals that a way of showing has. */
enum report_unit show_unit(enum show show);
int64_t show_decimals(enum show show);

extern const struct report_kind report_r1, report_r2, report_r3;

#endif
