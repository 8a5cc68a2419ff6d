/* Counting and ranking whole numbers; memory only, pure. */
#include "services/reporting/figures.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

enum { VALUES_BYTES_MAX = 512 * 1024 * 1024 };

void tally_init(struct tally *tally, bool keep)
{
	*tally = (struct tally){.keep = keep};
	buffer_init(&tally->values, VALUES_BYTES_MAX);
}

void tally_done(struct tally *tally)
{
	buffer_done(&tally->values);
}

void tally_add(struct tally *tally, int64_t value)
{
	if (tally->n == 0 || value < tally->least)
		tally->least = value;
	tally->n++;
	if (tally->keep)
		buffer_add(&tally->values, &value, sizeof(value));
}

static int compare(const void *a, const void *b)
{
	int64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

bool tally_sort(struct tally *tally)
{
	if (tally->values.n)
		qsort(tally->values.p, tally->values.n / sizeof(int64_t), sizeof(int64_t), compare);
	return !tally->values.failed;
}

static int64_t value_at(const struct tally *tally, int64_t i)
{
	int64_t value;

	memcpy(&value, tally->values.p + (size_t)i * sizeof(value), sizeof(value));
	return value;
}

/* How many kept values lie at or below limit. */
static int64_t count_up_to(const struct tally *tally, int64_t limit)
{
	int64_t low = 0;
	int64_t high = (int64_t)(tally->values.n / sizeof(int64_t));

	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		if (value_at(tally, middle) <= limit)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int64_t tallies_count(const struct tallies *tallies)
{
	int64_t n = 0;

	for (size_t i = 0; i < tallies->n; i++)
		n += (int64_t)(tallies->at[i]->values.n / sizeof(int64_t));
	return n;
}

/* Halving the range of possible values instead of merging: 64 rounds, no memory. */
int64_t tallies_rank(const struct tallies *tallies, int64_t rank)
{
	int64_t low = INT64_MIN / 2;
	int64_t high = INT64_MAX / 2;

	assert(rank >= 1 && rank <= tallies_count(tallies));
	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		int64_t n = 0;
		for (size_t i = 0; i < tallies->n; i++)
			n += count_up_to(tallies->at[i], middle);
		if (n >= rank)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

int64_t nearest_rank(int64_t n, int percent)
{
	assert(n > 0 && percent >= 1 && percent <= 100);
	return (n * percent + 99) / 100;
}

int64_t permille(int64_t part, int64_t whole)
{
	assert(whole > 0);
	return (part * 1000 + whole / 2) / whole;
}

int64_t tenths_of_hour(int64_t ms)
{
	return ms <= 0 ? 0 : (ms + MS_PER_HOUR / 20) / (MS_PER_HOUR / 10);
}

int64_t tenths_of_day(int64_t ms)
{
	return ms <= 0 ? 0 : (ms + MS_PER_DAY / 20) / (MS_PER_DAY / 10);
}
