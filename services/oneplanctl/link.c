/* Goes along a link: settings, name, connection, keys, roles, clocks, cursors of both directions.
 * Reads settings and the key of the node here; connects to the other one with that key, as the node
 * does, and to the node here as operator. */
#include "services/oneplanctl/link.h"

#include <string.h>

#include "common/admin.h"
#include "common/clock.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/ini_edit.h"
#include "services/oneplanctl/probe.h"
#include "services/oneplanctl/town_files.h"
#include "services/oneplanctl/town_keys.h"
#include "services/oneplanctl/town_tell.h"

enum { STEPS = 32, CLOCK_LIMIT_MS = 1000, MOVE_MS = 5000, LOOK_MS = 200 };

/* What one end says of itself and of the other. */
struct end {
	struct status_reply status;
	struct queue_list queues;
	struct client *client;
	int64_t clock_ahead_ms;
};

struct walk {
	struct link *link;
	struct ctl *ctl;
	struct arena *arena;
	const char *node, *other;   /* names */
	const char *settings;       /* of the node, as text */
	const char *endpoint, *key; /* of the other, as the node knows it */
	bool takes, gives;          /* node follows other; other follows node */
	struct town_keys keys;
	struct end here, there;
};

/* ---- steps ----------------------------------------------------------------------------------- */

static void note(struct walk *w, const char *step, const char *bad, const char *remedy)
{
	struct ctl_link *said = &w->link->said;

	if (said->steps.n == STEPS)
		return;
	said->steps.at[said->steps.n++] = (struct ctl_link_step){.step = text_of(step),
		.good = !bad,
		.said = bad ? text_of(bad) : TEXT_NONE,
		.remedy = remedy ? text_of(remedy) : TEXT_NONE};
}

static bool good(struct walk *w, const char *step)
{
	note(w, step, NULL, NULL);
	return true;
}

static bool bad(struct walk *w, const char *step, const char *found, const char *remedy)
{
	note(w, step, found ? found : "", remedy);
	return false;
}

static const char *say(struct walk *w, const char *format, const char *a, const char *b)
{
	const char *text = "";
	for (const char *at = format; text && *at;) {
		size_t n = strcspn(at, "%");
		text = arena_printf(w->arena, "%s%.*s%s", text, (int)n, at,
			at[n] == '\0'      ? ""
			: at[n + 1] == '1' ? a
					   : b);
		at += n + (at[n] ? 2 : 0);
	}
	return text ? text : "";
}

/* ---- what the settings say ------------------------------------------------------------------- */

static const char *value(struct walk *w, const char *kind, const char *key)
{
	const char *section = arena_printf(w->arena, "%s.%s", kind, w->other);

	return section ? ini_value(w->arena, w->settings, section, key) : NULL;
}

static bool look_at_settings(struct walk *w)
{
	const struct town_node *other = w->link->other;
	const char *key = value(w, "follow", "public_key"), *peer = value(w, "peer", "public_key");
	const char *role = value(w, "peer", "role");
	const char *remedy = say(w, "here: `town add-peer` with the card of %2", w->node, w->other);

	if (w->takes && !key)
		return bad(w, "settings", say(w, "%1 is not told to follow %2", w->node, w->other),
			remedy);
	if (w->gives && !peer)
		return bad(w, "settings",
			say(w, "%1 does not know the key of %2", w->node, w->other), remedy);
	if (w->gives && role && strcmp(role, other->role) != 0)
		return bad(w, "settings",
			say(w, "%1 takes %2 for something else", w->node, w->other),
			say(w, "in the settings of %1, [peer.%2]: the right role; then SIGHUP",
				w->node, w->other));
	if (w->takes && w->gives && strcmp(key, peer) != 0)
		return bad(w, "settings", say(w, "%1 knows two keys of %2", w->node, w->other),
			say(w,
				"an exchange was broken off: `key rotate %2` there, or `town "
				"add-peer "
				"--replace` here",
				w->node, w->other));
	w->key = w->takes ? key : other->public_key;
	w->endpoint = w->takes ? value(w, "follow", "endpoint") : other->endpoint;
	return good(w, "settings");
}

