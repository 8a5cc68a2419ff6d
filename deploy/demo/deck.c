/* The cards of a year's courses; touches memory only. */
#include "deploy/demo/deck.h"

#include <stdlib.h>

enum {
	STORY = 612, /* inquiries of the year that is told */
	COURSES = 120,
	COMPLETED = 57,
	ORDINARY = 4,
	NEEDED = 30,
	STOPPED = 12,
	JOINT = 30,
	OTHERS_NEEDED = 200, /* permille of those who did not complete */
	LEAD = 1050,         /* permille: cards are drawn so much sooner than inquiries come */
	HASTE = 3            /* so many cards behind: the next one is drawn for certain */
};

static int64_t scaled(const struct deck *deck, int64_t of_story)
{
	return (deck->inquiries * of_story + STORY / 2) / STORY;
}

static void shuffle(struct deck *deck, int64_t n)
{
	for (int64_t i = n - 1; i > 0; i--) {
		int64_t k = chance_between(&deck->chance, 0, i);
		struct card card = deck->cards[i];
		deck->cards[i] = deck->cards[k];
		deck->cards[k] = card;
	}
}

/* Those that end come first in the deck, among some that do not. */
static void deal_fates(struct deck *deck)
{
	int64_t completed = scaled(deck, COMPLETED), ending = completed + scaled(deck, STOPPED);
	int64_t early = ending + ending / 4;

	for (int64_t i = 0; i < deck->n; i++) {
		struct card *card = &deck->cards[i];
		bool needed = i < scaled(deck, NEEDED);
		card->fate = i < completed ? FATE_COMPLETED : i < ending ? FATE_STOPPED : FATE_OPEN;
		card->ordinary = i < scaled(deck, ORDINARY);
		card->needed =
			i < completed ? needed : chance_permille(&deck->chance, OTHERS_NEEDED);
	}
	shuffle(deck, early < deck->n ? early : deck->n);
}

/* Spread over the first five sixths of the deck: who is asked on the last day answers next year. */
static void deal_joints(struct deck *deck)
{
	static const enum joint joints[] = {JOINT_ACCEPTED, JOINT_SAME_HELP, JOINT_LATE,
		JOINT_ACCEPTED, JOINT_REJECTED, JOINT_HOURS, JOINT_ACCEPTED, JOINT_UNANSWERED,
		JOINT_ACCEPTED, JOINT_HOURS, JOINT_ACCEPTED, JOINT_REJECTED, JOINT_SAME_HELP,
		JOINT_ACCEPTED, JOINT_LATE, JOINT_ACCEPTED, JOINT_ACCEPTED, JOINT_ACCEPTED,
		JOINT_REJECTED, JOINT_ACCEPTED, JOINT_HOURS, JOINT_UNANSWERED, JOINT_ACCEPTED,
		JOINT_LATE, JOINT_ACCEPTED, JOINT_REJECTED, JOINT_ACCEPTED, JOINT_UNANSWERED,
		JOINT_ACCEPTED, JOINT_ACCEPTED};
	int64_t n = scaled(deck, JOINT), room = deck->n * 5 / 6;

	for (int64_t i = 0; i < n; i++) {
		int64_t place = i * room / n + chance_between(&deck->chance, 0, room / n - 1);
		deck->cards[place].joint =
			(uint8_t)joints[(size_t)i % (sizeof(joints) / sizeof(joints[0]))];
	}
}

bool deck_open(struct deck *deck, uint64_t seed, int64_t inquiries)
{
	*deck = (struct deck){.inquiries = inquiries, .chance = chance_of(seed, "deck", 0)};
	deck->n = scaled(deck, COURSES);
	if (deck->n == 0)
		return true;
	deck->cards = calloc((size_t)deck->n, sizeof(*deck->cards));
	if (!deck->cards)
		return false;
	deal_fates(deck);
	deal_joints(deck);
	return true;
}

void deck_close(struct deck *deck)
{
	free(deck->cards);
}

bool deck_draw(struct deck *deck, int64_t received, struct card *ret)
{
	int64_t due = received * deck->n * LEAD / 1000 / deck->inquiries + 1;
	int64_t behind = (due < deck->n ? due : deck->n) - deck->drawn;
	bool last = due >= deck->n;

	if (behind <= 0 || !(last || behind >= HASTE || chance_permille(&deck->chance, 600)))
		return false;
	*ret = deck->cards[deck->drawn++];
	return true;
}
