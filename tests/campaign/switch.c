/* oneplan-switch: a network switch that lies. Opens one tap device in each of the network
 * namespaces that it is given, and carries Ethernet frames between them, with the faults that are
 * asked of it on standard input. Touches /dev/net/tun and the namespaces of the processes named;
 * works where the kernel has no netem.
 *
 *   oneplan-switch --seed N NAME=PID ...      NAME's tap, called wire0, is made in the namespace of
 * PID
 *
 * Lines on standard input, each answered with "ok":
 *   cut NAME | from NAME | to NAME            nothing passes | nothing that it sends | nothing that
 * it is sent slow NAME MS PERCENT                      both ways: that late, half as much again at
 * random (so that frames overtake each other), so many lost and half as many doubled heal NAME |
 * heal                          as it was It ends when standard input does. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { PORTS = 32, FRAME = 2048, WAITING = 8192, MAC = 6 };

struct port {
	char name[40];
	int fd;
	uint8_t mac[MAC]; /* of whoever sits there, once it has sent something */
	bool known;
	bool drop_from, drop_to;
	int64_t late_us;
	unsigned loss; /* percent */
};

/* A frame on its way: a heap by time, in the order of arrival where times are equal. */
struct frame {
	int64_t at_us;
	uint64_t order;
	int to;
	size_t n;
	uint8_t *bytes;
};

static struct port ports[PORTS];
static int n_ports;
static struct frame heap[WAITING + 1];
static int n_heap;
static uint64_t orders;
static uint64_t dice;
static uint64_t carried, dropped, doubled;

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static uint64_t roll(uint64_t n) /* 0 .. n-1; xorshift64* */
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return dice * 2685821657736338717ULL % n;
}

static void die(const char *what)
{
	fprintf(stderr, "switch: %s: %s\n", what, strerror(errno));
	exit(111);
}

/* ---- ports ----------------------------------------------------------------------------------- */

static int open_tap(const char *pid)
{
	char path[64];
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	snprintf(path, sizeof(path), "/proc/%.20s/ns/net", pid);
	int there = open(path, O_RDONLY | O_CLOEXEC);
	if (here < 0 || there < 0 || setns(there, CLONE_NEWNET))
		die(path);
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	strcpy(request.ifr_name, "wire0");
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		die("/dev/net/tun");
	if (setns(here, CLONE_NEWNET))
		die("setns");
	close(here);
	close(there);
	return fd;
}

static void add_port(char *argument)
{
	char *pid = strchr(argument, '=');

	if (!pid || n_ports == PORTS)
		exit(2);
	*pid++ = '\0';
	struct port *port = &ports[n_ports++];
	snprintf(port->name, sizeof(port->name), "%s", argument);
	port->fd = open_tap(pid);
}

/* ---- frames ---------------------------------------------------------------------------------- */

