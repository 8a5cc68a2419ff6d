/* Synthetic names, numbers and addresses; touches nothing. */
#include "deploy/demo/persons.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "deploy/demo/chance.h"

enum {
	SERIALS = 3600,    /* 4 seventh digits, 100 serials, 9 last digits that fail modulus 11 */
	STRIDE = 2087,     /* has no divisor in common with SERIALS */
	DAYS = 364,        /* of a year, without the first of January */
	BIRTHS = 10 * DAYS /* in a decade */
};

/* ---- names ----------------------------------------------------------------------------------- */

static const char *const women[] = {"Anne", "Mette", "Kirsten", "Hanne", "Anna", "Helle", "Susanne",
	"Lene", "Maria", "Marianne", "Inge", "Lone", "Camilla", "Pia", "Louise", "Charlotte",
	"Gitte", "Birthe", "Emma", "Ida", "Sofie", "Julie", "Freja", "Cecilie", "Tove", "Amina",
	"Fatima", "Agnieszka", "Hodan", "Olena", "Maja", "Karla"};
static const char *const men[] = {"Peter", "Jens", "Michael", "Lars", "Henrik", "Thomas", "Søren",
	"Jan", "Christian", "Martin", "Niels", "Anders", "Morten", "Jesper", "Mads", "Rasmus",
	"Per", "Hans", "Jørgen", "Ole", "Mikkel", "Frederik", "Emil", "Magnus", "Kaj", "Ahmed",
	"Yusuf", "Tomasz", "Abdi", "Omar", "Åge", "Villads"};
static const char *const families[] = {"Nielsen", "Jensen", "Hansen", "Pedersen", "Andersen",
	"Christensen", "Larsen", "Sørensen", "Rasmussen", "Jørgensen", "Petersen", "Madsen",
	"Kristensen", "Olsen", "Thomsen", "Poulsen", "Johansen", "Møller", "Mortensen", "Knudsen",
	"Holm", "Lund", "Østergaard", "Bæk", "Kjær", "Dahl", "Vestergaard", "Krogh", "Hassan",
	"Kowalska", "Warsame", "Yilmaz"};

enum {
	WOMEN = sizeof(women) / sizeof(women[0]),
	MEN = sizeof(men) / sizeof(men[0]),
	FAMILIES = sizeof(families) / sizeof(families[0])
};

static void put_name(struct chance *chance, bool woman, char ret[NAME_BYTES])
{
	const char *first = woman ? women[chance_between(chance, 0, WOMEN - 1)]
				  : men[chance_between(chance, 0, MEN - 1)];
	const char *middle = families[chance_between(chance, 0, FAMILIES - 1)];
	const char *last = families[chance_between(chance, 0, FAMILIES - 1)];

	if (chance_permille(chance, 300) && middle != last)
		snprintf(ret, NAME_BYTES, "%s %s %s", first, middle, last);
	else
		snprintf(ret, NAME_BYTES, "%s %s", first, last);
}

void person_name(uint64_t seed, uint64_t n, char ret[NAME_BYTES])
{
	struct chance chance = chance_of(seed, "asker", n);

	put_name(&chance, chance_permille(&chance, 600), ret);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static int first_year(const struct person_key *key)
{
	static const int before[] = {
		[GENERATION_SMALL] = 10, [GENERATION_YOUTH] = 20, [GENERATION_ADULT] = 30};

	return key->opening - before[key->generation] - 10 * key->decade;
}

/* Neighbours do not have neighbouring numbers. */
static uint32_t serial_of(const struct person_key *key)
{
	return (uint32_t)((uint64_t)key->index * STRIDE % SERIALS);
}

/* People with the same serial are born on different days: a number is used once. */
static int64_t birth_date(const struct person_key *key)
{
	struct chance chance = chance_of(key->seed, "births", serial_of(key));
	int64_t first = chance_between(&chance, 0, BIRTHS - 1);
	int64_t births = (first + key->index / SERIALS) % BIRTHS;
	int64_t new_year = (first_year(key) + births / DAYS) * 10000 + 101;

	return date_add_days(new_year, 1 + births % DAYS);
}

/* The last digit: one of the nine that fail modulus 11. */
static int failing_digit(const char nine[NUMBER_BYTES], int which)
{
	static const int weights[] = {4, 3, 2, 7, 6, 5, 4, 3, 2};
	int sum = 0;

	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
		sum += weights[i] * (nine[i] - '0');
	int passing = (11 - sum % 11) % 11;
	return (passing + 1 + which) % 10;
}

static void put_number(const struct person_key *key, struct person *person)
{
	int serial = (int)serial_of(key);
	int year = (int)(person->birth_date / 10000);
	int first = (year < 2000 ? 0 : 4) + serial / 900;
	/* Two digits each: the compiler is told what the calendar knows. */
	unsigned day = (unsigned)(person->birth_date % 100) % 100;
	unsigned month = (unsigned)(person->birth_date / 100 % 100) % 100;

	snprintf(person->number, NUMBER_BYTES, "%02u%02u%02u%d%02d", day, month,
		(unsigned)(year % 100) % 100, first % 10, serial / 9 % 100);
	person->number[9] = (char)('0' + failing_digit(person->number, serial % 9));
	person->number[10] = '\0';
	person->woman = person->number[9] % 2 == 0;
}

/* Over the last four: 5 digits, 72 pairs of letters, 10 digits make each serial a different end. */
static void put_replacement(const struct person_key *key, struct person *person)
{
	static const char first[] = "17056";
	uint32_t serial = serial_of(key);
	uint32_t pair = serial / 50;

	person->number[6] = first[serial / 10 % 5];
	person->number[7] = (char)('X' + pair / 24);
	person->number[8] = (char)('A' + pair % 24);
	person->number[9] = (char)('0' + serial % 10);
}

void person_make(const struct person_key *key, struct person *ret)
{
	struct chance chance = chance_of(key->seed, "person", key->index);

	assert(key->index < PERSONS_MAX);
	ret->birth_date = birth_date(key);
	put_number(key, ret);
	put_name(&chance, ret->woman, ret->name);
	if (chance_permille(&chance, 15))
		put_replacement(key, ret);
}

/* ---- reaching them --------------------------------------------------------------------------- */

void person_contact(uint64_t seed, uint64_t n, enum contact contact, char ret[CONTACT_BYTES])
{
	static const char *const streets[] = {
		"Eksempelvej", "Prøvestien", "Opdigtede Allé", "Ingensteds Torv"};
	struct chance chance = chance_of(seed, "contact", n);
	int a = (int)chance_between(&chance, 0, 99), b = (int)chance_between(&chance, 0, 99);
	int c = (int)chance_between(&chance, 0, 99);

	ret[0] = '\0';
	if (contact == contact_phone || contact == contact_sms)
		snprintf(ret, CONTACT_BYTES, "+45 00 %02d %02d %02d", a, b, c);
	if (contact == contact_email)
		snprintf(ret, CONTACT_BYTES, "person-%llu@%s", (unsigned long long)n,
			a % 2 ? "borger.invalid" : "example.org");
	if (contact == contact_letter)
		snprintf(ret, CONTACT_BYTES, "%s %d, 0000 Prøveby", streets[a % 4], b + 1);
}
