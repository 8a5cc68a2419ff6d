/* What items of the reports R4 to R9 can be: what tables of them are made of. For tests only. */
#ifndef TESTS_UNIT_SERVICES_REPORTING_REAL_ITEMS_H
#define TESTS_UNIT_SERVICES_REPORTING_REAL_ITEMS_H

#include "services/reporting/reports.h"

/* What one item of a real report can be: bits of its measures. */
struct real {
	const struct report_kind *kind;
	unsigned items[16];
	size_t n;
};

enum { R5_DONE = 1 << 2, R5_ASSESSED = 1 << 5 | 1 << 2, R8_ANSWERED = 1 << 4 | 1 << 11 };

static const struct real reals[] = {
	{&report_r4, {1 | 1 << 1, 1 | 1 << 2, 1 | 1 << 3}, 3},
	{&report_r5,
		{1, 1 << 1, R5_DONE, R5_DONE | 1 << 3, R5_ASSESSED, R5_ASSESSED | 1 << 4,
			R5_ASSESSED | 1 << 4 | 1 << 3, R5_DONE | 1 << 6},
		8},
	{&report_r6, {1 | 1 << 1, 1 | 1 << 1 | 1 << 4, 1 | 1 << 2, 1 | 1 << 3}, 4},
	{&report_r7,
		{1 | 1 << 1, 1 | 1 << 2, 1 | 1 << 3, 1 << 4 | 1 << 5, 1 << 4 | 1 << 6,
			1 << 4 | 1 << 7},
		6},
	{&report_r8,
		{1 | 1 << 1, 1 | 1 << 2, 1 | 1 << 3, R8_ANSWERED | 1 << 5,
			R8_ANSWERED | 1 << 5 | 1 << 10, R8_ANSWERED | 1 << 6, 1 << 4 | 1 << 7,
			1 << 4 | 1 << 8, 1 << 4 | 1 << 8 | 1 << 9, 1 << 12 | 1 << 13,
			1 << 12 | 1 << 14},
		11},
	{&report_r9,
		{1 | 1 << 1 | 1 << 6, 1 | 1 << 2 | 1 << 6, 1 | 1 << 3 | 1 << 6, 1 | 1 << 4,
			1 | 1 << 5, (1 | 1 << 1 | 1 << 6) << 7, (1 | 1 << 2 | 1 << 6) << 7,
			(1 | 1 << 3 | 1 << 6) << 7, (1 | 1 << 4) << 7, (1 | 1 << 5) << 7},
		10},
};

#endif
