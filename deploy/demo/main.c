/* Writes a synthetic first year of a town as lines of JSON; touches standard output, or the
 * directory that it is given.
 *
 * NAME
 *	oneplan-demo - a synthetic first year of an entrance and of what it leads to
 *
 * DIAGNOSTICS
 *	0 written, 2 arguments, 111 a system call failed. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "deploy/demo/persons.h"
#include "deploy/demo/year.h"

enum { EXIT_ARGUMENTS = 2, EXIT_SYSTEM = 111, STREAM_BYTES = 1 << 20, LIVE_MAX = 1000 };
enum { OUT_MAX = 50000 };

static const char usage[] =
	"usage: oneplan-demo [options] > inquiries.ndjson\n"
	"       oneplan-demo [options] --out DIR\n"
	"\n"
	"Writes a synthetic first year of a town's entrance (51,000 inhabitants), one command to "
	"a\n"
	"line, for the importer. Nobody in it exists. The same arguments give the same bytes.\n"
	"\n"
	"  --seed N        which year of all possible ones (1)\n"
	"  --inquiries N   how many inquiries, at most 10000000 (612)\n"
	"  --from DATE     the day of the opening, 2000 to 2036 (2016-09-09)\n"
	"  --until DATE    the last day, at most 50 years later (a year less a day after)\n"
	"  --shuffle N     the same lines in a random order, of this seed, that keeps causes "
	"before\n"
	"                  effects\n"
	"  --live N        instead: N inquiries of today (of --from) and times from tomorrow on,\n"
	"                  without `at`, for an entrance that is running; at most 1000\n"
	"  --out DIR       writes the year into that directory: inquiries.ndjson, and for each\n"
	"                  department planning.DEPARTMENT.1.ndjson, to be imported when it has\n"
	"                  heard of the entrance, and .2.ndjson, when it has heard of the others'\n"
	"                  first; at most 50000 inquiries\n"
	"  --help          this text\n";

struct options {
	struct period period;
	bool shuffled;
	uint64_t shuffle;
	int64_t live;    /* 0: the past */
	const char *out; /* NULL: standard output */
};

enum option_name { SEED, INQUIRIES, FROM, UNTIL, SHUFFLE, LIVE, OUT, HELP, N_OPTIONS };

static const struct option long_options[] = {{"seed", required_argument, NULL, SEED},
	{"inquiries", required_argument, NULL, INQUIRIES}, {"from", required_argument, NULL, FROM},
	{"until", required_argument, NULL, UNTIL}, {"shuffle", required_argument, NULL, SHUFFLE},
	{"live", required_argument, NULL, LIVE}, {"out", required_argument, NULL, OUT},
	{"help", no_argument, NULL, HELP}, {NULL, 0, NULL, 0}};

static bool refuse(const char *option, const char *rule)
{
	fprintf(stderr, "oneplan-demo: %s: %s\n", option, rule);
	return false;
}

static bool read_number(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	char *end;
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 18 || text[digits])
		return false;
	*ret = strtoll(text, &end, 10);
	return *ret >= min && *ret <= max;
}

static bool read_seed(const char *option, const char *text, uint64_t *ret)
{
	int64_t seed;

	if (!read_number(text, 0, INT64_MAX, &seed))
		return refuse(option, "must be a number of at most 18 digits");
	*ret = (uint64_t)seed;
	return true;
}

static bool read_date(const char *option, const char *text, int64_t *ret)
{
	return date_parse(text, strlen(text), ret) ||
	       refuse(option, "must be a date such as 2016-09-09");
}

static bool read_option(int option, const char *text, struct options *options)
{
	switch (option) {
	case SEED:
		return read_seed("--seed", text, &options->period.seed);
	case INQUIRIES:
		return read_number(text, 1, PERSONS_MAX, &options->period.inquiries) ||
		       refuse("--inquiries", "must be a number, 1 to 10000000");
	case FROM:
		return read_date("--from", text, &options->period.from);
	case UNTIL:
		return read_date("--until", text, &options->period.until);
	case SHUFFLE:
		options->shuffled = true;
		return read_seed("--shuffle", text, &options->shuffle);
	case LIVE:
		return read_number(text, 1, LIVE_MAX, &options->live) ||
		       refuse("--live", "must be a number, 1 to 1000");
	case OUT:
		options->out = text;
		return *text || refuse("--out", "must be a directory");
	default:
		return false;
	}
}

/* What was left out, and what does not go together. */
static bool complete(struct options *options)
{
	struct period *period = &options->period;
	struct clock clock = clock_real();

	if (!period->from)
		period->from = options->live ? local_date(clock_now(&clock)) : 20160909;
	if (period->from < 20000101 || period->from > 20361231)
		return refuse("--from", "must lie in the years 2000 to 2036");
	if (options->out && (options->live || period->inquiries > OUT_MAX))
		return refuse("--out", "is for the past, and for at most 50000 inquiries");
	if (options->live) {
		period->inquiries = options->live;
		return true;
	}
	if (!period->until) {
		int64_t year_later = period->from + 10000;
		period->until = date_valid(year_later) ? date_add_days(year_later, -1)
						       : date_add_days(period->from, 364);
	}
	if (period->until < period->from || period->until > period->from + 50 * 10000)
		return refuse("--until", "must lie after --from, at most 50 years");
	return true;
}

static bool read_options(int argc, char **argv, struct options *options)
{
	int option;

	*options = (struct options){.period = {.seed = 1, .inquiries = 612}};
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == HELP) {
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		}
		if (!read_option(option, optarg, options))
			return false;
	}
	if (optind < argc)
		return refuse(argv[optind], "is no option; see --help");
	return complete(options);
}

static enum err write_stream(const struct options *options)
{
	struct lines lines;

	setvbuf(stdout, NULL, _IOFBF, STREAM_BYTES);
	lines_open(&lines, stdout, options->shuffled ? &options->shuffle : NULL);
	enum err err = options->live ? year_write_live(&options->period, &lines)
				     : year_write(&options->period, &(struct outlet){&lines, NULL});
	enum err written = lines_close(&lines);
	return err ? err : written;
}

static enum err write_directory(const struct options *options)
{
	struct directory directory;
	enum err err = directory_open(
		&directory, options->out, options->shuffled ? &options->shuffle : NULL);

	if (!err)
		err = year_write(
			&options->period, &(struct outlet){&directory.entrance, &directory});
	enum err written = directory_close(&directory);
	return err ? err : written;
}

int main(int argc, char **argv)
{
	struct options options;

	if (!read_options(argc, argv, &options))
		return EXIT_ARGUMENTS;
	enum err err = options.out ? write_directory(&options) : write_stream(&options);
	if (err) {
		fprintf(stderr, "oneplan-demo: %s\n", err_sentence(err));
		return EXIT_SYSTEM;
	}
	return EXIT_SUCCESS;
}
