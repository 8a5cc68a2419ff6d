/* Connects to a node as ZeroMQ does, and sees at which step it ends. Touches one TCP socket. */
#include "services/oneplanctl/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"

enum {
	KEY = crypto_box_PUBLICKEYBYTES,
	MAC = crypto_box_MACBYTES,
	NONCE = crypto_box_NONCEBYTES,
	GREETING = 64,
	COOKIE = 96,
	HELLO = 200,
	WELCOME = 168,
	BODY = 512
};

struct probing {
	const struct probe *probe;
	char *why;
	int fd;
	int64_t deadline;
	struct clock clock;
	uint8_t server[KEY], own[KEY], own_secret[KEY]; /* the lasting keys */
	uint8_t mine[KEY], mine_secret[KEY];            /* those of this connection */
	uint8_t theirs[KEY], cookie[COOKIE];
};

static bool fail(struct probing *p, const char *why)
{
	snprintf(p->why, PROBE_WHY_BYTES, "%s", why);
	return false;
}

/* ---- bytes in time --------------------------------------------------------------------------- */

static bool wait_for(struct probing *p, short what)
{
	struct pollfd one = {.fd = p->fd, .events = what};
	int64_t left = p->deadline - clock_steady(&p->clock);

	if (left > 0 && poll(&one, 1, (int)left) == 1)
		return true;
	return fail(p, "no answer in time");
}

static bool put(struct probing *p, const uint8_t *at, size_t n)
{
	while (n) {
		if (!wait_for(p, POLLOUT))
			return false;
		ssize_t put = send(p->fd, at, n, MSG_NOSIGNAL);
		if (put <= 0)
			return fail(p, "the connection was ended");
		at += put;
		n -= (size_t)put;
	}
	return true;
}

static bool take(struct probing *p, uint8_t *at, size_t n)
{
	while (n) {
		if (!wait_for(p, POLLIN))
			return false;
		ssize_t got = recv(p->fd, at, n, 0);
		if (got <= 0)
			return fail(p, "the connection was ended");
		at += got;
		n -= (size_t)got;
	}
	return true;
}

/* One command of the handshake; its length, 0: none came. */
static size_t take_command(struct probing *p, uint8_t body[BODY])
{
	uint8_t flags, size[8];
	size_t n = 0;

	if (!take(p, &flags, 1) || !take(p, size, flags & 2 ? 8 : 1))
		return 0;
	for (int i = 0; i < (flags & 2 ? 8 : 1); i++)
		n = n << 8 | size[i];
	if (!(flags & 4) || n == 0 || n > BODY) {
		fail(p, "what came is no command of a handshake");
		return 0;
	}
	return take(p, body, n) ? n : 0;
}

/* ---- the steps ------------------------------------------------------------------------------- */

static bool key_of(const char *z85, uint8_t ret[KEY])
{
	static const char digits[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		".-:+=^!/*?&<>()[]{}@%$#";

	if (!z85 || strlen(z85) != 40)
		return false;
	for (int i = 0; i < 8; i++) {
		uint32_t value = 0;
		for (int k = 0; k < 5; k++) {
			const char *digit = strchr(digits, z85[i * 5 + k]);
			if (!digit)
				return false;
			value = value * 85 + (uint32_t)(digit - digits);
		}
		for (int k = 0; k < 4; k++)
			ret[i * 4 + k] = (uint8_t)(value >> (24 - 8 * k));
	}
	return true;
}

static struct addrinfo *resolve(struct probing *p)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	const char *at = p->probe->endpoint, *colon = strrchr(at, ':');
	struct addrinfo *list = NULL;
	char host[256];

	if (strncmp(at, "tcp://", 6) != 0 || colon <= at + 6) {
		fail(p, "is no tcp://ADDRESS:PORT");
		return NULL;
	}
	bool bracket = at[6] == '[' && colon[-1] == ']';
	snprintf(host, sizeof(host), "%.*s", (int)(colon - at - 6 - 2 * bracket), at + 6 + bracket);
	int rc = getaddrinfo(host, colon + 1, &hints, &list);
	if (rc)
		snprintf(p->why, PROBE_WHY_BYTES, "%.60s: %s", host, gai_strerror(rc));
	return rc ? NULL : list;
}

static bool connect_to(struct probing *p, const struct addrinfo *to)
{
	int error = 0;
	socklen_t n = sizeof(error);

	p->fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return fail(p, strerror(errno));
	if (!connect(p->fd, to->ai_addr, to->ai_addrlen))
		return true;
	if (errno != EINPROGRESS)
		return fail(p, strerror(errno));
	if (!wait_for(p, POLLOUT))
		return false;
	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &n) || error)
		return fail(p, strerror(error ? error : errno));
	return true;
}

static bool greet(struct probing *p)
{
	uint8_t mine[GREETING] = {
		0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1, 'C', 'U', 'R', 'V', 'E'};
	uint8_t theirs[GREETING];

	if (!put(p, mine, sizeof(mine)) || !take(p, theirs, sizeof(theirs)))
		return false;
	if (theirs[0] != 0xff || !(theirs[9] & 1) || theirs[10] < 3)
		return fail(p, "what listens there does not speak ZMTP 3");
	return !memcmp(theirs + 12, "CURVE", 6) ||
	       fail(p, "what listens there does not ask for keys");
}

