/* Danish personal numbers, read and judged; touches nothing. */
#include "proto/cpr.h"

#include <string.h>

#include "common/clock.h"

#define CPR_CHARACTERS 10

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

static int64_t two_digits(const char *s)
{
	return INT64_C(10) * (s[0] - '0') + (s[1] - '0');
}

/* Ten characters without hyphen, in capitals; false for another length or place of the hyphen. */
static bool normalise(const char *s, size_t n, char ret[CPR_CHARACTERS + 1])
{
	size_t at = 0;

	if (n != CPR_CHARACTERS && !(n == CPR_CHARACTERS + 1 && s[6] == '-'))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (n > CPR_CHARACTERS && i == 6)
			continue;
		char c = s[i];
		ret[at++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	ret[at] = '\0';
	return true;
}

static bool kind_of(const char normal[CPR_CHARACTERS + 1], enum cpr_kind *ret)
{
	const char *end = normal + 6;

	for (size_t i = 0; i < 7; i++)
		if (!is_digit(normal[i]))
			return false;
	if (!is_digit(end[3]))
		return false;
	*ret = CPR_ORDINARY;
	if (is_digit(end[1]) && is_digit(end[2]))
		return true;
	*ret = strchr("17", end[0]) ? CPR_X : CPR_D;
	return is_capital(end[1]) && is_capital(end[2]) && strchr("17056", end[0]);
}

static int century_of(int64_t year, char seventh)
{
	if (seventh <= '3')
		return 1900;
	if (seventh == '4' || seventh == '9')
		return year <= 36 ? 2000 : 1900;
	return year <= 57 ? 2000 : 1800;
}

static bool passes_modulus_11(const char normal[CPR_CHARACTERS + 1])
{
	static const int weights[CPR_CHARACTERS] = {4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
	int sum = 0;

	for (size_t i = 0; i < CPR_CHARACTERS; i++)
		sum += weights[i] * (normal[i] - '0');
	return sum % 11 == 0;
}

enum err cpr_parse(const char *s, size_t n, struct cpr *ret, struct reason *reason)
{
	struct cpr cpr = {.modulus_11 = true};

	if (!normalise(s, n, cpr.normal))
		return reason_set(reason, ERR_INVALID, "",
			"ten characters, with or without a hyphen after the sixth");
	if (!kind_of(cpr.normal, &cpr.kind))
		return reason_set(reason, ERR_INVALID, "",
			"ten digits, or a replacement number that ends as in 1AB2");
	bool ordinary = cpr.kind == CPR_ORDINARY;
	int64_t year = two_digits(cpr.normal + 4);
	/* Without a century a leap day is believed if any year would have it: 2000 had one. */
	int century = ordinary ? century_of(year, cpr.normal[6]) : 2000;
	int64_t date = (century + year) * INT64_C(10000) + two_digits(cpr.normal + 2) * 100 +
		       two_digits(cpr.normal);
	if (!date_valid(date))
		return reason_set(reason, ERR_INVALID, "",
			"the first six digits are a date: day, month, year");
	cpr.birth_date = ordinary ? date : 0;
	if (ordinary)
		cpr.modulus_11 = passes_modulus_11(cpr.normal);
	*ret = cpr;
	return ERR_OK;
}
