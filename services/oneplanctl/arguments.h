/* Arguments of the command line: options by a table, the other words in order. */
#ifndef SERVICES_ONEPLANCTL_ARGUMENTS_H
#define SERVICES_ONEPLANCTL_ARGUMENTS_H

#include "common/bytes.h"

enum { ARGUMENT_WORDS = 8, ARGUMENT_OPTIONS = 24 };

struct option_row {
	const char *name;  /* without the two hyphens */
	const char *value; /* what it takes, as shown in --help; NULL: nothing */
	const char *meaning;
};

struct arguments {
	const char *words[ARGUMENT_WORDS];
	size_t n_words;
	struct {
		const char *name;
		const char *value; /* "" of an option that takes none */
	} options[ARGUMENT_OPTIONS];
	size_t n_options;
};

/* Tables of options, each ending with a NULL name; a name is looked up in one after the other. */
struct option_tables {
	const struct option_row *first, *second; /* second may be NULL */
};

/* Takes argv up to its NULL: `--name value`, `--name=value`, `--name`, words; `-` is a word, and
 * after `--` everything is. ERR_INVALID names what is wrong. The strings stay the caller's. */
enum err arguments_parse(const struct option_tables *tables, const char *const *argv,
	struct arguments *ret, struct reason *reason) MUST_USE;

/* The option's value; NULL when it was not given. */
const char *argument_text(const struct arguments *arguments, const char *name);
bool argument_flag(const struct arguments *arguments, const char *name);

/* Of what was given (a count is a whole number from 0 on); *ret stays as it is otherwise. The
 * reason names the option. */
enum err argument_count(const struct arguments *arguments, const char *name, int64_t *ret,
	struct reason *reason) MUST_USE;
enum err argument_ms(const struct arguments *arguments, const char *name, int64_t *ret,
	struct reason *reason) MUST_USE;
enum err argument_uuid(const struct arguments *arguments, const char *name, struct uuid *ret,
	struct reason *reason) MUST_USE;
enum err argument_date(const struct arguments *arguments, const char *name, int64_t *ret,
	struct reason *reason) MUST_USE;
enum err argument_time(const struct arguments *arguments, const char *name, int64_t *ret,
	struct reason *reason) MUST_USE;

#endif
