/* Picks sentences of a course; touches nothing. */
#include "deploy/demo/casetexts.h"

#include <assert.h>

enum topic { TOPIC_GOAL, TOPIC_HELP, TOPIC_WRITTEN };
enum { PICKED_FROM = 16 };

/* of: the life area, the kind of help, or what it is, as the topic says. */
struct sentence {
	enum topic topic;
	int of;
	const char *text;
};

static const struct sentence sentences[] = {
#define GOAL(area, text) {TOPIC_GOAL, life_area_##area, text},
#define HELP(kind, text) {TOPIC_HELP, measure_kind_##kind, text},
#define WRITTEN(what, text) {TOPIC_WRITTEN, WRITTEN_##what, text},
#include "deploy/demo/casewords.def"
#undef GOAL
#undef HELP
#undef WRITTEN
};

static const char *pick(struct chance *chance, enum topic topic, int of)
{
	const char *fit[PICKED_FROM];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]) && n < PICKED_FROM; i++)
		if (sentences[i].topic == topic && sentences[i].of == of)
			fit[n++] = sentences[i].text;
	assert(n > 0);
	return fit[chance_between(chance, 0, (int64_t)n - 1)];
}

const char *casetexts_goal(struct chance *chance, enum life_area area)
{
	return pick(chance, TOPIC_GOAL, (int)area);
}

const char *casetexts_help(struct chance *chance, enum measure_kind kind)
{
	return pick(chance, TOPIC_HELP, (int)kind);
}

const char *casetexts_written(struct chance *chance, enum written what)
{
	return pick(chance, TOPIC_WRITTEN, (int)what);
}
