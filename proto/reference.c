/* References that people read to each other, made and checked; touches nothing. */
#include "proto/reference.h"

#include <string.h>

#define CHARACTERS 8
#define MODULUS 29

static const char alphabet[MODULUS + 1] = "23456789ABCDEFGHJKMNPRSTVWXYZ";

/* The hyphen stands in the middle, the check character has weight 1. */
static void write_out(const unsigned values[CHARACTERS], char ret[REFERENCE_BYTES])
{
	size_t at = 0;

	for (size_t i = 0; i < CHARACTERS; i++) {
		if (i == CHARACTERS / 2)
			ret[at++] = '-';
		ret[at++] = alphabet[values[i]];
	}
	ret[at] = '\0';
}

static unsigned weighted_sum(const unsigned values[CHARACTERS])
{
	unsigned sum = 0;

	for (unsigned i = 0; i < CHARACTERS; i++)
		sum += (CHARACTERS - i) * values[i];
	return sum % MODULUS;
}

void reference_make(uint64_t bits, char ret[REFERENCE_BYTES])
{
	unsigned values[CHARACTERS] = {0};

	for (size_t i = 0; i < CHARACTERS - 1; i++) {
		values[i] = (unsigned)(bits % MODULUS);
		bits /= MODULUS;
	}
	values[CHARACTERS - 1] = (MODULUS - weighted_sum(values)) % MODULUS;
	write_out(values, ret);
}

bool reference_parse(const char *s, size_t n, char ret[REFERENCE_BYTES])
{
	unsigned values[CHARACTERS];
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		char c = s[i] >= 'a' && s[i] <= 'z' ? (char)(s[i] - 'a' + 'A') : s[i];
		if (c == ' ' || c == '-')
			continue;
		const char *found = memchr(alphabet, c, MODULUS);
		if (!found || count == CHARACTERS)
			return false;
		values[count++] = (unsigned)(found - alphabet);
	}
	if (count != CHARACTERS || weighted_sum(values) != 0)
		return false;
	write_out(values, ret);
	return true;
}
