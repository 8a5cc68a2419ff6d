/* Seals and opens personal texts. Touches the node's key file only; it lies beside the store, not
 * in it, because LMDB leaves deleted pages readable and a key must be overwritten where it lay. */
#include "common/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/secret.h"

enum {
	KEY_BYTES = 32,
	NONCE_BYTES = crypto_aead_chacha20poly1305_IETF_NPUBBYTES,
	TAG_BYTES = crypto_aead_chacha20poly1305_IETF_ABYTES,
	WRAP_NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	SLOT_BYTES = WRAP_NONCE_BYTES + KEY_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
	CACHED = 8192,
	AT_ONCE = 512,
	TEXT_CAP = 65536,
	KEY_DIGITS = 2 * MASTER_KEY_BYTES,
	SUM_DIGITS = 8,
	KEY_FILE_BYTES = KEY_DIGITS + 1 + SUM_DIGITS + 1
};

struct cached_key {
	uint32_t slot;
	uint8_t key[KEY_BYTES];
};

struct keyring {
	int fd;
	uint32_t slots;
	struct random random;
	uint8_t master[MASTER_KEY_BYTES];
	struct cached_key cache[CACHED]; /* by slot modulo CACHED */
	struct {
		uint32_t first, n;
		uint8_t slots[AT_ONCE * SLOT_BYTES];
	} block; /* of the file as it is, to look at one after the other */
};

static off_t slot_offset(uint32_t slot)
{
	return (off_t)slot * SLOT_BYTES;
}

static enum err read_slot(struct keyring *keyring, uint32_t slot, uint8_t ret[SLOT_BYTES])
{
	if (slot == 0 || slot > keyring->slots)
		return ERR_CORRUPT;
	if (pread(keyring->fd, ret, SLOT_BYTES, slot_offset(slot)) != SLOT_BYTES)
		return ERR_SYSTEM;
	return sodium_is_zero(ret, SLOT_BYTES) ? ERR_ERASED : ERR_OK;
}

static enum err read_slot_of_many(struct keyring *keyring, uint32_t slot, uint8_t ret[SLOT_BYTES])
{
	uint32_t at = slot - keyring->block.first;

	if (slot == 0 || slot > keyring->slots)
		return ERR_CORRUPT;
	if (slot < keyring->block.first || at >= keyring->block.n) {
		ssize_t got = pread(keyring->fd, keyring->block.slots, sizeof(keyring->block.slots),
			slot_offset(slot));
		if (got < SLOT_BYTES)
			return ERR_SYSTEM;
		keyring->block.first = slot;
		keyring->block.n = (uint32_t)(got / SLOT_BYTES);
		at = 0;
	}
	memcpy(ret, keyring->block.slots + (size_t)at * SLOT_BYTES, SLOT_BYTES);
	return sodium_is_zero(ret, SLOT_BYTES) ? ERR_ERASED : ERR_OK;
}

static ssize_t write_slots(
	struct keyring *keyring, uint32_t first, const uint8_t *slots, size_t bytes)
{
	keyring->block.n = 0;
	return pwrite(keyring->fd, slots, bytes, slot_offset(first));
}

static enum err unwrap(const struct keyring *keyring, uint32_t slot, const uint8_t from[SLOT_BYTES],
	uint8_t ret[KEY_BYTES])
{
	uint8_t number[4];

	put_u32(number, slot);
	return crypto_aead_xchacha20poly1305_ietf_decrypt(ret, NULL, NULL, from + WRAP_NONCE_BYTES,
		       SLOT_BYTES - WRAP_NONCE_BYTES, number, sizeof(number), from, keyring->master)
		       ? ERR_CORRUPT
		       : ERR_OK;
}

/* The nonce is at the beginning of ret already. */
static void wrap_key(struct keyring *keyring, uint32_t slot, const uint8_t key[KEY_BYTES],
	uint8_t ret[SLOT_BYTES])
{
	uint8_t number[4];

	put_u32(number, slot);
	crypto_aead_xchacha20poly1305_ietf_encrypt(ret + WRAP_NONCE_BYTES, NULL, key, KEY_BYTES,
		number, sizeof(number), NULL, ret, keyring->master);
}

