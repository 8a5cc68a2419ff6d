/* Reads a database file page by page, as LMDB lays it out, and believes none of them. Touches that
 * file only. */
#include "common/store_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	META_VERSION = 1,
	PAGE_HEAD = 16,
	NODE_HEAD = 8,
	TREE_BYTES = 48,
	KEY_MAX = 511,
	DEPTH_MAX = 32,
	SECTOR_BYTES = 512,
	PAGE_BRANCH = 0x01,
	PAGE_LEAF = 0x02,
	PAGE_OVERFLOW = 0x04,
	PAGE_META = 0x08,
	NODE_BIG = 0x01,
	NODE_TREE = 0x02,
	NUMBERS_AS_KEYS = 0x08
};
#define META_MAGIC 0xBEEFC0DEU
#define NO_PAGE UINT64_MAX

struct page_head {
	uint64_t number;
	uint16_t pad;
	uint16_t flags;
	union {
		struct {
			uint16_t lower, upper;
		} room;
		uint32_t pages; /* of a value that has pages of its own */
	} is;
};

struct tree_head {
	uint32_t pad; /* of the list of free pages: the size of a page */
	uint16_t flags;
	uint16_t depth;
	uint64_t branch_pages, leaf_pages, overflow_pages, entries;
	uint64_t root;
};

struct meta {
	uint32_t magic;
	uint32_t version;
	uint64_t address;
	uint64_t map_bytes;
	struct tree_head free, main;
	uint64_t last_page;
	uint64_t txn;
};

struct check {
	int fd;
	const uint8_t *map; /* of the file */
	size_t page_bytes;
	uint64_t pages; /* that the file has */
	uint64_t last;  /* page ever used */
	uint8_t *seen;  /* a bit per page */
	uint64_t n_seen;
	struct reason *reason;
};

/* One tree while it is walked. */
struct walk {
	struct check *check;
	struct tree_head head, counted;
	enum { TREE_OF_ROWS, TREE_OF_TREES, TREE_OF_FREE } kind;
};

struct node {
	struct bytes key;
	uint16_t flags;
	uint64_t child;     /* of a branch */
	struct bytes value; /* of a leaf; of a big one its page's number */
	size_t value_bytes;
};

static enum err broken(struct check *c, uint64_t page, const char *what)
{
	return reason_set(c->reason, ERR_CORRUPT, "data.mdb", "is damaged: page %llu %s",
		(unsigned long long)page, what);
}

/* So many bytes from its beginning; NULL: the file ends before them. */
static const uint8_t *page_at(const struct check *c, uint64_t page, size_t n)
{
	uint64_t all = c->pages * c->page_bytes;

	return page < c->pages && n <= all - page * c->page_bytes ? c->map + page * c->page_bytes
								  : NULL;
}

static enum err read_at(struct check *c, uint64_t page, void *ret, size_t n)
{
	const uint8_t *from = page_at(c, page, n);

	if (!from)
		return broken(c, page, "is not in the file");
	memcpy(ret, from, n);
	return ERR_OK;
}

/* In the order of the file, while it is walked in that of the keys. What the disk cannot read shows
 * here, and not as a signal later. */
static enum err fetch(struct check *c, uint64_t bytes)
{
	if (madvise((void *)(uintptr_t)c->map, bytes, MADV_POPULATE_READ) == 0 || errno == EINVAL)
		return ERR_OK;
	return reason_set(c->reason, ERR_SYSTEM, "data.mdb", "cannot be read: %s", strerror(errno));
}

static enum err map_file(struct check *c)
{
	size_t bytes = c->pages * c->page_bytes;
	void *map = bytes ? mmap(NULL, bytes, PROT_READ, MAP_SHARED, c->fd, 0) : NULL;

	if (map == MAP_FAILED)
		return reason_set(
			c->reason, ERR_SYSTEM, "data.mdb", "cannot be mapped: %s", strerror(errno));
	c->map = map;
	return bytes ? fetch(c, bytes < 2 * c->page_bytes ? bytes : 2 * c->page_bytes) : ERR_OK;
}