static bool read_own(struct walk *w)
{
	struct key_owner owner = {.ctl = w->ctl};
	const char *path = arena_printf(w->arena, "%s/%s/node.key", w->ctl->town_dir, w->node);
	enum err err = path ? keys_read(&owner, path, &w->keys) : ERR_NO_MEMORY;

	if (!err)
		err = ini_read(
			town_settings_of(w->ctl, w->node), w->arena, &w->settings, &owner.reason);
	return !err ||
	       bad(w, "settings",
		       arena_printf(w->arena, "%s: %s", owner.reason.field, owner.reason.rule),
		       "call it as somebody who may read the node's files");
}

/* ---- asking ---------------------------------------------------------------------------------- */

static enum err ask(struct walk *w, struct end *end, struct reason *reason)
{
	const struct show_status how = {.detail = TEXT_NONE};
	const struct list_queues which = {.follower = TEXT_NONE};
	const struct asked status = {schema_show_status(), &how, &end->status, w->arena};
	const struct asked queues = {schema_list_queues(), &which, &end->queues, w->arena};
	const struct clock clock = clock_real();
	int64_t before = clock_now(&clock);
	enum err err = ask_query(w->ctl, end->client, &status, reason);

	end->clock_ahead_ms = err ? 0 : end->status.now - (before + clock_now(&clock)) / 2;
	return err ? err : ask_query(w->ctl, end->client, &queues, reason);
}

static bool ask_here(struct walk *w)
{
	struct reason reason = {0};

	w->here.client = ask_open(w->ctl, w->link->node, "operator", &reason);
	if (w->here.client && !ask(w, &w->here, &reason))
		return good(w, "runs");
	w->link->unreachable = true;
	return bad(w, "runs", say(w, "%1 does not answer here: %2", w->node, reason.rule),
		say(w, "start it; its log says what keeps it", w->node, w->other));
}

static const struct {
	const char *step, *remedy;
} probes[] = {
	[PROBE_NAME] = {"name", "mend the name server or the endpoint: `town move %2 "
				"tcp://ADDRESS:PORT`"},
	[PROBE_CONNECT] = {"connect",
		"does %2 run, does it `listen` there, does a firewall keep us "
		"out?"},
	[PROBE_SPEAKS] = {"protocol",
		"does %2 hang? Or another program listens there: then `listen` of %2, or its "
		"endpoint here, is wrong"},
	[PROBE_KEY] = {"server key",
		"%2 has another key than the one known here: another card of it, "
		"and `town add-peer --replace` here"},
	[PROBE_LET_IN] = {"let in",
		"%2 does not let the key of %1 in: there `town add-peer` with the "
		"card of %1 (--replace when it has another key)"},
};

static bool knock(struct walk *w)
{
	char why[PROBE_WHY_BYTES];
	const struct probe probe = {
		w->endpoint, w->key, &w->keys, w->ctl->timeout_ms ? w->ctl->timeout_ms : 3000};
	enum probe_step failed = probe_run(&probe, why);

	for (enum probe_step step = PROBE_NAME; step < failed; step++)
		good(w, probes[step].step);
	if (failed == PROBE_DONE)
		return true;
	w->link->unreachable = failed <= PROBE_CONNECT;
	return bad(w, probes[failed].step, arena_printf(w->arena, "%s: %s", w->endpoint, why),
		say(w, probes[failed].remedy, w->node, w->other));
}

