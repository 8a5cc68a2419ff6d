/* Damages the files of a stopped node, one time in so many ways, and opens them again: the
 * services' main, linked with this in place of common/daemon.c. Reads the state directory of the
 * settings, writes into the one given by --work.
 *
 * Well is: the start is refused; or a look at everything (a scrub, the journal's verification,
 * opening what is sealed) finds it; or nothing that the node keeps or answers is other than before.
 */
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/campaign/check_node.h"

enum { PAGE_BYTES = 4096, FILES = 4 };

enum damage {
	ONE_BIT,
	SOME_BITS,
	ONE_BYTE,
	SECTOR_ZERO,
	SECTOR_NOISE,
	SECTORS_SWAPPED,
	PAGES_SWAPPED,
	CUT_OFF,
	DAMAGES
};
static const char *const damage_names[DAMAGES] = {"a bit", "some bits", "a byte",
	"a sector of zeros", "a sector of noise", "two sectors swapped", "two pages swapped",
	"an end cut off"};

struct state_file {
	const char *name;
	unsigned percent; /* of the damages */
	uint8_t *p;
	size_t bytes;
	size_t used; /* behind it are zeros */
};

struct campaign {
	struct daemon_config config;
	const char *work;
	uint64_t seed, count;
	int64_t only;
	struct state_file files[FILES];
	struct checked before;
	struct checked *now;
	uint64_t random;
	uint64_t refused, found, harmless, signals, unseen;
};

_Noreturn static void fail(const char *what, const char *which)
{
	fprintf(stderr, "check: %s: %s\n", what, which);
	exit(2);
}

/* ---- files -------------------------------------------------------------------------------------
 */

static void load(struct campaign *c, struct state_file *file)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", c->config.state, file->name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		fail("cannot be read", path);
	file->bytes = (size_t)st.st_size;
	file->p = mmap(NULL, file->bytes + PAGE_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (file->p == MAP_FAILED)
		fail("memory is out", path);
	for (size_t at = 0; at < file->bytes; at += PAGE_BYTES) {
		uint8_t page[PAGE_BYTES] = {0};
		ssize_t got = pread(fd, page, sizeof(page), (off_t)at);
		if (got < 0)
			fail("cannot be read", path);
		if (sodium_is_zero(page, sizeof(page)))
			continue;
		memcpy(file->p + at, page, (size_t)got);
		file->used = at + (size_t)got;
	}
	close(fd);
}

static void save(struct campaign *c, const struct state_file *file)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", c->work, file->name);
	(void)unlink(path);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	size_t n = file->used < file->bytes ? file->used : file->bytes;
	if (fd < 0 || pwrite(fd, file->p, n, 0) != (ssize_t)n || ftruncate(fd, (off_t)file->bytes))
		fail("cannot be written", path);
	close(fd);
}

/* ---- damage ------------------------------------------------------------------------------------
 */

/* Half of what hits the database hits where pages say what they are, or the meta pages. */
static size_t place_in(struct campaign *c, const struct state_file *file)
{
	size_t at = crash_random(&c->random, file->used);

	if (file != c->files || crash_random(&c->random, 2))
		return at;
	if (crash_random(&c->random, 5) == 0)
		return crash_random(&c->random, 2) * PAGE_BYTES + crash_random(&c->random, 160);
	return at / PAGE_BYTES * PAGE_BYTES + crash_random(&c->random, 40);
}

static void swap(uint8_t *a, uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t kept = a[i];
		a[i] = b[i];
		b[i] = kept;
	}
}

static void damage(struct campaign *c, struct state_file *file, enum damage how)
{
	size_t at = place_in(c, file), unit = how == PAGES_SWAPPED ? PAGE_BYTES : SECTOR_BYTES;
	size_t start = at / unit * unit, units = file->used / unit;
	size_t n = start + unit <= file->used ? unit : file->used - start;

	switch (how) {
	case ONE_BIT:
	case SOME_BITS:
		for (size_t i = how == ONE_BIT ? 1 : 2 + crash_random(&c->random, 6); i > 0; i--) {
			file->p[at] ^= (uint8_t)(1U << crash_random(&c->random, 8));
			at = place_in(c, file);
		}
		break;
	case ONE_BYTE:
		file->p[at] = (uint8_t)crash_random(&c->random, 256);
		break;
	case SECTOR_ZERO:
		memset(file->p + start, 0, n);
		break;
	case SECTOR_NOISE:
		for (size_t i = 0; i < n; i++)
			file->p[start + i] = (uint8_t)crash_random(&c->random, 256);
		break;
	case SECTORS_SWAPPED:
	case PAGES_SWAPPED:
		if (units > 1)
			swap(file->p + crash_random(&c->random, units) * unit,
				file->p + crash_random(&c->random, units) * unit, unit);
		break;
	case CUT_OFF:
		file->bytes = crash_random(&c->random, 4) ? at : at / PAGE_BYTES * PAGE_BYTES;
		break;
	case DAMAGES:
		break;
	}
}

