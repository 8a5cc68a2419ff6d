/* What every command of oneplanctl is given: the global options, the town, and how a command ends.
 */
#ifndef SERVICES_ONEPLANCTL_CTL_H
#define SERVICES_ONEPLANCTL_CTL_H

#include "common/node.h"
#include "common/uuid.h"
#include "services/oneplanctl/arguments.h"
#include "common/town.h"

/* How every command ends: the same for all. --help and the man page are made from this. */
#define CTL_EXITS(X)                                                                              \
	X(CTL_DONE, 0, "all is well: it was done")                                                \
	X(CTL_REFUSED, 1, "something is not well, or was refused")                                \
	X(CTL_USAGE, 2, "wrong arguments, or there is no such town, node or key")                 \
	X(CTL_UNREACHABLE, 3, "a node cannot be reached, or cannot take it now: ask again later") \
	X(CTL_UNKNOWN, 4, "it was asked for and no answer came: it may have been done")           \
	X(CTL_NOT_UNDERSTOOD, 69, "a node's answer was not understood: it is of another version") \
	X(CTL_SYSTEM, 111, "a system call failed")

enum ctl_exit {
#define X(name, code, meaning) name = (code),
	CTL_EXITS(X)
#undef X
};

struct ctl {
	const char *town_dir;
	const char *client; /* name of a key; NULL: one that may do it */
	const char *by;     /* the operator who decides; NULL: not named */
	int64_t timeout_ms; /* 0: not given */
	int64_t connect_ms; /* 0: as long as an answer may take */
	bool json;
	bool help;
	bool terminal; /* standard output is one */
	bool colour;
	bool reader_gone;    /* of standard output, which is no mistake */
	struct uuid unknown; /* key of a command that got no answer; nil: there is none */
	struct actor actor;  /* said with the queries of a command that takes it */
	struct text why;
	struct arena arena; /* as long as the command runs */
	struct town town;
};

/* One row of the table of commands. */
struct command {
	const char *name;      /* one or two words */
	const char *arguments; /* as shown in --help */
	const char *line;      /* what it does, in one line */
	const char *help;      /* what else must be known */
	size_t min_words, max_words;
	size_t own_help_from; /* with so many words it answers --help itself; 0: never */
	const struct option_row *options; /* ends with a NULL name */
	int (*run)(struct ctl *ctl, const struct arguments *arguments);
};

extern const struct command commands[];
extern const size_t n_commands;
extern const struct option_row global_options[];

/* The time an answer may take: as asked for, or otherwise_ms. */
int64_t ctl_timeout(const struct ctl *ctl, int64_t otherwise_ms);

/* Reads the town. ERR_NOT_FOUND when there is none. */
enum err ctl_open_town(struct ctl *ctl, struct reason *reason) MUST_USE;
/* The town, and in it a node. ERR_NOT_FOUND names the nodes there are. */
enum err ctl_find_node(struct ctl *ctl, const char *name, const struct town_node **ret,
	struct reason *reason) MUST_USE;
/* Where the node is and its key, read again: both may have changed since. */
void ctl_look_again(struct ctl *ctl, const struct town_node *node);
/* The town, and in it the first node of a role. */
enum err ctl_find_role(struct ctl *ctl, const char *role, const struct town_node **ret,
	struct reason *reason) MUST_USE;

/* A record as JSON on standard output, on a line of its own: compact with --json or when nobody
 * looks, otherwise indented. Returns an exit code. */
int ctl_print_record(struct ctl *ctl, const struct schema *schema, const void *record);

/* What went wrong. node NULL: nothing that a node said; key nil: none; code 0: what follows from
 * reason->code. */
struct failure {
	const char *node;
	const struct reason *reason;
	struct uuid key;
	bool unknown; /* of a command: it may have been done */
	enum ctl_exit code;
};

/* Says it on standard error, with --json on standard output too; returns the exit code. */
int ctl_fail(struct ctl *ctl, const struct failure *failure);
/* The same for what is wrong with the arguments or the town. */
int ctl_fail_here(struct ctl *ctl, const struct reason *reason);
int ctl_fail_usage(struct ctl *ctl, const char *field, const char *rule);
enum ctl_exit ctl_exit_of(const struct failure *failure);

/* The commands, one file each. */
int command_town_init(struct ctl *ctl, const struct arguments *arguments);
int command_town_card(struct ctl *ctl, const struct arguments *arguments);
int command_town_add_peer(struct ctl *ctl, const struct arguments *arguments);
int command_town_remove_peer(struct ctl *ctl, const struct arguments *arguments);
int command_town_move(struct ctl *ctl, const struct arguments *arguments);
int command_link_check(struct ctl *ctl, const struct arguments *arguments);
int command_archive(struct ctl *ctl, const struct arguments *arguments);
int command_audit(struct ctl *ctl, const struct arguments *arguments);
int command_completion(struct ctl *ctl, const struct arguments *arguments);
int command_call(struct ctl *ctl, const struct arguments *arguments);
int command_erasures(struct ctl *ctl, const struct arguments *arguments);
int command_import(struct ctl *ctl, const struct arguments *arguments);
int command_key_make(struct ctl *ctl, const struct arguments *arguments);
int command_key_rotate(struct ctl *ctl, const struct arguments *arguments);
int command_key_revoke(struct ctl *ctl, const struct arguments *arguments);
int command_journal(struct ctl *ctl, const struct arguments *arguments);
int command_quarantine(struct ctl *ctl, const struct arguments *arguments);
int command_log(struct ctl *ctl, const struct arguments *arguments);
int command_monitor(struct ctl *ctl, const struct arguments *arguments);
int command_peek(struct ctl *ctl, const struct arguments *arguments);
int command_retry(struct ctl *ctl, const struct arguments *arguments);
int command_drop(struct ctl *ctl, const struct arguments *arguments);
int command_bury(struct ctl *ctl, const struct arguments *arguments);
int command_kick(struct ctl *ctl, const struct arguments *arguments);
int command_pause(struct ctl *ctl, const struct arguments *arguments);
int command_replay(struct ctl *ctl, const struct arguments *arguments);
int command_resume(struct ctl *ctl, const struct arguments *arguments);
int command_queues(struct ctl *ctl, const struct arguments *arguments);
int command_shape(struct ctl *ctl, const struct arguments *arguments);
int command_status(struct ctl *ctl, const struct arguments *arguments);
int command_top(struct ctl *ctl, const struct arguments *arguments);
int command_trace(struct ctl *ctl, const struct arguments *arguments);
int command_backup(struct ctl *ctl, const struct arguments *arguments);
int command_restore(struct ctl *ctl, const struct arguments *arguments);
int command_scrub(struct ctl *ctl, const struct arguments *arguments);
int command_follow_anew(struct ctl *ctl, const struct arguments *arguments);
int command_new_epoch(struct ctl *ctl, const struct arguments *arguments);
int command_digest(struct ctl *ctl, const struct arguments *arguments);
int command_wait(struct ctl *ctl, const struct arguments *arguments);
int command_report(struct ctl *ctl, const struct arguments *arguments);

#endif