static void unmap_file(struct check *c)
{
	if (c->map)
		munmap((void *)(uintptr_t)c->map, c->pages * c->page_bytes);
}

/* Every page has one use. */
static enum err claim(struct check *c, uint64_t page, uint64_t n)
{
	if (page < 2 || page > c->last || n > c->last - page + 1)
		return broken(c, page, "lies outside of what was used");
	for (uint64_t i = page; i < page + n; i++) {
		uint8_t bit = (uint8_t)(1U << i % 8);
		if (c->seen[i / 8] & bit)
			return broken(c, i, "is used twice");
		c->seen[i / 8] |= bit;
	}
	c->n_seen += n;
	return ERR_OK;
}

/* ---- one page ----------------------------------------------------------------------------------
 */

static uint16_t get16(const uint8_t *p)
{
	uint16_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static size_t nodes_of(const uint8_t *page)
{
	return (size_t)(get16(page + 12) - PAGE_HEAD) / 2;
}

/* The node's place was checked by check_room. */
static inline struct node node_at(const uint8_t *page, size_t i)
{
	const uint8_t *p = page + get16(page + PAGE_HEAD + 2 * i);
	uint32_t low = get16(p) | (uint32_t)get16(p + 2) << 16;
	size_t key = get16(p + 6);
	struct node node = {.key = bytes_of(p + NODE_HEAD, key), .flags = get16(p + 4)};

	node.child = low | (uint64_t)node.flags << 32;
	node.value_bytes = low;
	node.value = bytes_of(
		p + NODE_HEAD + key, node.flags & NODE_BIG ? sizeof(uint64_t) : node.value_bytes);
	return node;
}

static size_t node_bytes(const struct node *node, bool leaf)
{
	size_t n = NODE_HEAD + node->key.n + (leaf ? node->value.n : 0);

	return n + n % 2;
}

/* The nodes fill the page from `upper` to its end, so one that has another size leaves a hole or
 * lies over its neighbour. */
static enum err check_room(struct check *c, uint64_t number, const uint8_t *page)
{
	bool leaf = get16(page + 10) & PAGE_LEAF;
	size_t lower = get16(page + 12), upper = get16(page + 14), filled = 0;
	uint8_t starts[65536 / 8 / 2];

	memset(starts, 0, c->page_bytes / 8 / 2);
	if (lower < PAGE_HEAD + 2 || lower % 2 || upper % 2 || upper < lower ||
		upper > c->page_bytes - NODE_HEAD)
		return broken(c, number, "has no room for what is in it");
	for (size_t i = 0; i < nodes_of(page); i++) {
		size_t at = get16(page + PAGE_HEAD + 2 * i);
		if (at < upper || at % 2 || at > c->page_bytes - NODE_HEAD)
			return broken(c, number, "has a row outside of it");
		const struct node node = node_at(page, i);
		size_t n = node_bytes(&node, leaf);
		if (n > c->page_bytes - at || node.key.n > KEY_MAX)
			return broken(c, number, "has a row that is too large");
		if (starts[at / 16] & 1U << at / 2 % 8)
			return broken(c, number, "has a row twice");
		starts[at / 16] |= (uint8_t)(1U << at / 2 % 8);
		filled += n;
	}
	return filled == c->page_bytes - upper ? ERR_OK
					       : broken(c, number, "has rows over one another");
}

static int compare(const struct walk *w, struct bytes a, struct bytes b)
{
	if (w->kind == TREE_OF_FREE) {
		uint64_t x = get64(a.p), y = get64(b.p);
		return x < y ? -1 : x > y;
	}
	return bytes_compare(a, b);
}

/* What the page above says of the keys below: low <= key < high; p NULL: anything. */
struct bounds {
	struct bytes low, high;
};

static enum err check_order(
	struct walk *w, uint64_t number, const uint8_t *page, const struct bounds *bounds)
{
	bool leaf = get16(page + 10) & PAGE_LEAF;
	struct bytes before = bounds->low;

	for (size_t i = 0; i < nodes_of(page); i++) {
		struct bytes key = node_at(page, i).key;
		if (!leaf && i == 0) /* stands for everything below the second */
			continue;
		if (key.n == 0 || (w->kind == TREE_OF_FREE && key.n != sizeof(uint64_t)))
			return broken(w->check, number, "has a key that is none");
		int order = before.p ? compare(w, before, key) : -1;
		if (order > 0 || (order == 0 && i > (leaf ? 0U : 1U)) ||
			(bounds->high.p && compare(w, key, bounds->high) >= 0))
			return broken(w->check, number, "has keys out of order");
		before = key;
	}
	return ERR_OK;
}

/* ---- what leaves hold --------------------------------------------------------------------------
 */

static enum err walk_tree(struct check *c, const struct tree_head *head, int kind);

static enum err check_overflow(struct walk *w, const struct node *node)
{
	struct check *c = w->check;
	uint64_t number = get64(node->value.p);
	struct page_head head;

	enum err err = claim(c, number, 1);
	if (!err)
		err = read_at(c, number, &head, sizeof(head));
	if (err)
		return err;
	uint64_t need = (PAGE_HEAD - 1 + node->value_bytes) / c->page_bytes + 1;
	if (head.number != number || head.flags != PAGE_OVERFLOW || head.is.pages < need)
		return broken(c, number, "is not the value that it should be");
	w->counted.overflow_pages += head.is.pages;
	return head.is.pages > 1 ? claim(c, number + 1, head.is.pages - 1) : ERR_OK;
}

/* A list of free pages: how many, then their numbers from the largest down. */
static enum err take_free(struct walk *w, uint64_t number, const struct node *node)
{
	struct check *c = w->check;
	size_t n = node->value_bytes;
	const uint8_t *p = node->value.p;
	enum err err = ERR_OK;

	if (node->flags & NODE_BIG) {
		const uint8_t *page = page_at(c, get64(node->value.p), PAGE_HEAD + n);
		if (!page)
			return broken(c, number, "has a value that is not in the file");
		p = page + PAGE_HEAD;
	}
	if (!err && (n < 8 || n % 8 || get64(p) > n / 8 - 1))
		err = broken(c, number, "has no list of free pages");
	uint64_t listed = err ? 0 : get64(p);
	for (uint64_t i = 1; !err && i <= listed; i++) {
		if (i > 1 && get64(p + 8 * i) >= get64(p + 8 * (i - 1)))
			err = broken(c, number, "has free pages out of order");
		else
			err = claim(c, get64(p + 8 * i), 1);
	}
	return err;
}

static enum err check_leaf(struct walk *w, uint64_t number, const uint8_t *page)
{
	struct tree_head inner;
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < nodes_of(page); i++) {
		const struct node node = node_at(page, i);
		bool tree = w->kind == TREE_OF_TREES;
		uint16_t allowed = tree ? NODE_TREE : NODE_BIG;
		if (node.flags & ~allowed || (tree && node.value_bytes != TREE_BYTES))
			return broken(w->check, number, "has a row of no kind");
		w->counted.entries++;
		if (node.flags & NODE_BIG)
			err = check_overflow(w, &node);
		if (!err && w->kind == TREE_OF_FREE)
			err = take_free(w, number, &node);
		if (!err && tree) {
			memcpy(&inner, node.value.p, sizeof(inner));
			err = walk_tree(w->check, &inner, TREE_OF_ROWS);
		}
	}
	return err;
}

