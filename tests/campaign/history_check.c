/* The checker of a history: what clients were told against what the journal says. Reads the files
 * of the clients and, as an operator, the journal.
 *
 * 1. What was acknowledged is there, once, its last record at the number that was told (I1).
 * 2. What was refused is not there; what is there was sent.
 * 3. The same key gets the same answer again (I7).
 * 4. Numbers are contiguous (I4).
 * 5. What was answered before another was sent has the smaller number. */
#include "tests/campaign/history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/admin.h"

enum {
	CLIENTS = 4096,
	PAGE = 200,
	ARENA_BYTES = 16 * 1024 * 1024,
	CONNECT_MS = 10000,
	QUERY_BYTES = 4096
};

enum outcome { PENDING, OK, REFUSED, UNKNOWN };

struct op {
	bool sent;
	enum outcome outcome;
	int64_t invoked_us, answered_us;
	uint64_t seq;
	uint32_t crc;
	struct uuid entity;
	uint64_t first, last; /* of its records in the journal; 0: none */
	unsigned records;
	struct uuid about; /* entity of the first */
};

struct history {
	struct op *ops[CLIENTS + 1]; /* from 1 on, like the clients and their numbers */
	unsigned n[CLIENTS + 1];     /* highest number */
	unsigned asked_again, violations;
	uint64_t head;
	bool only; /* records of other clients are none of our business */
};

static void violation(struct history *h, unsigned client, unsigned n, const char *what)
{
	if (h->violations++ < 20)
		fprintf(stderr, "violation: h%u-%u: %s\n", client, n, what);
}

/* ---- the files ------------------------------------------------------------------------------- */

static struct op *op_of(struct history *h, unsigned client, unsigned n)
{
	unsigned *top = &h->n[client];

	if (n > *top) {
		unsigned had = *top ? *top + 1 : 0;
		struct op *grown = realloc(h->ops[client], (n + 1) * sizeof(*grown));
		if (!grown)
			exit(111);
		memset(grown + had, 0, (n + 1 - had) * sizeof(*grown));
		h->ops[client] = grown;
		*top = n;
	}
	return &h->ops[client][n];
}

static void take_ok(struct op *op, int64_t us, const char *rest)
{
	char entity[UUID_TEXT_BYTES] = "";

	if (sscanf(rest, "%" SCNu64 " %x %36s", &op->seq, &op->crc, entity) != 3 ||
		!uuid_parse(entity, strlen(entity), &op->entity))
		exit(2);
	op->outcome = OK;
	op->answered_us = us;
}

static void take_again(struct history *h, unsigned client, unsigned n, const char *rest)
{
	const struct op *op = op_of(h, client, n);
	uint64_t seq;
	uint32_t crc;
	int replayed;

	if (sscanf(rest, "%" SCNu64 " %x %d", &seq, &crc, &replayed) != 3)
		exit(2);
	h->asked_again++;
	if (seq != op->seq || crc != op->crc || !replayed)
		violation(h, client, n, "the same key got another answer");
}

static void take_line(struct history *h, unsigned client, const char *line)
{
	char what[16];
	unsigned n;
	int64_t us;
	int used;

	if (sscanf(line, "%15s %u %" SCNd64 "%n", what, &n, &us, &used) != 3)
		return; /* the last line of a client that was killed */
	struct op *op = op_of(h, client, n);
	if (!strcmp(what, "invoke")) {
		op->sent = true;
		op->invoked_us = us;
	} else if (!strcmp(what, "ok"))
		take_ok(op, us, line + used);
	else if (!strcmp(what, "again"))
		take_again(h, client, n, line + used);
	else if (!strcmp(what, "unseen"))
		violation(h, client, n, "was acknowledged, and a query did not find it");
	else
		op->outcome = !strcmp(what, "refused") ? REFUSED : UNKNOWN;
}