static struct state_file *choose_file(struct campaign *c)
{
	unsigned left = (unsigned)crash_random(&c->random, 100);
	size_t i = 0;

	while (i + 1 < FILES && (left >= c->files[i].percent || c->files[i].used == 0)) {
		left -= left >= c->files[i].percent ? c->files[i].percent : left;
		i++;
	}
	return c->files[i].used ? &c->files[i] : &c->files[0];
}

/* ---- one try -----------------------------------------------------------------------------------
 */

static void judge(struct campaign *c, int signal, const char *what)
{
	bool same =
		c->now->head == c->before.head && !memcmp(c->now->all, c->before.all, HASH_BYTES);

	if (signal)
		c->signals++;
	else if (c->now->outcome == CHECK_REFUSED)
		c->refused++;
	else if (c->now->outcome == CHECK_FOUND)
		c->found++;
	else if (c->now->outcome == CHECK_GOOD && same)
		c->harmless++;
	else {
		c->unseen++;
		fprintf(stderr, "%s: what it keeps or answers is another, and nobody said so %s\n",
			what, c->now->text);
	}
	if (signal)
		fprintf(stderr, "%s: %s\n", what, c->now->text);
	else if (c->only >= 0)
		fprintf(stderr, "%s: outcome %d %s\n", what, (int)c->now->outcome, c->now->text);
}

static void try_one(struct campaign *c, uint64_t i)
{
	char what[256];

	c->random = c->seed * 1000003 + i;
	struct state_file *file = choose_file(c);
	const struct state_file kept = *file;
	enum damage how = (enum damage)crash_random(&c->random, DAMAGES);
	uint8_t *copy = malloc(kept.bytes + 1);
	if (!copy)
		fail("memory is out", file->name);
	memcpy(copy, file->p, kept.used);
	damage(c, file, how);
	if (c->only < 0 || (uint64_t)c->only == i) {
		for (size_t f = 0; f < FILES; f++)
			save(c, &c->files[f]);
		snprintf(what, sizeof(what), "try %llu, %s in %s", (unsigned long long)i,
			damage_names[how], file->name);
		*c->now = (struct checked){.outcome = CHECK_GOOD};
		judge(c, check_node_apart(&c->config, c->work, NULL, c->now), what);
	}
	memcpy(file->p, copy, kept.used);
	*file = kept;
	free(copy);
}

static bool take_option(struct campaign *c, int option, char *value)
{
	switch (option) {
	case 'w':
		c->work = value;
		return true;
	case 's':
		c->seed = strtoull(value, NULL, 10);
		return true;
	case 'c':
		c->count = strtoull(value, NULL, 10);
		return true;
	case 'o':
		c->only = strtoll(value, NULL, 10);
		return true;
	default:
		return false;
	}
}

int daemon_main(int argc, char **argv, const struct daemon_program *program)
{
	static const struct option options[] = {{"work", 1, NULL, 'w'}, {"seed", 1, NULL, 's'},
		{"count", 1, NULL, 'c'}, {"only", 1, NULL, 'o'}, {NULL, 0, NULL, 0}};
	static struct campaign c = {.only = -1,
		.files = {{.name = "db/data.mdb", .percent = 72},
			{.name = "keys.bin", .percent = 22}, {.name = "db/lock.mdb", .percent = 4},
			{.name = "db/lock", .percent = 2}}};
	struct reason reason = {0};
	char path[4096];
	int option;

	if (argc < 2 || sodium_init() < 0 ||
		daemon_config_load(&c.config, program, argv[1], &reason))
		fail("the settings cannot be read", reason.rule);
	optind = 2;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(&c, option, optarg))
			return 2;
	if (!c.work)
		fail("needed", "--work");
	for (size_t i = 0; i < FILES; i++)
		load(&c, &c.files[i]);
	snprintf(path, sizeof(path), "%s/db", c.work);
	(void)mkdir(path, 0700);
	c.now = mmap(
		NULL, sizeof(*c.now), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c.now == MAP_FAILED)
		fail("memory is out", "");
	for (size_t i = 0; i < FILES; i++)
		save(&c, &c.files[i]);
	if (check_node_apart(&c.config, c.work, NULL, c.now) || c.now->outcome != CHECK_GOOD)
		fail("it was not whole before", c.now->text);
	c.before = *c.now;
	for (uint64_t i = 0; i < c.count; i++)
		try_one(&c, i);
	printf("tries=%llu refused=%llu found=%llu harmless=%llu signals=%llu unseen=%llu\n",
		(unsigned long long)c.count, (unsigned long long)c.refused,
		(unsigned long long)c.found, (unsigned long long)c.harmless,
		(unsigned long long)c.signals, (unsigned long long)c.unseen);
	return c.signals + c.unseen ? 1 : 0;
}
