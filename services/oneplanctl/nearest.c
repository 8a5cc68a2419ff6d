/* Compares words by how many letters are wrong; touches nothing. */
#include "services/oneplanctl/nearest.h"

#include <stdbool.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to put in, take out, change, or exchange with the next one (restricted Damerau). */
static size_t distance_of(const char *a, size_t n, const char *b, size_t m)
{
	size_t rows[3][NEAREST_LONGEST + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t k = 0; k <= m; k++)
		above[k] = k;
	for (size_t i = 1; i <= n; i++) {
		row[0] = i;
		for (size_t k = 1; k <= m; k++) {
			bool same = a[i - 1] == b[k - 1];
			row[k] = least(above[k - 1] + !same, least(above[k], row[k - 1]) + 1);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				row[k] = least(row[k], before[k - 2] + 1);
		}
		size_t *oldest = before;
		before = above;
		above = row;
		row = oldest;
	}
	return above[m];
}

void nearest_try(struct nearest *nearest, const char *name)
{
	size_t n = strlen(nearest->word), m = strlen(name);

	if (n == 0 || n > NEAREST_LONGEST || m > NEAREST_LONGEST)
		return;
	bool begins = n >= 3 && n < m && memcmp(nearest->word, name, n) == 0;
	size_t distance = begins ? 1 : distance_of(nearest->word, n, name, m);
	if (distance > (n + 1) / 3 || (nearest->best && distance >= nearest->distance))
		return;
	nearest->best = name;
	nearest->distance = distance;
}