static void read_file(struct history *h, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[256];
	unsigned client = 0;

	if (!file || !fgets(line, sizeof(line), file) || sscanf(line, "client %u", &client) != 1 ||
		client < 1 || client > CLIENTS) {
		fprintf(stderr, "history: %s is no history of a client\n", path);
		exit(2);
	}
	while (fgets(line, sizeof(line), file))
		take_line(h, client, line);
	fclose(file);
}

/* ---- the journal ----------------------------------------------------------------------------- */

bool history_try(struct client *client, const struct history_query *query, struct arena *arena)
{
	struct client_answer answer;
	struct buffer body;

	buffer_init(&body, QUERY_BYTES);
	schema_encode(query->schema, query->fields, &body);
	const struct client_request request = {
		.type = text_of(query->schema->head->name), .body = buffer_bytes(&body)};
	bool good = !client_call(client, &request, &answer) && !answer.status &&
		    !schema_decode(query->schema->head->reply(), answer.body, PACK_PLAIN, arena,
			    query->reply, NULL);
	buffer_done(&body);
	return good;
}

void history_query(struct client *client, const struct history_query *query, struct arena *arena)
{
	if (history_try(client, query, arena))
		return;
	fprintf(stderr, "history: %s is not answered\n", query->schema->head->name);
	exit(111);
}

void history_walk(struct client *client, history_line_fn *fn, void *ctx)
{
	struct read_journal ask = {.from = 1, .limit = PAGE};
	struct journal_page page;
	const struct history_query query = {schema_read_journal(), &ask, &page};
	struct arena arena;

	arena_init(&arena, ARENA_BYTES);
	do {
		arena_reset(&arena);
		history_query(client, &query, &arena);
		for (size_t i = 0; i < page.records.n; i++)
			fn(ctx, &page.records.at[i]);
		ask.from = page.next;
	} while (page.next);
	arena_done(&arena);
}

static bool read_actor(struct text actor, unsigned *ret_client, unsigned *ret_n)
{
	const char *colon = actor.n ? memchr(actor.p, ':', actor.n) : NULL;
	char id[32] = "";
	int used = 0;

	if (!colon)
		return false;
	size_t n = (size_t)(actor.p + actor.n - colon - 1);
	if (n >= sizeof(id))
		return false;
	memcpy(id, colon + 1, n);
	return sscanf(id, "h%u-%u%n", ret_client, ret_n, &used) == 2 && (size_t)used == n;
}

static void take_record(void *ctx, const struct journal_line *line)
{
	struct history *h = ctx;
	unsigned client, n;
	uint64_t seq = (uint64_t)line->seq;

	if (seq != h->head + 1)
		violation(h, 0, (unsigned)seq, "the journal's numbers are not contiguous here");
	h->head = seq;
	if (!read_actor(line->actor, &client, &n))
		return;
	if (client < 1 || client > CLIENTS || n > h->n[client] || !h->ops[client][n].sent) {
		if (h->only)
			return;
		violation(h, client, n, "is in the journal, and was never sent");
		return;
	}
	struct op *op = &h->ops[client][n];
	if (!op->records)
		op->first = seq, op->about = line->entity;
	else if (seq != op->last + 1)
		violation(h, client, n, "is in the journal twice");
	op->last = seq;
	op->records++;
}

/* ---- what must hold -------------------------------------------------------------------------- */

static void check_op(struct history *h, unsigned client, unsigned n)
{
	const struct op *op = &h->ops[client][n];

	if (op->outcome == REFUSED && op->records)
		violation(h, client, n, "was refused, and is in the journal");
	if (op->outcome != OK)
		return;
	if (!op->records)
		violation(h, client, n, "was acknowledged, and is lost");
	else if (op->last != op->seq)
		violation(h, client, n, "stands elsewhere in the journal than it was told");
	if (op->records && !uuid_is_nil(op->entity) && !uuid_equal(op->entity, op->about))
		violation(h, client, n, "is about something else than it was told");
}

