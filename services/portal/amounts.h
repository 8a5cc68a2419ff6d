/* Times and spans as pages show them. */
#ifndef SERVICES_PORTAL_AMOUNTS_H
#define SERVICES_PORTAL_AMOUNTS_H

#include "services/portal/page.h"

/* "3 min 20 s", in the page's language; at most two units. */
const char *amount_span(struct page *page, int64_t ms);
const char *amount_count(struct page *page, int64_t n);
/* "2026-11-22 13:05:07", Danish time. */
const char *amount_time(struct page *page, int64_t ms);
/* The same as an element; nothing when ms is 0. */
void write_time(struct page *page, int64_t ms);
/* "12.3 MiB". */
const char *amount_bytes(struct page *page, int64_t bytes);

#endif