static bool say_hello(struct probing *p)
{
	uint8_t frame[2 + HELLO] = {4, HELLO, 5, 'H', 'E', 'L', 'L', 'O', 1, 0};
	uint8_t nonce[NONCE] = "CurveZMQHELLO---", zeros[64] = {0};
	uint8_t *at = frame + 2 + 6 + 2 + 72;

	crypto_box_keypair(p->mine, p->mine_secret);
	memcpy(at, p->mine, KEY);
	at[KEY + 7] = nonce[NONCE - 1] = 1;
	return !crypto_box_easy(
		       at + KEY + 8, zeros, sizeof(zeros), nonce, p->server, p->mine_secret) &&
	       put(p, frame, sizeof(frame));
}

/* Who has another secret cannot read our greeting, and hangs up. */
static bool be_welcomed(struct probing *p)
{
	uint8_t body[BODY], nonce[NONCE] = "WELCOME-", plain[KEY + COOKIE];

	if (!say_hello(p) || take_command(p, body) != WELCOME ||
		memcmp(body, "\x07WELCOME", 8) != 0)
		return false;
	memcpy(nonce + 8, body + 8, 16);
	if (crypto_box_open_easy(
		    plain, body + 24, sizeof(plain) + MAC, nonce, p->server, p->mine_secret))
		return fail(p, "what it says is not sealed with that key");
	memcpy(p->theirs, plain, KEY);
	memcpy(p->cookie, plain + KEY, COOKIE);
	return true;
}

static bool say_initiate(struct probing *p)
{
	static const uint8_t metadata[] = "\x0bSocket-Type\0\0\0\x06"
					  "DEALER";
	enum {
		VOUCH = 2 * KEY + MAC,
		META = sizeof(metadata) - 1,
		PLAIN = KEY + 16 + VOUCH + META
	};
	enum { INITIATE = 9 + COOKIE + 8 + MAC + PLAIN };
	uint8_t frame[9 + INITIATE] = {6, 0, 0, 0, 0, 0, 0, INITIATE >> 8, INITIATE & 255, 8, 'I',
		'N', 'I', 'T', 'I', 'A', 'T', 'E'};
	uint8_t vouched[2 * KEY], vouch_nonce[NONCE] = "VOUCH---", plain[PLAIN];
	uint8_t nonce[NONCE] = "CurveZMQINITIATE", *at = frame + 9 + 9;

	memcpy(vouched, p->mine, KEY);
	memcpy(vouched + KEY, p->server, KEY);
	randombytes_buf(vouch_nonce + 8, 16);
	memcpy(plain, p->own, KEY);
	memcpy(plain + KEY, vouch_nonce + 8, 16);
	memcpy(plain + KEY + 16 + VOUCH, metadata, META);
	memcpy(at, p->cookie, COOKIE);
	at[COOKIE + 7] = nonce[NONCE - 1] = 2;
	return !crypto_box_easy(plain + KEY + 16, vouched, sizeof(vouched), vouch_nonce, p->theirs,
		       p->own_secret) &&
	       !crypto_box_easy(
		       at + COOKIE + 8, plain, sizeof(plain), nonce, p->theirs, p->mine_secret) &&
	       put(p, frame, sizeof(frame));
}

static bool be_let_in(struct probing *p)
{
	uint8_t body[BODY];
	size_t n = say_initiate(p) ? take_command(p, body) : 0;

	if (n == 0)
		return false;
	return (n > 6 && !memcmp(body, "\x05READY", 6)) || fail(p, "it says no");
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum probe_step run(struct probing *p)
{
	struct addrinfo *list = resolve(p);
	bool connected = false;

	if (!list)
		return PROBE_NAME;
	for (const struct addrinfo *at = list; at && !connected; at = at->ai_next) {
		if (p->fd >= 0)
			close(p->fd);
		connected = connect_to(p, at);
	}
	freeaddrinfo(list);
	if (!connected)
		return PROBE_CONNECT;
	if (!greet(p))
		return PROBE_SPEAKS;
	if (!key_of(p->probe->server_key, p->server) || !be_welcomed(p))
		return PROBE_KEY;
	if (!key_of(p->probe->keys->public_key, p->own) ||
		!key_of(p->probe->keys->secret_key, p->own_secret) || !be_let_in(p))
		return PROBE_LET_IN;
	return PROBE_DONE;
}

enum probe_step probe_run(const struct probe *probe, char ret_why[PROBE_WHY_BYTES])
{
	struct probing p = {.probe = probe, .why = ret_why, .fd = -1, .clock = clock_real()};

	*ret_why = '\0';
	if (sodium_init() < 0)
		return PROBE_NAME;
	p.deadline = clock_steady(&p.clock) + probe->timeout_ms;
	enum probe_step step = run(&p);
	if (p.fd >= 0)
		close(p.fd);
	sodium_memzero(&p, sizeof(p));
	return step;
}