/* New keys for n slots, at most AT_ONCE. They are remembered: the next persons get them. */
static void wrap_new(struct keyring *keyring, uint32_t first, uint32_t n, uint8_t *ret)
{
	uint8_t random[AT_ONCE * (WRAP_NONCE_BYTES + KEY_BYTES)];

	keyring->random.fill(
		keyring->random.ctx, random, (size_t)n * (WRAP_NONCE_BYTES + KEY_BYTES));
	for (uint32_t i = 0; i < n; i++) {
		struct cached_key *cached = &keyring->cache[(first + i) % CACHED];
		const uint8_t *nonce = random + (size_t)i * (WRAP_NONCE_BYTES + KEY_BYTES);
		uint8_t *slot = ret + (size_t)i * SLOT_BYTES;
		memcpy(slot, nonce, WRAP_NONCE_BYTES);
		wrap_key(keyring, first + i, nonce + WRAP_NONCE_BYTES, slot);
		memcpy(cached->key, nonce + WRAP_NONCE_BYTES, KEY_BYTES);
		cached->slot = first + i;
	}
	sodium_memzero(random, sizeof(random));
}

static enum err find_key(struct keyring *keyring, uint32_t slot, const uint8_t **ret)
{
	struct cached_key *cached = &keyring->cache[slot % CACHED];
	uint8_t wrapped[SLOT_BYTES];
	enum err err = ERR_OK;

	/* those beyond the last slot are not known to be durable */
	if (cached->slot != slot || slot == 0 || slot > keyring->slots) {
		err = read_slot(keyring, slot, wrapped);
		if (!err)
			err = unwrap(keyring, slot, wrapped, cached->key);
		cached->slot = err ? 0 : slot;
	}
	*ret = cached->key;
	return err;
}

/* A new file is only there for good once its directory was flushed. */
static enum err flush_dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[4096];
	int n = slash ? snprintf(dir, sizeof(dir), "%.*s/", (int)(slash - path), path)
		      : snprintf(dir, sizeof(dir), ".");

	if (n < 0 || (size_t)n >= sizeof(dir))
		return ERR_SYSTEM;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_SYSTEM;
	int failed = fsync(fd);
	close(fd);
	return failed ? ERR_SYSTEM : ERR_OK;
}

static enum err open_file(struct keyring *keyring, const char *path)
{
	struct stat st;

	keyring->fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)
			   : memfd_create("keyring", MFD_CLOEXEC);
	/* what a process wrote that was killed before its fsync is seen here, and may yet be lost
	 */
	if (keyring->fd < 0 || fstat(keyring->fd, &st) || fsync(keyring->fd) ||
		(path && flush_dir_of(path)))
		return ERR_SYSTEM;
	/* a pool whose last slot was cut off by a crash was never used: it is written again */
	keyring->slots = st.st_size >= 2 * SLOT_BYTES ? (uint32_t)(st.st_size / SLOT_BYTES - 1) : 0;
	return ERR_OK;
}

/* The master key is the right one when it opens any slot: the first ones may be those that a crash
 * left half-written. */
static enum err check_master(struct keyring *keyring)
{
	uint8_t wrapped[SLOT_BYTES], key[KEY_BYTES];
	enum err found = ERR_OK;

	for (uint32_t slot = 1; slot <= keyring->slots; slot++) {
		enum err err = read_slot(keyring, slot, wrapped);
		if (err == ERR_ERASED)
			continue;
		if (!err && unwrap(keyring, slot, wrapped, key))
			found = ERR_INVALID;
		else {
			sodium_memzero(key, sizeof(key));
			return err;
		}
	}
	return found;
}

enum err keyring_open(const char *path, const uint8_t master[MASTER_KEY_BYTES],
	const struct random *random, struct keyring **ret)
{
	struct keyring *keyring = calloc(1, sizeof(*keyring));

	*ret = NULL;
	if (sodium_init() < 0 || !keyring) {
		free(keyring);
		return ERR_NO_MEMORY;
	}
	keyring->fd = -1;
	keyring->random = *random;
	memcpy(keyring->master, master, MASTER_KEY_BYTES);
	enum err err = open_file(keyring, path);
	if (!err)
		err = check_master(keyring);
	if (err) {
		keyring_close(keyring);
		return err;
	}
	*ret = keyring;
	return ERR_OK;
}

enum err keyring_copy(const struct keyring *keyring, struct keyring **ret)
{
	enum err err = keyring_open(NULL, keyring->master, &keyring->random, ret);
	uint8_t slot[SLOT_BYTES];

	for (off_t at = 0; !err; at += SLOT_BYTES) {
		ssize_t n = pread(keyring->fd, slot, SLOT_BYTES, at);
		if (n <= 0)
			break;
		if (pwrite((*ret)->fd, slot, (size_t)n, at) != n)
			err = ERR_SYSTEM;
	}
	if (!err)
		(*ret)->slots = keyring->slots;
	return err;
}

