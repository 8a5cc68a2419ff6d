/* What people write: CPR numbers, references, ids, times, dates, sizes. */
#include "common/clock.h"
#include "common/settings.h"
#include "common/uuid.h"
#include "proto/cpr.h"
#include "proto/reference.h"
#include "tests/fuzz/fuzz.h"

static void try_cpr(const char *s, size_t n)
{
	struct cpr cpr, again;
	struct reason reason = {0};

	if (cpr_parse(s, n, &cpr, &reason)) {
		must(reason.rule[0]);
		return;
	}
	must(strlen(cpr.normal) == 10);
	must(!cpr_parse(cpr.normal, 10, &again, &reason));
	must(!strcmp(cpr.normal, again.normal) && cpr.birth_date == again.birth_date);
}

static void try_reference(const char *s, size_t n)
{
	char normal[REFERENCE_BYTES], again[REFERENCE_BYTES];

	if (!reference_parse(s, n, normal))
		return;
	must(reference_parse(normal, strlen(normal), again));
	must(!strcmp(normal, again));
}

static void try_uuid(const char *s, size_t n)
{
	char text[UUID_TEXT_BYTES];
	struct uuid id, again;

	if (!uuid_parse(s, n, &id))
		return;
	uuid_format(id, text);
	must(uuid_parse(text, strlen(text), &again) && uuid_equal(id, again));
}

static void try_times(const char *s, size_t n)
{
	int64_t v, again;
	char text[64];

	if (time_parse(s, n, &v)) {
		time_format(v, text);
		must(time_parse(text, strlen(text), &again) && again == v);
	}
	if (date_parse(s, n, &v)) {
		date_format(v, text);
		must(date_parse(text, strlen(text), &again) && again == v);
	}
}

FUZZ(words)
{
	char *s = malloc(n + 1);
	int64_t v;

	must(s);
	memcpy(s, data ? data : (const uint8_t *)"", n);
	s[n] = '\0';
	try_cpr(s, n);
	try_reference(s, n);
	try_uuid(s, n);
	try_times(s, n);
	if (settings_parse_ms(s, &v))
		must(v >= 0);
	if (settings_parse_bytes(s, &v))
		must(v >= 0);
	free(s);
	return 0;
}