/* ---- trees -------------------------------------------------------------------------------------
 */

static enum err walk_page(
	struct walk *w, uint64_t number, unsigned depth, const struct bounds *bounds);

static enum err check_branch(
	struct walk *w, const uint8_t *page, unsigned depth, const struct bounds *bounds)
{
	size_t n = nodes_of(page);
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < n; i++) {
		struct bounds below = *bounds;
		if (i > 0)
			below.low = node_at(page, i).key;
		if (i + 1 < n)
			below.high = node_at(page, i + 1).key;
		err = walk_page(w, node_at(page, i).child, depth + 1, &below);
	}
	return err;
}

static enum err walk_read_page(
	struct walk *w, const uint8_t *page, unsigned depth, const struct bounds *bounds)
{
	struct check *c = w->check;
	struct page_head head;

	memcpy(&head, page, sizeof(head));
	uint64_t number = head.number;
	bool leaf = depth == w->head.depth;
	if (head.flags != (leaf ? PAGE_LEAF : PAGE_BRANCH))
		return broken(c, number, "is not of the kind that it should be");
	enum err err = check_room(c, number, page);
	if (!err)
		err = check_order(w, number, page, bounds);
	if (err)
		return err;
	if (leaf) {
		w->counted.leaf_pages++;
		return check_leaf(w, number, page);
	}
	w->counted.branch_pages++;
	return check_branch(w, page, depth, bounds);
}

