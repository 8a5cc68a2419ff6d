/* The command `audit`: who read a citizen's data at a node, and whether the node's audit log is
 * whole. Talks to one node, and to the entrance when a CPR number is to be looked up. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "proto/cpr.h"
#include "proto/intake.h"
#include "services/oneplanctl/actor.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/table.h"

enum { SHOWN = 100000, PAGE = 100, HASH_BYTES = 32 };

struct work {
	struct ctl *ctl;
	const struct arguments *arguments;
	const struct town_node *node;
	struct client *client;
	struct reason reason;
};

static int fail(struct work *work, const struct town_node *node)
{
	return ctl_fail(work->ctl, &(struct failure){.node = node->name, .reason = &work->reason});
}

/* ---- show ------------------------------------------------------------------------------------ */

/* Looking a number up is a read, too, and noted at the entrance. */
static enum err look_up(struct work *work, const char *number, struct uuid *ret)
{
	const struct find_citizen query = {.number = text_of(number)};
	struct citizen_reply reply;
	const struct asked asked = {schema_find_citizen(), &query, &reply, &work->ctl->arena};
	const struct actor actor = work->ctl->actor;
	const struct town_node *entrance;
	struct cpr cpr;
	enum err err = cpr_parse(number, strlen(number), &cpr, &work->reason);

	if (err)
		return reason_set(
			&work->reason, ERR_INVALID, "--citizen", "must be a UUID or a CPR number");
	err = ctl_find_role(work->ctl, "intake", &entrance, &work->reason);
	if (err)
		return err;
	struct client *client = ask_open(work->ctl, entrance, "portal", &work->reason);
	if (!client)
		return work->reason.code;
	/* neither operators nor auditors may look people up */
	work->ctl->actor =
		(struct actor){.role = text_of("front_desk"), .id = text_of("oneplanctl")};
	err = ask_query(work->ctl, client, &asked, &work->reason);
	work->ctl->actor = actor;
	client_close(client);
	if (!err && reply.citizen)
		*ret = reply.citizen->citizen;
	return err;
}

static enum err find_person(struct work *work, struct uuid *ret)
{
	const char *citizen = argument_text(work->arguments, "citizen");

	if (!citizen)
		return reason_set(&work->reason, ERR_INVALID, "--citizen",
			"is missing: whose reads are to be shown");
	return uuid_parse(citizen, strlen(citizen), ret) ? ERR_OK : look_up(work, citizen, ret);
}

/* The last ones, when there are more than are wanted. */
static void keep_last(struct ctl_audit *all, size_t wanted)
{
	if (all->reads.n <= wanted)
		return;
	all->reads.at += all->reads.n - wanted;
	all->reads.n = wanted;
}

static enum err read_all(struct work *work, struct ctl_audit *all)
{
	struct arena *arena = &work->ctl->arena;
	struct show_audit query = {.person = all->person, .limit = PAGE};
	struct audit_page page;
	const struct asked asked = {schema_show_audit(), &query, &page, arena};
	int64_t limit = SHOWN;

	enum err err = argument_count(work->arguments, "limit", &limit, &work->reason);
	if (err)
		return err;
	all->reads.at = arena_alloc(arena, SHOWN * sizeof(*all->reads.at));
	if (!all->reads.at)
		return reason_set(&work->reason, ERR_NO_MEMORY, "", "out of memory");
	do {
		err = ask_query(work->ctl, work->client, &asked, &work->reason);
		for (size_t i = 0; !err && i < page.reads.n && all->reads.n < SHOWN; i++)
			all->reads.at[all->reads.n++] = page.reads.at[i];
		query.after = page.next;
	} while (!err && page.next && all->reads.n < SHOWN);
	keep_last(all, (size_t)limit);
	return err;
}

static const char *who(struct arena *arena, const struct actor *actor)
{
	if (!actor)
		return "";
	return arena_printf(arena, "%.*s%s%.*s%s%.*s", (int)actor->role.n, actor->role.p,
		actor->id.n ? ":" : "", (int)actor->id.n, actor->id.n ? actor->id.p : "",
		actor->department.n ? "/" : "", (int)actor->department.n,
		actor->department.n ? actor->department.p : "");
}

static int print_reads(struct work *work, const struct ctl_audit *all)
{
	static const struct table_column columns[] = {{.title = "seq", .right = true},
		{.title = "when"}, {.title = "client"}, {.title = "who"}, {.title = "asked"},
		{.title = "about", .gives = true}, {.title = "persons", .right = true},
		{.title = "why", .wraps = true}};
	struct arena *arena = &work->ctl->arena;
	struct table table;

	if (work->ctl->json)
		return ctl_print_record(work->ctl, schema_ctl_audit(), all);
	table_init(&table, columns, sizeof(columns) / sizeof(columns[0]), arena);
	for (size_t i = 0; i < all->reads.n; i++) {
		const struct read_line *line = &all->reads.at[i];
		char about[UUID_TEXT_BYTES] = "";
		if (!uuid_is_nil(line->about))
			uuid_format(line->about, about);
		const char *cells[] = {amount_of_count(arena, line->seq),
			amount_of_time(arena, line->time), text_string(arena, line->client),
			who(arena, line->actor), text_string(arena, line->query),
			arena_copy(arena, about, strlen(about)),
			amount_of_count(arena, line->persons), text_string(arena, line->why)};
		table_add(&table, TABLE_PLAIN, cells);
	}
	table_print(&table, work->ctl->colour);
	return CTL_DONE;
}

