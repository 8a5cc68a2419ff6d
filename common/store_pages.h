/* Is a database file whole? LMDB trusts its pages: one that is broken ends the process, or shows
 * rows that are none. So the file is read without it before it is opened.
 *
 * 1. Two meta pages, of which the newest was written by the last transaction and the other by the
 * one before.
 * 2. Every page that can be reached from the newest carries its own number, lies within what was
 * ever used, is filled without holes or overlaps, and has keys in order and within what the page
 * above says.
 * 3. Every page below the last one used is reached once, or is in the list of free pages once.
 * 4. Rows, pages and depth of each tree are as many as its root says.
 *
 * What is in values is for whoever wrote them to check. Format: LMDB 0.9, data version 1, no sorted
 * duplicates, pages of this machine's size and byte order.
 */
#ifndef COMMON_STORE_PAGES_H
#define COMMON_STORE_PAGES_H

#include "common/bytes.h"

enum pages_use {
	PAGES_READ, /* missing or never written to: well */
	PAGES_MADE, /* the same, and what is left of a making that was cut off is emptied */
	PAGES_KEPT, /* it was committed to before: missing or never written to is damage */
};

/* Checks the file data.mdb in a directory, which nobody writes to meanwhile.
 * ERR_CORRUPT with *reason when it is not whole; ERR_SYSTEM, ERR_NO_MEMORY. */
enum err store_pages_check(int dir_fd, enum pages_use use, struct reason *reason) MUST_USE;

#endif
