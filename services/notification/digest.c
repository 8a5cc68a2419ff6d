/* Counts and lists what a digest says. Pure; touches nothing. */
#include "services/notification/digest.h"

#include <stdio.h>
#include <string.h>

#include "services/notification/templates.h"

enum { LIST_BYTES = 1400, PLANS_NAMED = 12 };

static const char *words_for(enum occasion occasion, enum tongue tongue)
{
	static const struct {
		enum occasion occasion;
		const char *words[2];
	} rows[] = {
		{occasion_proposal, {"Forslag, der venter på svar", "Proposals to answer"}},
		{occasion_commitment_due,
			{"Aftaler, der snart skal holdes", "Commitments that are due soon"}},
		{occasion_commitment_overdue,
			{"Aftaler over tiden", "Commitments that are overdue"}},
		{occasion_work_overdue, {"Opgaver over tiden", "Work that is overdue"}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].occasion == occasion)
			return rows[i].words[tongue == tongue_en];
	return tongue == tongue_en ? "Other" : "Andet";
}

static bool was_named(const struct digest *digest, size_t at)
{
	const struct gathered_notice *item = &digest->items[at];

	for (size_t i = 0; i < at; i++)
		if (digest->items[i].occasion == item->occasion &&
			uuid_equal(digest->items[i].plan, item->plan))
			return true;
	return false;
}

/* "3, den tidligste torsdag den 26. november 2026 kl. 16.00". */
static void write_count(
	const struct digest *digest, enum occasion occasion, enum tongue tongue, struct buffer *out)
{
	char line[160], moment[MOMENT_TEXT_BYTES];
	int64_t first = 0;
	size_t count = 0;

	for (size_t i = 0; i < digest->n; i++) {
		const struct gathered_notice *item = &digest->items[i];
		if (item->occasion != occasion)
			continue;
		count++;
		if (item->about_at && (!first || item->about_at < first))
			first = item->about_at;
	}
	if (first)
		template_moment(first, tongue, moment);
	int n = snprintf(line, sizeof(line), "%zu%s%s", count,
		!first                ? ""
		: tongue == tongue_en ? ", the earliest "
				      : ", den tidligste ",
		first ? moment : "");
	buffer_add(out, line, (size_t)n);
}

static void write_plans(const struct digest *digest, enum occasion occasion, struct buffer *out)
{
	char word[24], plan[PLAN_TEXT_BYTES];
	size_t named = 0;

	for (size_t i = 0; i < digest->n && named <= PLANS_NAMED; i++) {
		if (digest->items[i].occasion != occasion || was_named(digest, i))
			continue;
		template_plan(digest->items[i].plan, plan);
		int n = snprintf(word, sizeof(word), "%s%s", named ? ", " : "",
			named == PLANS_NAMED ? "..." : plan);
		buffer_add(out, word, (size_t)n);
		named++;
	}
}

static bool has_any(const struct digest *digest, enum occasion occasion)
{
	for (size_t i = 0; i < digest->n; i++)
		if (digest->items[i].occasion == occasion)
			return true;
	return false;
}

/* "Opgaver over tiden: 3, den tidligste ... (plan 0a1b2c3d, 4e5f6a7b)"; nothing when there are
 * none. */
static void write_line(
	const struct digest *digest, enum occasion occasion, enum tongue tongue, struct buffer *out)
{
	const char *words = words_for(occasion, tongue);

	if (!has_any(digest, occasion))
		return;
	buffer_add(out, words, strlen(words));
	buffer_add(out, ": ", 2);
	write_count(digest, occasion, tongue, out);
	buffer_add(out, " (plan ", 7);
	write_plans(digest, occasion, out);
	buffer_add(out, ")\n", 2);
}

bool digest_write(
	const struct digest *digest, enum tongue tongue, struct arena *arena, struct text *ret)
{
	struct buffer out;

	buffer_init(&out, LIST_BYTES);
	for (int occasion = 1; occasion < occasion_end; occasion++)
		write_line(digest, (enum occasion)occasion, tongue, &out);
	*ret = text_of_bytes(bytes_copy(arena, buffer_bytes(&out)));
	bool good = !out.failed && ret->p;
	buffer_done(&out);
	return good;
}