static int show(struct work *work)
{
	struct ctl_audit all = {0};

	if (find_person(work, &all.person))
		return fail(work, work->node);
	if (read_all(work, &all))
		return fail(work, work->node);
	return print_reads(work, &all);
}

/* ---- verify ---------------------------------------------------------------------------------- */

static enum err take_kept(struct work *work, struct verify_audit *query, uint8_t hash[HASH_BYTES])
{
	const char *hex = argument_text(work->arguments, "hash");
	size_t n = 0;
	enum err err = argument_count(work->arguments, "seq", &query->seq, &work->reason);

	if (err)
		return err;
	if (!hex != !query->seq)
		return reason_set(&work->reason, ERR_INVALID, "--hash",
			"and --seq go together: the pair that was printed before");
	if (!hex)
		return ERR_OK;
	if (sodium_hex2bin(hash, HASH_BYTES, hex, strlen(hex), NULL, &n, NULL) || n != HASH_BYTES)
		return reason_set(
			&work->reason, ERR_INVALID, "--hash", "must be 64 hexadecimal digits");
	query->hash = (struct text){(const char *)hash, HASH_BYTES, false};
	return ERR_OK;
}

/* Piece by piece, so that the node is never held up; it goes on being read meanwhile. */
static enum err check_all(
	struct work *work, struct verify_audit *query, struct ctl_audit_checked *ret)
{
	struct audit_checked piece;
	const struct asked asked = {schema_verify_audit(), query, &piece, &work->ctl->arena};

	do {
		enum err err = ask_query(work->ctl, work->client, &asked, &work->reason);
		if (err)
			return err;
		ret->head = piece.head;
		ret->hash = piece.hash;
		ret->bad = piece.bad;
		ret->differs |= piece.differs;
		query->from = piece.next;
	} while (piece.next && !piece.bad);
	ret->whole = !ret->bad && !ret->differs;
	return ERR_OK;
}

static void say(struct work *work, const struct verify_audit *query,
	const struct ctl_audit_checked *checked)
{
	char hex[2 * HASH_BYTES + 1] = "";

	if (checked->hash.n == HASH_BYTES)
		sodium_bin2hex(hex, sizeof(hex), (const uint8_t *)checked->hash.p, HASH_BYTES);
	if (checked->bad)
		printf("entry %lld is missing, was changed, is not in its place or cannot be found "
		       "by its persons;\nwhat comes behind it proves nothing\n",
			(long long)checked->bad);
	if (checked->differs)
		printf("entry %lld is missing, or another than the one whose hash was kept: the "
		       "log was cut off\nor written anew\n",
			(long long)query->seq);
	if (checked->whole)
		printf("the audit log of %s is whole%s\n", work->node->name,
			query->seq ? ", and it is the one whose hash was kept" : "");
	printf("--seq %lld --hash %s\n", (long long)checked->head, hex);
}

static int verify(struct work *work)
{
	struct ctl_audit_checked checked = {0};
	struct verify_audit query = {0};
	uint8_t hash[HASH_BYTES];

	if (take_kept(work, &query, hash))
		return ctl_fail_here(work->ctl, &work->reason);
	if (check_all(work, &query, &checked))
		return fail(work, work->node);
	if (!work->ctl->json)
		say(work, &query, &checked);
	else if (ctl_print_record(work->ctl, schema_ctl_audit_checked(), &checked))
		return CTL_SYSTEM;
	return checked.whole ? CTL_DONE : CTL_REFUSED;
}

/* ---------------------------------------------------------------------------------------------- */

static enum err take_who(struct work *work)
{
	const char *actor = argument_text(work->arguments, "actor");
	const char *why = argument_text(work->arguments, "why");
	enum err err =
		actor ? actor_parse(text_of(actor), &work->ctl->actor, &work->reason) : ERR_OK;

	if (err)
		reason_prefix(&work->reason, "--actor", -1);
	if (why)
		work->ctl->why = text_of(why);
	return err;
}

/* Through the operators' key no personal texts are seen, and why somebody read is one. */
static const char *client_for(const struct ctl *ctl)
{
	return text_is(ctl->actor.role, "auditor") ? "portal" : "operator";
}

int command_audit(struct ctl *ctl, const struct arguments *arguments)
{
	struct work work = {.ctl = ctl, .arguments = arguments};
	bool shows = strcmp(arguments->words[1], "show") == 0;
	int code;

	if (!shows && strcmp(arguments->words[1], "verify") != 0)
		return ctl_fail_usage(ctl, arguments->words[1], "must be show or verify");
	if (ctl_find_node(ctl, arguments->words[0], &work.node, &work.reason) || take_who(&work))
		return ctl_fail_here(ctl, &work.reason);
	work.client = ask_open(ctl, work.node, client_for(ctl), &work.reason);
	if (!work.client)
		return ask_fail(ctl, work.node, &work.reason);
	code = shows ? show(&work) : verify(&work);
	client_close(work.client);
	return code;
}
