/* A journal in a file: what an archive gives out, and what a node is rebuilt from.
 *
 *     "oneplan journal 1\n" | u32 length, name of the owner | for each record u32 length, its value
 * as the journal has it (journal.h) | u32 0 | u64 number of the last record | its hash (32)
 *
 * numbers big-endian. Records go from 1 to the last without a gap; each must go on from the one
 * before by number, checksum and hash, when it is written and when it is read, and the end must be
 * there: a file that was cut off or changed is refused. Whoever can make up a whole journal can
 * make up such a file; its last hash is to be compared with what the owner's followers know. */
#ifndef COMMON_JOURNAL_FILE_H
#define COMMON_JOURNAL_FILE_H

#include "common/journal.h"

struct journal_file;

/* Makes the file (0600), which must not be there. ERR_CONFLICT: it is; ERR_SYSTEM. */
enum err journal_file_make(const char *path, const char *owner, struct journal_file **ret,
	struct reason *reason) MUST_USE;
/* The next record; ERR_CORRUPT when it is not. */
enum err journal_file_add(
	struct journal_file *file, struct bytes value, struct reason *reason) MUST_USE;
/* Writes the end and flushes the file and its directory. */
enum err journal_file_finish(struct journal_file *file, struct reason *reason) MUST_USE;

/* ERR_NOT_FOUND, ERR_SYSTEM; ERR_CORRUPT: no such file. */
enum err journal_file_open(
	const char *path, struct journal_file **ret, struct reason *reason) MUST_USE;
/* The next record; it lies in the file's memory until the next call. ERR_NOT_FOUND: that was the
 * end, and it is as it must be; ERR_CORRUPT with the reason: the file is not whole. */
enum err journal_file_next(
	struct journal_file *file, struct journal_entry *ret, struct reason *reason) MUST_USE;

const char *journal_file_owner(const struct journal_file *file);
/* Of what was written or read so far. */
uint64_t journal_file_seq(const struct journal_file *file);
const uint8_t *journal_file_hash(const struct journal_file *file);

/* A file that was not finished stays, without its end. */
void journal_file_close(struct journal_file *file);

#endif
