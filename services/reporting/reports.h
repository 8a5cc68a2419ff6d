/* The reports as tables: what is measured of each item, what columns show of the measures, and how
 * the picture is drawn. A report is added by writing one file like r1.c and naming it in reports.c.
 */
#ifndef SERVICES_REPORTING_REPORTS_H
#define SERVICES_REPORTING_REPORTS_H

#include "services/reporting/groupings.h"
#include "services/reporting/render.h"

enum { MEASURES_MAX = 16, PARTS_MAX = 6, RELATIONS_MAX = 12 };

/* Which events lie behind an item's part in a measure, as bits. */
enum evidence {
	EVIDENCE_RECEIVED = 1 << 0, /* of the inquiry */
	EVIDENCE_OFFERED = 1 << 1,  /* its first booking; the talk, when that was held unbooked */
	EVIDENCE_HELD = 1 << 2,
	EVIDENCE_MADE = 1 << 3, /* of the ledger entry */
	EVIDENCE_SETTLED = 1 << 4,
	/* the following are bits of references that stages and joins make */
	EVIDENCE_BEGUN = 1 << 5,    /* of the part, goal, proposal, ...: how it came to be */
	EVIDENCE_ENDED = 1 << 6,    /* what became of it */
	EVIDENCE_EXPECTED = 1 << 7, /* assessments of support that would be face to face */
	EVIDENCE_ASSESSED = 1 << 8, /* assessments of any support */
	EVIDENCE_BACK = 1 << 9      /* the inquiry after the end */
};

struct measure {
	/* Does the item count, and with which value? Pure. NULL: it does when it has these flags,
	 * with its value. */
	bool (*of)(const struct item *item, int64_t *ret_value);
	bool keep; /* values are needed for ranks */
	unsigned evidence;
	unsigned flags;
};

/* What anybody can compute: the parts are the whole; or, when not all of them are counted, no more
 * than it. */
struct relation {
	unsigned whole;
	unsigned parts[PARTS_MAX];
	size_t n;
	bool subset;  /* something of the whole may be in no part */
	bool undated; /* only where all parts are dated alike: from the beginning, not by month */
};

enum show {
	SHOW_COUNT,
	SHOW_SHARE,          /* of the measure `whole` in the same row */
	SHOW_SHARE_OF_TOTAL, /* of the same measure in the total */
	SHOW_MEDIAN,         /* the three of values in milliseconds, as hours */
	SHOW_P90,
	SHOW_LONGEST,
	SHOW_OLDEST, /* the least value, a moment, as a local date */
	SHOW_MEDIAN_DAYS,
	SHOW_P90_DAYS,
	SHOW_MEDIAN_POINTS, /* of values as they are */
	SHOW_SAVED,         /* the measure less `whole`, times the price of face-to-face support */
	SHOW_COST           /* the measure times the price of a course */
};

struct column {
	const char *name;
	struct wording title;
	struct wording meaning;
	enum show show;
	unsigned measure;
	unsigned whole;
};

struct report_kind {
	enum report_name name;
	struct wording title;
	struct wording counted; /* what one item is, in the plural */
	struct course course;
	unsigned dimensions;            /* by which it may be divided, as bits: 1 << dimension */
	const enum dimension *sections; /* when asked by nothing */
	size_t n_sections;
	const struct measure *measures;
	size_t n_measures;
	const struct relation *relations;
	size_t n_relations;
	const struct column *columns;
	size_t n_columns;
	struct picture picture;
};

/* NULL: there is no such report. */
const struct report_kind *report_kind_of(enum report_name name);

/* Does the item count in the measure, and with which value? */
bool measure_takes(const struct measure *measure, const struct item *item, int64_t *ret_value);

/* Unit and decimals that a way of showing has. */
enum report_unit show_unit(enum show show);
int64_t show_decimals(enum show show);

/* Dimensions of inquiries, and of what departments do. */
enum {
	DIMENSIONS_OF_INQUIRIES = 1 << dimension_month | 1 << dimension_channel |
				  1 << dimension_asker | 1 << dimension_life_area |
				  1 << dimension_urgency,
	DIMENSIONS_OF_PARTS =
		1 << dimension_month | 1 << dimension_life_area | 1 << dimension_department
};

extern const struct report_kind report_r1, report_r2, report_r3, report_r4, report_r5, report_r6,
	report_r7, report_r8, report_r9;

#endif
