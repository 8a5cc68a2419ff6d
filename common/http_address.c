/* Where an HTTP server may listen: an address of this host alone. Pure. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/http_address.h"

static bool is_loopback(const struct http_address *address)
{
	if (address->of.any.sa_family == AF_INET)
		return ntohl(address->of.v4.sin_addr.s_addr) >> 24 == 127;
	return address->of.any.sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&address->of.v6.sin6_addr);
}

/* evutil_parse_sockaddr_port refuses port 0. */
static bool parse_address(const char *listen, struct http_address *ret)
{
	const char *colon = strrchr(listen, ':');
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
	char host[64];

	memset(ret, 0, sizeof(*ret));
	if (digits < 1 || digits > 5 || colon[1 + digits] || colon - listen >= 64)
		return false;
	long port = strtol(colon + 1, NULL, 10);
	snprintf(host, sizeof(host), "%.*s", (int)(colon - listen), listen);
	size_t n = strlen(host);
	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		ret->of.v6.sin6_family = AF_INET6;
		ret->of.v6.sin6_port = htons((uint16_t)port);
		ret->bytes = (int)sizeof(ret->of.v6);
		return port <= 65535 && inet_pton(AF_INET6, host + 1, &ret->of.v6.sin6_addr) == 1;
	}
	ret->of.v4.sin_family = AF_INET;
	ret->of.v4.sin_port = htons((uint16_t)port);
	ret->bytes = (int)sizeof(ret->of.v4);
	return port <= 65535 && inet_pton(AF_INET, host, &ret->of.v4.sin_addr) == 1;
}

enum err http_parse_address(
	const char *listen, const char *field, struct http_address *ret, struct reason *reason)
{
	if (!parse_address(listen, ret))
		return reason_set(reason, ERR_INVALID, field,
			"must be an address and a port: 127.0.0.1:9101 or [::1]:9101");
	if (!is_loopback(ret))
		return reason_set(reason, ERR_INVALID, field,
			"must be a loopback address: what others may see goes through a proxy on "
			"this host");
	return ERR_OK;
}

enum err http_check_listen(const char *listen, const char *field, struct reason *reason)
{
	struct http_address address;

	return http_parse_address(listen, field, &address, reason);
}