static bool before(const struct frame *a, const struct frame *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void push(const struct frame *frame)
{
	int i = ++n_heap;

	for (; i > 1 && before(frame, &heap[i / 2]); i /= 2)
		heap[i] = heap[i / 2];
	heap[i] = *frame;
}

static struct frame pop(void)
{
	struct frame top = heap[1], last = heap[n_heap--];
	int i = 1;

	for (int child; (child = 2 * i) <= n_heap; i = child) {
		if (child < n_heap && before(&heap[child + 1], &heap[child]))
			child++;
		if (!before(&heap[child], &last))
			break;
		heap[i] = heap[child];
	}
	heap[i] = last;
	return top;
}

static void send_later(int from, int to, const uint8_t *bytes, size_t n)
{
	const struct port *a = &ports[from], *b = &ports[to];
	int64_t late = a->late_us + b->late_us;
	unsigned loss = a->loss > b->loss ? a->loss : b->loss;
	unsigned copies = 1;

	if (a->drop_from || b->drop_to || (loss && roll(100) < loss)) {
		dropped++;
		return;
	}
	if (loss && roll(200) < loss)
		copies = 2;
	doubled += copies - 1;
	for (; copies && n_heap < WAITING; copies--) {
		struct frame frame = {
			now_us() + late + (late ? (int64_t)roll((uint64_t)late / 2 + 1) : 0),
			orders++, to, n, malloc(n)};
		if (!frame.bytes)
			die("frame");
		memcpy(frame.bytes, bytes, n);
		push(&frame);
	}
}

static void take_frame(int from)
{
	uint8_t bytes[FRAME];
	ssize_t got = read(ports[from].fd, bytes, sizeof(bytes));

	if (got < 2 * MAC)
		return;
	memcpy(ports[from].mac, bytes + MAC, MAC);
	ports[from].known = true;
	for (int i = 0; i < n_ports; i++) {
		bool everybody = bytes[0] & 1;
		if (i != from &&
			(everybody || !ports[i].known || !memcmp(ports[i].mac, bytes, MAC)))
			send_later(from, i, bytes, (size_t)got);
	}
}

static void deliver(void)
{
	int64_t now = now_us();

	while (n_heap && heap[1].at_us <= now) {
		struct frame frame = pop();
		/* what was on its way when the link was cut is lost with it */
		if (!ports[frame.to].drop_to && write(ports[frame.to].fd, frame.bytes, frame.n) > 0)
			carried++;
		free(frame.bytes);
	}
}

/* ---- what is asked for ----------------------------------------------------------------------- */

static void set(struct port *port, const char *verb, unsigned late_ms, unsigned loss)
{
	port->drop_from = !strcmp(verb, "cut") || !strcmp(verb, "from");
	port->drop_to = !strcmp(verb, "cut") || !strcmp(verb, "to");
	port->late_us = !strcmp(verb, "slow") ? (int64_t)late_ms * 1000 : 0;
	port->loss = !strcmp(verb, "slow") ? loss : 0;
}

static void obey(const char *line)
{
	char verb[16] = "", name[40] = "";
	unsigned late_ms = 0, loss = 0;
	bool found = false;
	int words = sscanf(line, "%15s %39s %u %u", verb, name, &late_ms, &loss);

	for (int i = 0; i < n_ports; i++)
		if (words == 1 || !strcmp(ports[i].name, name)) {
			set(&ports[i], verb, late_ms, loss);
			found = true;
		}
	printf(found ? "ok\n" : "no such port\n");
	fflush(stdout);
}

static bool take_lines(void)
{
	static char text[512];
	static size_t used;
	ssize_t got = read(STDIN_FILENO, text + used, sizeof(text) - used - 1);

	if (got <= 0)
		return false;
	used += (size_t)got;
	for (char *end; (end = memchr(text, '\n', used)) != NULL;) {
		*end = '\0';
		obey(text);
		used -= (size_t)(end + 1 - text);
		memmove(text, end + 1, used);
	}
	return used < sizeof(text) - 1;
}

static int wait_ms(void)
{
	if (!n_heap)
		return 1000;
	int64_t left = heap[1].at_us - now_us();
	return left <= 0 ? 0 : (int)(left / 1000 + 1);
}

int main(int argc, char **argv)
{
	struct pollfd polled[PORTS + 1] = {{.fd = STDIN_FILENO, .events = POLLIN}};
	bool more = true;

	if (argc < 4 || strcmp(argv[1], "--seed") != 0)
		return 2;
	dice = strtoull(argv[2], NULL, 10) * 2 + 1;
	for (int i = 3; i < argc; i++)
		add_port(argv[i]);
	for (int i = 0; i < n_ports; i++)
		polled[i + 1] = (struct pollfd){.fd = ports[i].fd, .events = POLLIN};
	puts("ok");
	fflush(stdout);
	while (more) {
		if (poll(polled, (nfds_t)n_ports + 1, wait_ms()) < 0 && errno != EINTR)
			die("poll");
		for (int i = 0; i < n_ports; i++)
			if (polled[i + 1].revents)
				take_frame(i);
		deliver();
		if (polled[0].revents)
			more = take_lines();
	}
	fprintf(stderr, "switch: %llu frames carried, %llu dropped, %llu doubled\n",
		(unsigned long long)carried, (unsigned long long)dropped,
		(unsigned long long)doubled);
	return 0;
}
