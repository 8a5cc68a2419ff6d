/* The data keys of persons: personal texts are sealed with the key of the person they belong to, so
 * that destroying one key makes all of them unreadable, wherever they were copied.
 *
 * The keyring is a file of slots of 72 bytes: nonce (24) | key (32) | tag (16), XChaCha20-Poly1305
 * under the node's master key, with the slot's number as associated data. Slot 0 is never used. A
 * destroyed slot is overwritten with zeros in place and flushed. Slots are made ahead in pools and
 * flushed before any of them is used, so that a new person costs no flush of its own.
 *
 * A sealed text is: slot (4, big-endian) | nonce (12) | ciphertext | tag (16), ChaCha20-Poly1305
 * (RFC 8439) with the person's UUID as associated data. The nonce is synthetic: a BLAKE2b of the
 * place where the text is sealed and of the text, keyed with the data key; the same text sealed at
 * the same place gives the same bytes, and no two different texts of one person share a nonce (in
 * the manner of RFC 5297).
 */
#ifndef COMMON_KEYRING_H
#define COMMON_KEYRING_H

#include "common/schema.h"
#include "common/uuid.h"

enum { MASTER_KEY_BYTES = 32, SEALED_OVERHEAD = 4 + 12 + 16 };

struct keyring;

/* path NULL: in memory, for tests and the simulator. Makes the file (0600) when missing.
 * ERR_SYSTEM; ERR_INVALID when the master key does not open the first slot. */
enum err keyring_open(const char *path, const uint8_t master[MASTER_KEY_BYTES],
	const struct random *random, struct keyring **ret) MUST_USE;
void keyring_close(struct keyring *keyring);
/* Another one with the same keys, in memory; *ret is the caller's also after an error. */
enum err keyring_copy(const struct keyring *keyring, struct keyring **ret) MUST_USE;

/* Wraps every key of the file with another master key, in a new file that then takes the old one's
 * place: after a crash in between either key opens it. Nobody may have it open. ERR_INVALID: `from`
 * does not open it. */
enum err keyring_rewrap(const char *path, const uint8_t from[MASTER_KEY_BYTES],
	const uint8_t to[MASTER_KEY_BYTES], const struct random *random) MUST_USE;

/* Writes the slots as they are now into a new file, flushed. Also from another thread while the
 * keyring is used: a slot that was seen half-written is read again. */
enum err keyring_copy_file(const struct keyring *keyring, const char *path) MUST_USE;

/* Slots that exist, used or not; slots 1..n. */
uint32_t keyring_slots(const struct keyring *keyring);

/* Slots from `from` on were never used; those that a crash left half-written, or lost, are made
 * again. To be called before any of them is used. ERR_CORRUPT: the file ends before `from`, so keys
 * in use are missing. */
enum err keyring_mend(struct keyring *keyring, uint32_t from) MUST_USE;

/* Makes slots up to and including `until`, and flushes them. ERR_FULL: no room on the disk, none
 * was made. */
enum err keyring_extend(struct keyring *keyring, uint32_t until) MUST_USE;

/* Overwrites the slot; gone for good after keyring_flush. Destroying twice is no error. */
enum err keyring_destroy(struct keyring *keyring, uint32_t slot) MUST_USE;
enum err keyring_flush(struct keyring *keyring) MUST_USE;
/* ERR_ERASED: it was destroyed; ERR_CORRUPT: it is not what was made. */
enum err keyring_check(struct keyring *keyring, uint32_t slot) MUST_USE;
bool keyring_destroyed(struct keyring *keyring, uint32_t slot);

/* Where a text is sealed: the owner of the journal, the record's number and the text's ordinal in
 * it. */
struct seal_place {
	struct text owner;
	uint64_t seq;
	unsigned ordinal;
};

/* ERR_ERASED when the slot was destroyed, ERR_LIMIT when the arena is full. */
enum err keyring_seal(struct keyring *keyring, uint32_t slot, struct uuid person,
	const struct seal_place *place, struct arena *arena, struct text *text) MUST_USE;

/* Opens in place. ERR_ERASED when the slot was destroyed, ERR_CORRUPT when it is not what was
 * sealed. */
enum err keyring_open_text(struct keyring *keyring, struct uuid person, struct arena *arena,
	struct text *text) MUST_USE;

/* A keyed hash of bytes (BLAKE2b), which only whoever has that slot's key can work out. */
enum { MAC_BYTES = 16 };
enum err keyring_mac(struct keyring *keyring, uint32_t slot, struct bytes bytes,
	uint8_t ret[MAC_BYTES]) MUST_USE;

/* A master key from a 0600 file: 64 hexadecimal digits, and behind a space their CRC-32C in 8 more,
 * which may be missing. make writes a new one, flushed. */
enum err keyring_read_master(
	const char *path, uint8_t ret[MASTER_KEY_BYTES], struct reason *reason) MUST_USE;
enum err keyring_make_master(const char *path, struct reason *reason) MUST_USE;

#endif
