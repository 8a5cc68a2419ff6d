/* Danish personal numbers: CPR (DDMMYY + 4 digits) and the replacement numbers (eCPR) that hold
 * letters. Rules from the CPR office; since October 2007 a valid number need not pass
 * modulus 11. */
#ifndef PROTO_CPR_H
#define PROTO_CPR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

enum cpr_kind { CPR_ORDINARY, CPR_X, CPR_D };

struct cpr {
	enum cpr_kind kind;
	int64_t birth_date; /* yyyymmdd; 0 for a kind that does not tell the century */
	bool modulus_11;    /* false is worth a warning, never a refusal; always true for eCPR */
	char normal[11];    /* ten characters, no hyphen, capitals, NUL */
};

/* Reads `010203-1234`, `0102031234` or an eCPR, letters in either case. X-eCPR ends in
 * (1|7)[A-Z]{2}[0-9], D-eCPR in (0|5|6)[A-Z]{2}[0-9]. Century by the seventh digit: 0-3 19xx; 4 and
 * 9: 00-36 20xx, 37-99 19xx; 5-8: 00-57 20xx, 58-99 18xx. ERR_INVALID with the rule that was broken
 * (length, characters, a day that its month does not have); reason->field is left empty for the
 * caller to prefix, and the number itself is never repeated. *ret is set only on success. */
enum err cpr_parse(const char *s, size_t n, struct cpr *ret, struct reason *reason) MUST_USE;

#endif