/* As the node, so that rights are its own. */
static bool ask_there(struct walk *w)
{
	const struct client_options options = {.endpoint = w->endpoint,
		.server_key = w->key,
		.public_key = w->keys.public_key,
		.secret_key = w->keys.secret_key,
		.name = w->node,
		.connect_timeout_ms = ctl_timeout(w->ctl, ASK_MS)};
	struct reason reason = {0};

	if (client_open(&options, &w->there.client, &reason)) {
		w->there.client = NULL;
		return bad(w, "version",
			arena_printf(w->arena, "%s lets us in and does not greet: %s", w->other,
				reason.rule),
			"it speaks another version of OP, or hangs: its log, `oneplan-X --help` of "
			"both");
	}
	if (ask(w, &w->there, &reason))
		return bad(w, "version",
			arena_printf(w->arena, "%s does not answer: %s", w->other, reason.rule),
			"are the programs of both ends of versions that know each other?");
	good(w, "version");
	if (!text_is(w->there.status.node, w->other))
		return bad(w, "who",
			arena_printf(w->arena, "it is %s that answers there",
				text_string(w->arena, w->there.status.node)),
			say(w, "the endpoint of %2 is that of another node: `town move %2`",
				w->node, w->other));
	return good(w, "who");
}

/* ---- what the ends know of each other ---------------------------------------------------------
 */

static const struct queue_line *queue_of(const struct end *end, const char *follower)
{
	for (size_t i = 0; i < end->queues.queues.n; i++)
		if (text_is(end->queues.queues.at[i].follower, follower))
			return &end->queues.queues.at[i];
	return NULL;
}

static const struct cursor_line *cursor_of(const struct end *end, const char *owner)
{
	for (size_t i = 0; i < end->queues.cursors.n; i++)
		if (text_is(end->queues.cursors.at[i].owner, owner))
			return &end->queues.cursors.at[i];
	return NULL;
}

static bool look_at_roles(struct walk *w)
{
	const struct status_reply *there = &w->there.status;

	if (w->takes && !text_is(there->asker_role, w->link->node->role))
		return bad(w, "role",
			arena_printf(w->arena, "%s lets %s in as %.*s", w->other, w->node,
				(int)there->asker_role.n, there->asker_role.p),
			say(w, "there: the right role in [peer.%1], and SIGHUP", w->node,
				w->other));
	if (w->takes && *w->link->node->department &&
		!text_is(there->asker_department, w->link->node->department))
		return bad(w, "role",
			arena_printf(w->arena, "%s takes %s for one of the department `%.*s`",
				w->other, w->node, (int)there->asker_department.n,
				there->asker_department.p),
			say(w, "there: `department` in [peer.%1], and SIGHUP", w->node, w->other));
	if (w->takes && !text_is(there->asker, w->node))
		return bad(w, "role",
			arena_printf(w->arena, "%s knows our key under the name %s", w->other,
				text_string(w->arena, there->asker)),
			say(w, "there: [peer.%1] with this key, and no other; SIGHUP", w->node,
				w->other));
	if (w->takes && !queue_of(&w->there, w->node))
		return bad(w, "role",
			say(w, "%2 does not take %1 for a follower", w->node, w->other),
			say(w,
				"there: [peer.%1] with its role, and SIGHUP; best by `town "
				"add-peer` with "
				"the card of %1",
				w->node, w->other));
	if (w->takes && w->gives && !cursor_of(&w->there, w->node))
		return bad(w, "role", say(w, "%2 does not follow %1", w->node, w->other),
			say(w, "there: `town add-peer` with the card of %1", w->node, w->other));
	if (w->takes && !cursor_of(&w->here, w->other))
		return bad(w, "role",
			say(w, "%1 has not read that it is to follow %2", w->node, w->other),
			say(w, "send %1 SIGHUP, or restart it", w->node, w->other));
	if (w->gives && !queue_of(&w->here, w->other))
		return bad(w, "role",
			say(w, "%1 has not read that %2 follows it", w->node, w->other),
			say(w, "send %1 SIGHUP, or restart it", w->node, w->other));
	return good(w, "role");
}

static bool look_at_clocks(struct walk *w)
{
	int64_t apart = w->there.clock_ahead_ms - w->here.clock_ahead_ms;

	if (apart > CLOCK_LIMIT_MS || apart < -CLOCK_LIMIT_MS)
		return bad(w, "clocks",
			arena_printf(w->arena, "they are %lld ms apart", (long long)apart),
			"let both hosts keep time (chrony, systemd-timesyncd)");
	return good(w, "clocks");
}