struct moment {
	int64_t us;
	uint64_t seq; /* first of an invocation, last of an answer */
	bool answer;
	unsigned client, n;
};

static int by_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->us != y->us)
		return x->us < y->us ? -1 : 1;
	return x->answer - y->answer; /* at the same moment nothing was before */
}

static size_t list_moments(const struct history *h, struct moment *moments)
{
	size_t k = 0;

	for (unsigned c = 1; c <= CLIENTS; c++)
		for (unsigned n = 1; n <= h->n[c]; n++) {
			const struct op *op = &h->ops[c][n];
			if (!op->records)
				continue;
			moments[k++] = (struct moment){op->invoked_us, op->first, false, c, n};
			if (op->outcome == OK)
				moments[k++] =
					(struct moment){op->answered_us, op->last, true, c, n};
		}
	return k;
}

static size_t count_sent(const struct history *h)
{
	size_t sent = 0;

	for (unsigned c = 1; c <= CLIENTS; c++)
		sent += h->n[c];
	return sent;
}

static void check_order(struct history *h)
{
	struct moment *moments = calloc(2 * count_sent(h) + 1, sizeof(*moments));
	uint64_t answered = 0;

	if (!moments)
		exit(111);
	size_t n = list_moments(h, moments);
	qsort(moments, n, sizeof(*moments), by_time);
	for (size_t i = 0; i < n; i++) {
		if (moments[i].answer)
			answered = moments[i].seq > answered ? moments[i].seq : answered;
		else if (moments[i].seq <= answered)
			violation(h, moments[i].client, moments[i].n,
				"stands before what was answered before it was sent");
	}
	free(moments);
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void print_figures(const struct history *h)
{
	int64_t *took = calloc(count_sent(h) + 1, sizeof(*took));
	size_t counts[UNKNOWN + 1] = {0}, n = 0, kept = 0;

	if (!took)
		exit(111);
	for (unsigned c = 1; c <= CLIENTS; c++)
		for (unsigned i = 1; i <= h->n[c]; i++) {
			const struct op *op = &h->ops[c][i];
			counts[op->outcome]++;
			kept += op->outcome != OK && op->records;
			if (op->outcome == OK)
				took[n++] = op->answered_us - op->invoked_us;
		}
	qsort(took, n, sizeof(*took), by_size);
	printf("sent=%zu ok=%zu refused=%zu unknown=%zu of_these_kept=%zu asked_again=%u "
	       "p50_ms=%.1f p99_ms=%.1f max_ms=%.1f wrong=%u\n",
		count_sent(h), counts[OK], counts[REFUSED], counts[UNKNOWN] + counts[PENDING], kept,
		h->asked_again, n ? (double)took[n / 2] / 1e3 : 0,
		n ? (double)took[n * 99 / 100] / 1e3 : 0, n ? (double)took[n - 1] / 1e3 : 0,
		h->violations);
	free(took);
}

static void forget(struct history *h)
{
	for (unsigned c = 1; c <= CLIENTS; c++)
		free(h->ops[c]);
}

int history_times(char **files, int n_files)
{
	struct history h = {0};

	for (int i = 0; i < n_files; i++)
		read_file(&h, files[i]);
	print_figures(&h);
	forget(&h);
	return 0;
}

int history_check(const struct history_plan *plan, char **files, int n_files)
{
	struct client *client = history_connect(plan->town, plan->node, "operator", CONNECT_MS);
	struct history h = {.only = plan->only};

	if (!client) {
		fprintf(stderr, "history: %s does not answer\n", plan->node->name);
		return 111;
	}
	for (int i = 0; i < n_files; i++)
		read_file(&h, files[i]);
	history_walk(client, take_record, &h);
	client_close(client);
	for (unsigned c = 1; c <= CLIENTS; c++)
		for (unsigned n = 1; n <= h.n[c]; n++)
			check_op(&h, c, n);
	check_order(&h);
	print_figures(&h);
	forget(&h);
	return h.violations != 0;
}
