/* People who do not exist: names, ages, numbers and ways to reach them, each always the same for
 * the same seed and index.
 *
 * 1. Two people never have the same number.
 * 2. A CPR number fails modulus 11 and its birth date is not the first of January: the CPR office
 *    gives numbers that fail it only to people with that birth date (cpr.dk, "Personnumre uden
 *    kontrolciffer"), so these belong to nobody. Of the replacement numbers (eCPR) no such rule is
 *    known; they are chance.
 * 3. Telephone numbers begin with 00, which no subscriber number does (01 to 09 are reserved and 00
 *    is the international prefix in the Danish numbering plan); mail goes to .invalid and
 *    example.org (RFC 2606), letters to a street and a post code that do not exist. */
#ifndef DEPLOY_DEMO_PERSONS_H
#define DEPLOY_DEMO_PERSONS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/intake.h"

enum { PERSONS_MAX = 10000000, NUMBER_BYTES = 11, NAME_BYTES = 64, CONTACT_BYTES = 64 };

/* Born in the ten years that end so long before the opening. */
enum generation { GENERATION_SMALL, GENERATION_YOUTH, GENERATION_ADULT };

/* Whose facts: index below PERSONS_MAX. decade counts decades of age above the generation's, only
 * of adults. */
struct person_key {
	uint64_t seed;
	uint32_t index;
	uint8_t generation;
	uint8_t decade;
	int16_t opening; /* year of the opening */
};

struct person {
	char name[NAME_BYTES];
	char number[NUMBER_BYTES];
	int64_t birth_date;
	bool woman;
};

void person_make(const struct person_key *key, struct person *ret);

/* A relative or professional who speaks for a citizen; n tells them apart. */
void person_name(uint64_t seed, uint64_t n, char ret[NAME_BYTES]);

/* Where to reach somebody by that means; empty when it needs no address. */
void person_contact(uint64_t seed, uint64_t n, enum contact contact, char ret[CONTACT_BYTES]);

#endif
