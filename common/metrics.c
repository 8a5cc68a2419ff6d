/* Prometheus' text format. Touches memory only. */
#include "common/metrics.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *kind, *name, *help;
} table[] = {
#define METRIC(id, kind, name, help) {#kind, "oneplan_" name, help},
#include "common/metrics.def"
#undef METRIC
};

static void add(struct buffer *out, const char *text)
{
	buffer_add(out, text, strlen(text));
}

static void add_value(struct buffer *out, double value)
{
	char text[40];
	bool whole = value > -1e15 && value < 1e15 && value == (double)(int64_t)value;

	if (whole)
		snprintf(text, sizeof(text), " %lld\n", (long long)value);
	else
		snprintf(text, sizeof(text), " %.6f\n", value);
	add(out, text);
}

static void add_escaped(struct buffer *out, struct text value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '\n')
			add(out, "\\n");
		else {
			if (value.p[i] == '"' || value.p[i] == '\\')
				add(out, "\\");
			buffer_add(out, &value.p[i], 1);
		}
}

/* le: one more label; NULL: none. */
static void add_labels(struct buffer *out, const struct labels *labels, const char *le)
{
	const char *before = "{";

	for (size_t i = 0; i < labels->n; i++) {
		add(out, before);
		add(out, labels->at[i].name);
		add(out, "=\"");
		add_escaped(out, labels->at[i].value);
		add(out, "\"");
		before = ",";
	}
	if (le) {
		add(out, before);
		add(out, "le=\"");
		add(out, le);
		add(out, "\"");
	}
	if (labels->n || le)
		add(out, "}");
}

void metrics_family(struct buffer *out, enum metric metric)
{
	add(out, "# HELP ");
	add(out, table[metric].name);
	add(out, " ");
	add(out, table[metric].help);
	add(out, "\n# TYPE ");
	add(out, table[metric].name);
	add(out, " ");
	add(out, table[metric].kind);
	add(out, "\n");
}

void metrics_sample(
	struct buffer *out, enum metric metric, const struct labels *labels, double value)
{
	add(out, table[metric].name);
	add_labels(out, labels, NULL);
	add_value(out, value);
}

void metrics_histogram(struct buffer *out, enum metric metric, const struct labels *labels,
	const struct histogram *histogram)
{
	uint64_t n = 0;
	char le[24];

	for (unsigned i = 0; i <= METER_PLACES; i++) {
		n += histogram->n[i];
		if (i < METER_PLACES)
			snprintf(le, sizeof(le), "%g", (double)meter_bounds_us[i] / 1e6);
		add(out, table[metric].name);
		add(out, "_bucket");
		add_labels(out, labels, i < METER_PLACES ? le : "+Inf");
		add_value(out, (double)n);
	}
	add(out, table[metric].name);
	add(out, "_sum");
	add_labels(out, labels, NULL);
	add_value(out, (double)histogram->sum_us / 1e6);
	add(out, table[metric].name);
	add(out, "_count");
	add_labels(out, labels, NULL);
	add_value(out, (double)n);
}

void metrics_single(struct buffer *out, enum metric metric, double value)
{
	metrics_family(out, metric);
	metrics_sample(out, metric, NO_LABELS, value);
}
