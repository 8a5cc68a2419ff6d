/* What can go wrong, as one list: a code for programs, a sentence for people, and the reason that
 * names the field and the rule when the input was at fault. */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

#include <stdbool.h>
#include <stddef.h>

/* E(name, word on the wire, sentence, does trying again help) */
#define ERR_LIST(E)                                                                           \
	E(OK, "ok", "done", false)                                                            \
	E(INVALID, "invalid", "the input breaks a rule", false)                               \
	E(UNKNOWN_TYPE, "unknown_type", "no such command or query here", false)               \
	E(DENIED, "denied", "this role may not do that", false)                               \
	E(NOT_FOUND, "not_found", "there is no such thing", false)                            \
	E(CONFLICT, "conflict", "the present state does not allow it", false)                 \
	E(STALE, "stale", "it changed since it was read", false)                              \
	E(KEY_REUSED, "key_reused", "this key was used for another request", false)           \
	E(KEY_EXPIRED, "key_expired", "this key is older than keys are kept", false)          \
	E(EXPIRED, "expired", "the deadline of the request passed before it was taken", true) \
	E(BUSY, "busy", "too much to do at this moment", true)                                \
	E(TIMEOUT, "timeout", "no answer in time", true)                                      \
	E(PROTOCOL, "protocol", "not a frame of this protocol", false)                        \
	E(DIVERGED, "diverged", "the journal is not the one that was followed", false)        \
	E(LIMIT, "limit", "larger than allowed", false)                                       \
	E(FULL, "full", "the store is full", true)                                            \
	E(NO_MEMORY, "no_memory", "out of memory", true)                                      \
	E(CORRUPT, "corrupt", "stored bytes fail their checksum", false)                      \
	E(ERASED, "erased", "the key to it was destroyed", false)                             \
	E(SYSTEM, "system", "a system call failed", true)                                     \
	E(BUG, "bug", "a rule of the program itself was broken", false)

enum err {
#define E(name, word, sentence, retry) ERR_##name,
	ERR_LIST(E)
#undef E
		ERR_COUNT
};

#define MUST_USE __attribute__((warn_unused_result))

/* Why an input was refused. field: a path such as `slots[2].length`, empty when the whole is meant;
 * rule: what would have been right, in words. */
struct reason {
	enum err code;
	char field[96];
	char rule[160];
};

/* The word on the wire, the sentence for people, and whether the same request may succeed later. */
const char *err_word(enum err code);
const char *err_sentence(enum err code);
bool err_retryable(enum err code);

/* The code of a word; ERR_BUG for a word that is not in the list. */
enum err err_of_word(const char *word, size_t n);

/* Fills *reason (which may be NULL) and returns code. */
enum err reason_set(struct reason *reason, enum err code, const char *field, const char *rule, ...)
	__attribute__((format(printf, 4, 5)));

/* Puts a path element before the field: `length` becomes `slots[2].length`; index < 0 means none.
 */
void reason_prefix(struct reason *reason, const char *name, long index);

#endif