/* One direction: the follower's cursor on the owner, as the follower itself says, or else as the
 * owner heard it. ret_at is how far it is, negative when that is as far as it goes for now. */
struct direction {
	const char *step, *follower, *owner;
	const struct end *of_follower, *of_owner;
};

static bool has_all(const struct direction *d, int64_t *ret_at)
{
	const struct cursor_line *cursor = cursor_of(d->of_follower, d->owner);
	const struct queue_line *queue = queue_of(d->of_owner, d->follower);

	*ret_at = cursor ? cursor->through : queue ? queue->through : 0;
	return queue && queue->depth == 0 &&
	       (!cursor || cursor->through >= d->of_owner->status.head ||
		       cursor->through >= queue->through);
}

static const char *diverges(const struct direction *d)
{
	const struct cursor_line *cursor = cursor_of(d->of_follower, d->owner);
	const struct queue_line *queue = queue_of(d->of_owner, d->follower);

	return (cursor && cursor->diverged) || (queue && queue->diverged_at) ? "diverged" : NULL;
}

static bool look_at_moving(struct walk *w, const struct direction *d)
{
	const struct cursor_line *cursor = cursor_of(d->of_follower, d->owner);
	struct reason reason = {0};
	int64_t first, at;

	if (diverges(d))
		return bad(w, d->step,
			say(w, "the journal that %1 has of %2 is not the one that %2 has",
				d->follower, d->owner),
			say(w, "one of the two was restored: `follow-anew %1 %2`", d->follower,
				d->owner));
	bool all = has_all(d, &first);
	for (int waited = 0; !all && waited < MOVE_MS; waited += LOOK_MS) {
		town_sleep_ms(LOOK_MS);
		if (ask(w, &w->here, &reason) || (w->there.client && ask(w, &w->there, &reason)))
			break;
		all = has_all(d, &at) || at > first;
	}
	if (!all)
		return bad(w, d->step,
			say(w, "records of %2 wait for %1 and do not move", d->follower, d->owner),
			say(w, "`link check` at the host of %1; its log; `status` there",
				d->follower, d->owner));
	cursor = cursor_of(d->of_follower, d->owner);
	if (cursor && cursor->quarantined)
		return bad(w, d->step,
			say(w, "%1 has set records of %2 aside", d->follower, d->owner),
			say(w, "`quarantine %1`", d->follower, d->owner));
	return good(w, d->step);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool walk(struct walk *w)
{
	const struct direction takes = {"takes", w->node, w->other, &w->here, &w->there};
	const struct direction gives = {"gives", w->other, w->node, &w->there, &w->here};

	if (!read_own(w) || !look_at_settings(w) || !ask_here(w))
		return false;
	/* who is only followed has no need to let its followed node in */
	if (w->takes && (!knock(w) || !ask_there(w)))
		return false;
	if (!look_at_roles(w))
		return false;
	if (w->takes && (!look_at_clocks(w) || !look_at_moving(w, &takes)))
		return false;
	return !w->gives || look_at_moving(w, &gives);
}

void link_check(struct link *link)
{
	struct walk w = {.link = link,
		.ctl = link->ctl,
		.arena = &link->ctl->arena,
		.node = link->node->name,
		.other = link->other->name,
		.takes = town_follows(link->node->role, link->other->role),
		.gives = town_follows(link->other->role, link->node->role)};
	int64_t before = link->ctl->connect_ms;

	link->said = (struct ctl_link){.node = text_of(w.node), .other = text_of(w.other)};
	link->said.steps.at = arena_alloc(w.arena, STEPS * sizeof(*link->said.steps.at));
	if (!link->said.steps.at)
		return;
	link->ctl->connect_ms = before ? before : ASK_QUICKLY_MS;
	link->said.well = walk(&w);
	link->ctl->connect_ms = before;
	client_close(w.here.client);
	client_close(w.there.client);
	explicit_bzero(&w.keys, sizeof(w.keys));
}
