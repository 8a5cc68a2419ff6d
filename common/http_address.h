/* The address of an HTTP server; for common/http*.c only. */
#ifndef COMMON_HTTP_ADDRESS_H
#define COMMON_HTTP_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "common/http.h"

struct http_address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage room;
	} of;
	int bytes;
};

/* As http_check_listen. */
enum err http_parse_address(const char *listen, const char *field, struct http_address *ret,
	struct reason *reason) MUST_USE;

#endif
