/* Words of people who do not exist: Danish sentences by life area and voice (sentences.def), put
 * together anew for each inquiry. */
#ifndef DEPLOY_DEMO_TEXTS_H
#define DEPLOY_DEMO_TEXTS_H

#include "deploy/demo/chance.h"
#include "proto/intake.h"

enum { WORDS_BYTES = 1000 };

/* Who speaks, of what, about whom. */
struct speaker {
	enum asker asker;
	enum life_area area;
	bool about_woman;
	int years; /* age of the citizen, decides the relation */
};

/* Own words and the first small sign; ret_sign points into a table, NULL where nobody asked. */
void texts_words(struct chance *chance, const struct speaker *speaker, char ret[WORDS_BYTES]);
const char *texts_first_sign(struct chance *chance, enum life_area area);

/* What a member of staff writes at the end, NULL where nothing was written. */
const char *texts_closing_note(struct chance *chance, enum closing closing);

/* Where an inquiry goes on that is referred. */
const char *texts_organisation(struct chance *chance, enum life_area area);

#endif