void keyring_close(struct keyring *keyring)
{
	if (!keyring)
		return;
	if (keyring->fd >= 0)
		close(keyring->fd);
	sodium_memzero(keyring, sizeof(*keyring));
	free(keyring);
}

/* A destroyed slot stays zeros; one that cannot be opened was never used and is made again later.
 */
static enum err rewrap_slots(struct keyring *from, struct keyring *to)
{
	uint8_t wrapped[SLOT_BYTES], key[KEY_BYTES];
	enum err err = ERR_OK;

	for (uint32_t slot = 1; slot <= from->slots && !err; slot++) {
		err = read_slot(from, slot, wrapped);
		if (err == ERR_SYSTEM)
			break;
		if (!err && !unwrap(from, slot, wrapped, key)) {
			to->random.fill(to->random.ctx, wrapped, WRAP_NONCE_BYTES);
			wrap_key(to, slot, key, wrapped);
		}
		ssize_t put = write_slots(to, slot, wrapped, SLOT_BYTES);
		err = put == SLOT_BYTES ? ERR_OK : ERR_SYSTEM;
	}
	sodium_memzero(key, sizeof(key));
	return err;
}

enum err keyring_rewrap(const char *path, const uint8_t from[MASTER_KEY_BYTES],
	const uint8_t to[MASTER_KEY_BYTES], const struct random *random)
{
	struct keyring *old = NULL, *new = NULL;
	char beside[4096];
	int n = snprintf(beside, sizeof(beside), "%s.new", path);

	if (n < 0 || (size_t)n >= sizeof(beside) || (unlink(beside) && errno != ENOENT))
		return ERR_SYSTEM;
	enum err err = keyring_open(path, from, random, &old);
	if (!err)
		err = keyring_open(beside, to, random, &new);
	if (!err)
		err = rewrap_slots(old, new);
	if (!err && (fsync(new->fd) || rename(beside, path)))
		err = ERR_SYSTEM;
	if (!err)
		err = flush_dir_of(path);
	keyring_close(old);
	keyring_close(new);
	return err;
}

uint32_t keyring_slots(const struct keyring *keyring)
{
	return keyring->slots;
}

enum err keyring_extend(struct keyring *keyring, uint32_t until)
{
	uint8_t block[AT_ONCE * SLOT_BYTES];

	if (until <= keyring->slots)
		return ERR_OK;
	for (uint32_t slot = keyring->slots + 1; slot <= until;) {
		uint32_t left = until - slot + 1, n = left < AT_ONCE ? left : AT_ONCE;
		wrap_new(keyring, slot, n, block);
		ssize_t size = (ssize_t)n * SLOT_BYTES;
		ssize_t put = write_slots(keyring, slot, block, (size_t)size);
		if (put != size)
			return put >= 0 || errno == ENOSPC || errno == EDQUOT || errno == EFBIG
				       ? ERR_FULL
				       : ERR_SYSTEM;
		slot += n;
	}
	if (fsync(keyring->fd))
		return ERR_SYSTEM;
	keyring->slots = until;
	return ERR_OK;
}

enum err keyring_mend(struct keyring *keyring, uint32_t from)
{
	uint8_t wrapped[SLOT_BYTES], key[KEY_BYTES];
	bool mended = false;

	if (from > keyring->slots + (uint64_t)1)
		return ERR_CORRUPT;
	for (uint32_t slot = from; slot <= keyring->slots; slot++) {
		enum err err = read_slot(keyring, slot, wrapped);
		if (!err)
			err = unwrap(keyring, slot, wrapped, key);
		if (err == ERR_SYSTEM)
			return err;
		if (!err)
			continue;
		wrap_new(keyring, slot, 1, wrapped);
		if (write_slots(keyring, slot, wrapped, SLOT_BYTES) != SLOT_BYTES)
			return ERR_SYSTEM;
		mended = true;
	}
	sodium_memzero(key, sizeof(key));
	return mended && fsync(keyring->fd) ? ERR_SYSTEM : ERR_OK;
}

enum err keyring_destroy(struct keyring *keyring, uint32_t slot)
{
	static const uint8_t zeros[SLOT_BYTES];
	struct cached_key *cached = &keyring->cache[slot % CACHED];

	if (slot == 0 || slot > keyring->slots)
		return ERR_OK;
	if (cached->slot == slot)
		sodium_memzero(cached, sizeof(*cached));
	return write_slots(keyring, slot, zeros, SLOT_BYTES) == SLOT_BYTES ? ERR_OK : ERR_SYSTEM;
}

