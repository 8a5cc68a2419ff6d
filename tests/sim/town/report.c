/* What a play came to, as text on standard output. */
#include "tests/sim/town/play.h"

#include <stdio.h>
#include <sys/resource.h>

static const char *const kinds[STEP_KINDS] = {
	"messages", "timers", "turns", "clients", "faults", "world"};

static double cpu_seconds(void)
{
	struct rusage used;

	if (getrusage(RUSAGE_CHILDREN, &used))
		return 0;
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void print_counts(const struct sim_counts *c, double seconds)
{
	double cpu = cpu_seconds();

	printf("%llu seeds, %llu steps in %.1f s: %.0f seeds and %.0f steps a minute; "
	       "%.1f s of CPU: %.0f seeds a minute of one core\n",
		(unsigned long long)c->seeds, (unsigned long long)c->steps, seconds,
		(double)c->seeds * 60 / seconds, (double)c->steps * 60 / seconds, cpu,
		(double)c->seeds * 60 / cpu);
	for (unsigned i = 0; i < STEP_KINDS; i++)
		printf("%s%s %llu", i ? ", " : "  ", kinds[i], (unsigned long long)c->kinds[i]);
	printf("\n  commands said %llu, acknowledged %llu, refused %llu, never answered %llu, "
	       "asked again when done %llu\n",
		(unsigned long long)c->told, (unsigned long long)c->acknowledged,
		(unsigned long long)c->refused, (unsigned long long)c->unanswered,
		(unsigned long long)c->replayed);
	printf("  records %llu; refused for", (unsigned long long)c->records);
	for (unsigned i = ERR_OK + 1; i < ERR_COUNT; i++)
		if (c->refused_by[i])
			printf(" %s %llu", err_word((enum err)i),
				(unsigned long long)c->refused_by[i]);
	puts("");
}

static void print_faults(const struct sim_counts *c)
{
	for (unsigned i = 0; i < FAULTS; i++) {
		uint64_t met = 0;
		for (size_t k = 0; k < COMMANDS_MAX; k++)
			met += c->pairs[k][i];
		printf("  %-13s injected %8llu, met by %8llu commands: %s\n", fault_name(i),
			(unsigned long long)c->faults[i], (unsigned long long)met, fault_words(i));
	}
}

static void print_missing(const struct sim_counts *c, size_t command)
{
	bool any = false;

	for (unsigned i = 0; i < FAULTS; i++)
		if (c->pairs[command][i] == 0) {
			printf("%s%s", any ? " " : "  never met: ", any ? "" : "");
			if (!any)
				printf("%s x ", workload_command_name(command));
			printf("%s", fault_name(i));
			any = true;
		}
	if (any)
		puts("");
}

bool report(const struct played *played, double seconds)
{
	const struct sim_counts *c = &played->counts;
	size_t commands = workload_commands(), hit = 0;

	print_counts(c, seconds);
	print_faults(c);
	for (size_t i = 0; i < commands; i++)
		for (unsigned k = 0; k < FAULTS; k++)
			hit += c->pairs[i][k] > 0;
	for (size_t i = 0; c->seeds >= JUDGED_FROM && i < commands; i++)
		print_missing(c, i);
	printf("pairs of command and fault: %zu of %zu met\n", hit, commands * FAULTS);
	return c->seeds < JUDGED_FROM || hit == commands * FAULTS;
}