static enum err walk_page(
	struct walk *w, uint64_t number, unsigned depth, const struct bounds *bounds)
{
	struct check *c = w->check;
	const uint8_t *page = page_at(c, number, c->page_bytes);
	enum err err = claim(c, number, 1);

	if (err)
		return err;
	if (!page)
		return broken(c, number, "is not in the file");
	return get64(page) == number ? walk_read_page(w, page, depth, bounds)
				     : broken(c, number, "is another one");
}

static enum err walk_tree(struct check *c, const struct tree_head *head, int kind)
{
	struct walk w = {.check = c, .head = *head, .kind = (unsigned)kind};
	enum err err = ERR_OK;

	if (head->depth > DEPTH_MAX || (head->root == NO_PAGE) != (head->depth == 0) ||
		head->flags != (kind == TREE_OF_FREE ? NUMBERS_AS_KEYS : 0) ||
		head->pad != (kind == TREE_OF_FREE ? c->page_bytes : 0))
		return broken(c, head->root, "is no root");
	if (head->root != NO_PAGE)
		err = walk_page(&w, head->root, 1, &(struct bounds){BYTES_NONE, BYTES_NONE});
	if (err)
		return err;
	if (w.counted.branch_pages != head->branch_pages ||
		w.counted.leaf_pages != head->leaf_pages ||
		w.counted.overflow_pages != head->overflow_pages ||
		w.counted.entries != head->entries)
		return broken(c, head->root, "is the root of another tree");
	return ERR_OK;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

enum { META_BYTES = sizeof(struct page_head) + sizeof(struct meta) };

static bool take_meta(
	const struct check *c, uint64_t number, const uint8_t page[META_BYTES], struct meta *ret)
{
	struct page_head head;

	memcpy(&head, page, sizeof(head));
	memcpy(ret, page + PAGE_HEAD, sizeof(*ret));
	return head.number == number && head.flags == PAGE_META && ret->magic == META_MAGIC &&
	       ret->version == META_VERSION && ret->free.pad == c->page_bytes;
}

static enum err read_meta(struct check *c, uint64_t number, struct meta *ret)
{
	uint8_t page[META_BYTES];

	enum err err = read_at(c, number, page, sizeof(page));
	if (err)
		return err;
	return take_meta(c, number, page, ret) ? ERR_OK : broken(c, number, "is no meta page");
}

/* Each transaction writes the meta page that the one before did not. */
static enum err pick_meta(struct check *c, const struct meta metas[2], const struct meta **ret)
{
	uint64_t a = metas[0].txn, b = metas[1].txn;