enum err keyring_flush(struct keyring *keyring)
{
	return fsync(keyring->fd) ? ERR_SYSTEM : ERR_OK;
}

enum err keyring_check(struct keyring *keyring, uint32_t slot)
{
	uint8_t wrapped[SLOT_BYTES], key[KEY_BYTES];
	enum err err = read_slot_of_many(keyring, slot, wrapped);

	if (!err)
		err = unwrap(keyring, slot, wrapped, key);
	sodium_memzero(key, sizeof(key));
	return err;
}

bool keyring_destroyed(struct keyring *keyring, uint32_t slot)
{
	uint8_t wrapped[SLOT_BYTES];

	return read_slot(keyring, slot, wrapped) == ERR_ERASED;
}

/* ---- copies ---------------------------------------------------------------------------------- */

enum { COPIED_AT_ONCE = 512 };

static bool is_torn(const struct keyring *keyring, uint32_t slot, const uint8_t wrapped[SLOT_BYTES])
{
	uint8_t key[KEY_BYTES];
	bool torn = slot && !sodium_is_zero(wrapped, SLOT_BYTES) &&
		    unwrap(keyring, slot, wrapped, key) != ERR_OK;

	sodium_memzero(key, sizeof(key));
	return torn;
}

/* A slot is written in one piece, but not read in one piece with it. */
static void read_torn_again(
	const struct keyring *keyring, uint32_t first, uint32_t n, uint8_t *slots)
{
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *at = slots + (size_t)i * SLOT_BYTES;
		for (int times = 0; times < 10 && is_torn(keyring, first + i, at); times++)
			if (pread(keyring->fd, at, SLOT_BYTES, slot_offset(first + i)) !=
				SLOT_BYTES)
				return;
	}
}

static enum err copy_slots(const struct keyring *keyring, int to)
{
	uint8_t slots[COPIED_AT_ONCE * SLOT_BYTES];

	for (uint32_t first = 0;; first += COPIED_AT_ONCE) {
		ssize_t got = pread(keyring->fd, slots, sizeof(slots), slot_offset(first));
		uint32_t n = got < 0 ? 0 : (uint32_t)(got / SLOT_BYTES);
		if (got < 0)
			return ERR_SYSTEM;
		read_torn_again(keyring, first, n, slots);
		ssize_t size = (ssize_t)n * SLOT_BYTES;
		ssize_t put = size ? pwrite(to, slots, (size_t)size, slot_offset(first)) : 0;
		if (put != size)
			return put >= 0 || errno == ENOSPC || errno == EDQUOT ? ERR_FULL
									      : ERR_SYSTEM;
		if (n < COPIED_AT_ONCE)
			return fsync(to) ? ERR_SYSTEM : ERR_OK;
	}
}

enum err keyring_copy_file(const struct keyring *keyring, const char *path)
{
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum err err = to < 0 ? ERR_SYSTEM : copy_slots(keyring, to);

	if (to >= 0)
		close(to);
	return err;
}

/* ---- sealing --------------------------------------------------------------------------------- */

static void make_nonce(const uint8_t *key, const struct seal_place *place, struct text text,
	uint8_t ret[NONCE_BYTES])
{
	crypto_generichash_state state;
	uint8_t where[16], hash[crypto_generichash_BYTES_MIN];

	put_u32(where, place->owner.n);
	put_u64(where + 4, place->seq);
	put_u32(where + 12, place->ordinal);
	crypto_generichash_init(&state, key, KEY_BYTES, sizeof(hash));
	crypto_generichash_update(&state, where, sizeof(where));
	crypto_generichash_update(&state, (const uint8_t *)place->owner.p, place->owner.n);
	crypto_generichash_update(&state, (const uint8_t *)text.p, text.n);
	crypto_generichash_final(&state, hash, sizeof(hash));
	memcpy(ret, hash, NONCE_BYTES);
}

enum err keyring_seal(struct keyring *keyring, uint32_t slot, struct uuid person,
	const struct seal_place *place, struct arena *arena, struct text *text)
{
	const uint8_t *key;
	uint8_t *out;

	enum err err = find_key(keyring, slot, &key);
	if (err)
		return err;
	out = text->n > TEXT_CAP ? NULL : arena_alloc(arena, text->n + (size_t)SEALED_OVERHEAD);
	if (!out)
		return ERR_LIMIT;
	put_u32(out, slot);
	make_nonce(key, place, *text, out + 4);
	crypto_aead_chacha20poly1305_ietf_encrypt(out + 4 + NONCE_BYTES, NULL,
		(const uint8_t *)text->p, text->n, person.b, sizeof(person.b), NULL, out + 4, key);
	*text = (struct text){(char *)out, text->n + SEALED_OVERHEAD, true};
	return ERR_OK;
}

