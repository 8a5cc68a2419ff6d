/* The short reference of an inquiry that a person can read out over the telephone: seven characters
 * and a check character, all from 29 that are not mistaken for each other (no 0/O/Q, 1/I/L or U).
 * The characters' values, weighted 8 to 1, add up to 0 modulo 29; as 29 is a prime this finds every
 * single wrong character and every swap of two. */
#ifndef PROTO_REFERENCE_H
#define PROTO_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

#define REFERENCE_BYTES 10 /* "ABCD-EFGH" and a NUL */

/* The reference of 64 random bits. */
void reference_make(uint64_t bits, char ret[REFERENCE_BYTES]);

/* Reads one as people write it: either case, spaces and hyphens anywhere. False when a character or
 * the check is wrong; the normal form in ret otherwise. */
bool reference_parse(const char *s, size_t n, char ret[REFERENCE_BYTES]);

#endif