	*ret = &metas[b > a];
	if (a == 0 && b == 0)
		return ERR_OK;
	if (a % 2 || b % 2 == 0 || (a > b ? a - b : b - a) != 1)
		return broken(c, b > a, "is not of the transaction that it should be");
	return ERR_OK;
}

static enum err walk_all(struct check *c, const struct meta *meta)
{
	c->last = meta->last_page;
	if (c->last < 1 || c->last >= c->pages)
		return broken(c, c->last, "is not in the file");
	c->seen = calloc(c->last / 8 + 1, 1);
	if (!c->seen)
		return ERR_NO_MEMORY;
	enum err err = fetch(c, (c->last + 1) * c->page_bytes);
	if (!err)
		err = walk_tree(c, &meta->main, TREE_OF_TREES);
	if (!err)
		err = walk_tree(c, &meta->free, TREE_OF_FREE);
	if (!err && c->n_seen != c->last - 1)
		err = broken(c, c->last, "or one before it is neither used nor free");
	return err;
}

/* The store flushes a new file before its first transaction, so until then it has no more than its
 * meta pages, each as it is made or, where it did not reach the disk, zeros. */
static bool was_never_used(const struct check *c, size_t bytes)
{
	static const uint8_t zeros[SECTOR_BYTES];
	uint8_t sector[SECTOR_BYTES];
	struct meta meta;

	for (size_t at = 0; at < bytes && bytes <= 2 * c->page_bytes; at += SECTOR_BYTES) {
		size_t n = bytes - at < SECTOR_BYTES ? bytes - at : SECTOR_BYTES;
		if (pread(c->fd, sector, n, (off_t)at) != (ssize_t)n)
			return false;
		if (!memcmp(sector, zeros, n))
			continue;
		if (at % c->page_bytes || n < META_BYTES ||
			!take_meta(c, at / c->page_bytes, sector, &meta) || meta.txn ||
			meta.last_page != 1)
			return false;
	}
	return bytes <= 2 * c->page_bytes;
}

static enum err check_file(struct check *c)
{
	const struct meta *meta;
	struct meta metas[2];

	enum err err = read_meta(c, 0, &metas[0]);
	if (!err)
		err = read_meta(c, 1, &metas[1]);
	if (!err)
		err = pick_meta(c, metas, &meta);
	if (!err)
		err = walk_all(c, meta);
	free(c->seen);
	if (err == ERR_NO_MEMORY)
		return reason_set(c->reason, err, "data.mdb", "memory is out");
	return err;
}

static enum err check_unused(struct check *c, enum pages_use use)
{
	if (use == PAGES_KEPT)
		return reason_set(c->reason, ERR_CORRUPT, "data.mdb",
			"is damaged: it is empty, and was not: put a backup in its place");
	if (use == PAGES_MADE && ftruncate(c->fd, 0))
		return reason_set(c->reason, ERR_SYSTEM, "data.mdb", "cannot be emptied: %s",
			strerror(errno));
	return ERR_OK;
}

enum err store_pages_check(int dir_fd, enum pages_use use, struct reason *reason)
{
	int flags = (use == PAGES_READ ? O_RDONLY : O_RDWR) | O_CLOEXEC;
	struct check c = {.fd = openat(dir_fd, "data.mdb", flags),
		.page_bytes = (size_t)sysconf(_SC_PAGESIZE),
		.reason = reason};
	enum err err;
	struct stat st;

	if (c.fd < 0 && errno == ENOENT)
		return use == PAGES_KEPT ? reason_set(reason, ERR_CORRUPT, "data.mdb",
						   "is gone: put a backup in its place")
					 : ERR_OK;
	if (c.fd < 0 || fstat(c.fd, &st))
		err = reason_set(reason, ERR_SYSTEM, "data.mdb", "%s", strerror(errno));
	else {
		c.pages = (uint64_t)st.st_size / c.page_bytes;
		err = map_file(&c);
		if (!err)
			err = was_never_used(&c, (size_t)st.st_size) ? check_unused(&c, use)
								     : check_file(&c);
		unmap_file(&c);
	}
	if (c.fd >= 0)
		close(c.fd);
	return err;
}