enum err keyring_open_text(
	struct keyring *keyring, struct uuid person, struct arena *arena, struct text *text)
{
	const uint8_t *from = (const uint8_t *)text->p, *key;
	uint8_t *plain;

	if (!text->sealed || text->n < SEALED_OVERHEAD)
		return ERR_CORRUPT;
	enum err err = find_key(keyring, get_u32(from), &key);
	if (err)
		return err;
	plain = arena_alloc(arena, text->n - SEALED_OVERHEAD + (size_t)1);
	if (!plain)
		return ERR_LIMIT;
	if (crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, from + 4 + NONCE_BYTES,
		    text->n - 4 - NONCE_BYTES, person.b, sizeof(person.b), from + 4, key))
		return ERR_CORRUPT;
	*text = (struct text){(char *)plain, text->n - SEALED_OVERHEAD, false};
	return ERR_OK;
}

enum err keyring_mac(
	struct keyring *keyring, uint32_t slot, struct bytes bytes, uint8_t ret[MAC_BYTES])
{
	const uint8_t *key;
	enum err err = find_key(keyring, slot, &key);

	if (!err)
		crypto_generichash(ret, MAC_BYTES, bytes.p, bytes.n, key, KEY_BYTES);
	return err;
}

/* ---- the file of a master key ---------------------------------------------------------------- */

/* The key, and its checksum when it is there: two keys differ by one digit, and nothing else would
 * tell them apart. */
static bool read_key(char *text, size_t n, uint8_t ret[MASTER_KEY_BYTES])
{
	uint8_t sum[4], want[4];
	size_t got = 0;

	while (n && text[n - 1] == '\n')
		n--;
	if ((n != KEY_DIGITS && n != KEY_DIGITS + 1 + SUM_DIGITS) ||
		sodium_hex2bin(ret, MASTER_KEY_BYTES, text, KEY_DIGITS, NULL, &got, NULL) ||
		got != MASTER_KEY_BYTES)
		return false;
	if (n == KEY_DIGITS)
		return true;
	put_u32(want, crc32c(0, ret, MASTER_KEY_BYTES));
	return text[KEY_DIGITS] == ' ' &&
	       !sodium_hex2bin(
		       sum, sizeof(sum), text + KEY_DIGITS + 1, SUM_DIGITS, NULL, &got, NULL) &&
	       got == sizeof(sum) && !memcmp(sum, want, sizeof(sum));
}

enum err keyring_read_master(const char *path, uint8_t ret[MASTER_KEY_BYTES], struct reason *reason)
{
	char text[KEY_FILE_BYTES + 2];
	int fd;

	enum err err = secret_open(path, &fd, reason);
	if (err)
		return err;
	ssize_t got = read(fd, text, sizeof(text));
	close(fd);
	bool good = got > 0 && read_key(text, (size_t)got, ret);
	sodium_memzero(text, sizeof(text));
	return good ? ERR_OK
		    : reason_set(reason, ERR_INVALID, path,
			      "must hold 64 hexadecimal digits, and no other checksum than theirs");
}

enum err keyring_make_master(const char *path, struct reason *reason)
{
	uint8_t key[MASTER_KEY_BYTES], sum[4];
	char text[KEY_FILE_BYTES + 1];

	randombytes_buf(key, sizeof(key));
	put_u32(sum, crc32c(0, key, sizeof(key)));
	sodium_bin2hex(text, KEY_DIGITS + 1, key, sizeof(key));
	sodium_bin2hex(text + KEY_DIGITS + 1, SUM_DIGITS + 1, sum, sizeof(sum));
	text[KEY_DIGITS] = ' ';
	text[KEY_FILE_BYTES - 1] = '\n';
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return reason_set(reason, ERR_SYSTEM, path, "cannot be made: %s", strerror(errno));
	ssize_t put = write(fd, text, KEY_FILE_BYTES);
	int failed = fsync(fd);
	close(fd);
	sodium_memzero(key, sizeof(key));
	sodium_memzero(text, sizeof(text));
	if (put != KEY_FILE_BYTES || failed || flush_dir_of(path))
		return reason_set(
			reason, ERR_SYSTEM, path, "cannot be written: %s", strerror(errno));
	return ERR_OK;
}
