/* Prometheus' text format (version 0.0.4), written into a buffer. What there is stands in
 * metrics.def; samples of a metric follow its family without others in between. */
#ifndef COMMON_METRICS_H
#define COMMON_METRICS_H

#include "common/bytes.h"
#include "common/meter.h"
#include "common/schema.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum metric {
#define METRIC(id, kind, name, help) METRIC_##id,
#include "common/metrics.def"
#undef METRIC
	METRICS
};

struct label {
	const char *name;
	struct text value;
};

/* At most 3 of them. */
struct labels {
	size_t n;
	struct label at[3];
};
#define NO_LABELS (&(const struct labels){0})

/* The lines HELP and TYPE. */
void metrics_family(struct buffer *out, enum metric metric);
void metrics_sample(
	struct buffer *out, enum metric metric, const struct labels *labels, double value);
void metrics_histogram(struct buffer *out, enum metric metric, const struct labels *labels,
	const struct histogram *histogram);
/* A family of one sample without labels. */
void metrics_single(struct buffer *out, enum metric metric, double value);

#endif
