/* libcurl on the loop: connects to the mail server and to the gateway for text messages. */
#include "services/notification/sender_curl.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "services/notification/smtp_talk.h"

enum { SOCKETS_MAX = 64, STUCK_MS = 500, FAILED_ANSWER = 400 };

struct transfer {
	struct transfer *next;
	struct sender *sender;
	CURL *easy;
	struct uuid message;
	uint8_t *payload;
	size_t n;
	int64_t code;               /* of the last answer */
	curl_socket_t fd;           /* while libcurl connects */
	struct curl_slist *headers; /* text messages */
	bool mail;                  /* the rest is for mail */
	char *to;
	struct smtp_talk talk;
	struct loop_fd *ready;
	struct loop_timer *timeout;
};

/* A descriptor that libcurl waits for. */
struct watched {
	struct sender *sender;
	struct loop_fd *fd;
	curl_socket_t socket;
};

struct sender {
	const struct notification_settings *settings;
	struct loop *loop;
	struct sender_call call;
	CURLM *multi;
	struct loop_timer *timer;
	struct transfer *transfers;
	struct clock clock;
	int64_t entered; /* when libcurl was called last */
	curl_socket_t sockets[SOCKETS_MAX];
	size_t n_sockets;
};

/* ---- answers --------------------------------------------------------------------------------- */

static enum send_outcome http_outcome(struct transfer *transfer, CURLcode result)
{
	curl_off_t sent = 0;
	long code = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &code);
	curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	transfer->code = code;
	if (code >= 200 && code < 300)
		return send_outcome_sent;
	if (code == 408 || code == 425 || code == 429 || code >= 500)
		return send_outcome_no_answer;
	if (code >= 300)
		return send_outcome_refused;
	return result != CURLE_OK && sent >= (curl_off_t)transfer->n ? send_outcome_uncertain
								     : send_outcome_no_answer;
}

/* The connection of a mail is closed with its handle, without a word. */
static void free_transfer(struct transfer *transfer)
{
	loop_fd_free(transfer->ready);
	loop_timer_free(transfer->timeout);
	smtp_talk_done(&transfer->talk);
	if (transfer->easy) {
		curl_multi_remove_handle(transfer->sender->multi, transfer->easy);
		curl_easy_cleanup(transfer->easy);
	}
	curl_slist_free_all(transfer->headers);
	free(transfer->payload);
	free(transfer->to);
	free(transfer);
}

static void finish(struct transfer *transfer, enum send_outcome outcome, const char *why)
{
	struct sender *sender = transfer->sender;
	struct transfer **at = &sender->transfers;
	int64_t code = transfer->code > 0 && transfer->code < 1000 ? transfer->code : 0;
	const struct sender_answer answer = {transfer->message, outcome, code, why};

	while (*at != transfer)
		at = &(*at)->next;
	*at = transfer->next;
	free_transfer(transfer);
	sender->call.fn(sender->call.ctx, &answer);
}

/* ---- the dialogue of a mail ------------------------------------------------------------------ */

static void end_talk(struct transfer *transfer, const char *why)
{
	static const char quit[] = "QUIT\r\n";
	size_t n;

	transfer->code = transfer->talk.code;
	if (transfer->talk.step == SMTP_OVER)
		(void)curl_easy_send(transfer->easy, quit, strlen(quit), &n);
	finish(transfer, smtp_talk_outcome(&transfer->talk), why);
}

/* False: the connection is lost. */
static bool receive(struct transfer *transfer)
{
	char in[1024];
	size_t n;
	CURLcode result;

	while ((result = curl_easy_recv(transfer->easy, in, sizeof(in), &n)) == CURLE_OK && n > 0)
		smtp_talk_in(&transfer->talk, bytes_of(in, n));
	return result == CURLE_AGAIN;
}

static bool transmit(struct transfer *transfer)
{
	CURLcode result = CURLE_OK;
	struct bytes out;
	size_t n;

	while (result == CURLE_OK && (out = smtp_talk_out(&transfer->talk)).n > 0) {
		result = curl_easy_send(transfer->easy, out.p, out.n, &n);
		if (result == CURLE_OK)
			smtp_talk_sent(&transfer->talk, n);
	}
	return result == CURLE_OK || result == CURLE_AGAIN;
}

static void go_on(void *ctx, unsigned what)
{
	struct transfer *transfer = ctx;
	bool connected = receive(transfer);

	(void)what;
	if (connected && transfer->talk.step != SMTP_OVER)
		connected = transmit(transfer);
	bool waits = smtp_talk_out(&transfer->talk).n > 0;
	if (transfer->talk.step == SMTP_OVER)
		end_talk(transfer, "answered");
	else if (!connected)
		end_talk(transfer, "the connection was lost");
	else if (transfer->talk.out.failed ||
		 loop_fd_watch(transfer->ready, LOOP_READ | (waits ? LOOP_WRITE : 0u)))
		end_talk(transfer, "no memory");
}

static void on_timeout(void *ctx, unsigned what)
{
	(void)what;
	end_talk(ctx, "no answer in time");
}

static void begin_talk(struct transfer *transfer)
{
	struct sender *sender = transfer->sender;
	struct loop *loop = sender->loop;
	curl_socket_t fd = CURL_SOCKET_BAD;

	transfer->code = 0;
	smtp_talk_init(&transfer->talk, sender->settings->sender, transfer->to,
		bytes_of(transfer->payload, transfer->n));
	curl_easy_getinfo(transfer->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (fd == CURL_SOCKET_BAD ||
		loop_fd_new(loop, fd, (struct loop_call){go_on, transfer}, &transfer->ready) ||
		loop_timer_new(
			loop, (struct loop_call){on_timeout, transfer}, &transfer->timeout)) {
		end_talk(transfer, "no connection");
		return;
	}
	loop_timer_once(transfer->timeout, sender->settings->send_timeout_ms);
	go_on(transfer, 0);
}

/* ---- libcurl and the loop -------------------------------------------------------------------- */

static void take_result(struct transfer *transfer, CURLcode result)
{
	if (!transfer->mail)
		finish(transfer, http_outcome(transfer, result), curl_easy_strerror(result));
	else if (result == CURLE_OK)
		begin_talk(transfer);
	else /* not even connected: the message is as good as before */
		finish(transfer, send_outcome_no_answer, curl_easy_strerror(result));
}

static void take_results(struct sender *sender)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(sender->multi, &left)) != NULL) {
		CURLcode result = message->data.result;
		char *private = NULL;
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
		take_result((struct transfer *)(void *)private, result);
	}
}

static void act(struct sender *sender, curl_socket_t fd, int what)
{
	int running;

	sender->entered = clock_steady(&sender->clock);
	curl_multi_socket_action(sender->multi, fd, what, &running);
	take_results(sender);
}

/* ---- libcurl and the loop -------------------------------------------------------------------- */

static void on_ready(void *ctx, unsigned what)
{
	const struct watched *watched = ctx;

	act(watched->sender, watched->socket,
		(what & LOOP_READ ? CURL_CSELECT_IN : 0) |
			(what & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_time(void *ctx, unsigned what)
{
	(void)what;
	act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long ms, void *ctx)
{
	struct sender *sender = ctx;

	(void)multi;
	if (ms < 0)
		loop_timer_stop(sender->timer);
	else
		loop_timer_once(sender->timer, ms);
	return 0;
}

static struct watched *watch_new(struct sender *sender, curl_socket_t socket)
{
	struct watched *watched = calloc(1, sizeof(*watched));

	if (!watched)
		return NULL;
	*watched = (struct watched){.sender = sender, .socket = socket};
	if (loop_fd_new(
		    sender->loop, socket, (struct loop_call){on_ready, watched}, &watched->fd)) {
		free(watched);
		return NULL;
	}
	curl_multi_assign(sender->multi, socket, watched);
	return watched;
}

static int set_watch(CURL *easy, curl_socket_t socket, int what, void *ctx, void *known)
{
	struct sender *sender = ctx;
	struct watched *watched = known;
	char *private = NULL;

	if (what == CURL_POLL_REMOVE) {
		if (watched)
			loop_fd_free(watched->fd);
		free(watched);
		curl_multi_assign(sender->multi, socket, NULL);
		return 0;
	}
	if (!curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private) && private)
		((struct transfer *)(void *)private)->fd = socket;
	if (!watched)
		watched = watch_new(sender, socket);
	if (!watched)
		return -1;
	return loop_fd_watch(watched->fd, (what & CURL_POLL_IN ? LOOP_READ : 0u) |
						  (what & CURL_POLL_OUT ? LOOP_WRITE : 0u))
		       ? -1
		       : 0;
}

/* ---- never waiting --------------------------------------------------------------------------- */

/* When connecting to a mail server fails, libcurl says QUIT and waits for the answer, which may
 * take minutes. So no connection that is to end is left alive: QUIT then fails at once. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct sender *sender = ctx;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

	(void)purpose;
	if (fd >= 0 && sender->n_sockets == SOCKETS_MAX) {
		close(fd);
		fd = -1;
	}
	if (fd >= 0)
		sender->sockets[sender->n_sockets++] = fd;
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int close_socket(void *ctx, curl_socket_t fd)
{
	struct sender *sender = ctx;
	size_t kept = 0;

	for (size_t i = 0; i < sender->n_sockets; i++)
		if (sender->sockets[i] != fd)
			sender->sockets[kept++] = sender->sockets[i];
	sender->n_sockets = kept;
	return close(fd);
}

/* An answer of 400 or more ends the connection. */
static size_t take_line(char *p, size_t size, size_t n, void *ctx)
{
	struct transfer *transfer = ctx;

	if (n * size >= 4 && p[0] >= '1' && p[0] <= '5')
		transfer->code = strtol(p, NULL, 10);
	if (transfer->code >= FAILED_ANSWER && transfer->fd != CURL_SOCKET_BAD)
		shutdown(transfer->fd, SHUT_RDWR);
	return n * size;
}

/* Also called while libcurl waits by itself, which it does in ways that are not documented. */
static int watch_stuck(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct transfer *transfer = ctx;
	struct sender *sender = transfer->sender;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return clock_steady(&sender->clock) - sender->entered > STUCK_MS;
}

/* ---- starting -------------------------------------------------------------------------------- */

static size_t ignore(char *p, size_t size, size_t n, void *ctx)
{
	(void)p;
	(void)ctx;
	return size * n;
}

static struct transfer *transfer_new(
	struct sender *sender, struct uuid message, struct bytes payload)
{
	struct transfer *transfer = calloc(1, sizeof(*transfer));

	if (!transfer)
		return NULL;
	*transfer = (struct transfer){
		.sender = sender, .message = message, .n = payload.n, .fd = CURL_SOCKET_BAD};
	transfer->easy = curl_easy_init();
	transfer->payload = malloc(payload.n + 1);
	if (!transfer->easy || !transfer->payload) {
		free_transfer(transfer);
		return NULL;
	}
	memcpy(transfer->payload, payload.p, payload.n);
	return transfer;
}

static void set_common(struct transfer *transfer, const char *url, const char *protocols)
{
	struct sender *sender = transfer->sender;
	const struct notification_settings *settings = sender->settings;
	CURL *easy = transfer->easy;
	long timeout = (long)settings->send_timeout_ms;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)transfer);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a resolver that hangs is left alone */
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout / 2 + 1);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, sender);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, sender);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, watch_stuck);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
}

static void set_mail(struct transfer *transfer)
{
	const struct notification_settings *settings = transfer->sender->settings;
	CURL *easy = transfer->easy;

	set_common(transfer, settings->smtp_url, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_USE_SSL,
		settings->smtp_starttls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
	if (settings->smtp_ca_path[0])
		curl_easy_setopt(easy, CURLOPT_CAINFO, settings->smtp_ca_path);
	if (settings->smtp_user[0]) {
		curl_easy_setopt(easy, CURLOPT_USERNAME, settings->smtp_user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, settings->smtp_password);
	}
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_line);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
}

static void set_sms(struct transfer *transfer)
{
	const struct notification_settings *settings = transfer->sender->settings;
	CURL *easy = transfer->easy;

	set_common(transfer, settings->sms_url, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, (char *)transfer->payload);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->n);
}

static enum err start(struct transfer *transfer)
{
	struct sender *sender = transfer->sender;

	sender->entered = clock_steady(&sender->clock);
	if (curl_multi_add_handle(sender->multi, transfer->easy)) {
		free_transfer(transfer);
		return ERR_NO_MEMORY;
	}
	transfer->next = sender->transfers;
	sender->transfers = transfer;
	return ERR_OK;
}

static bool add_header(struct transfer *transfer, const char *text)
{
	struct curl_slist *longer = curl_slist_append(transfer->headers, text);

	if (longer)
		transfer->headers = longer;
	return longer != NULL;
}

enum err sender_start_mail(
	struct sender *sender, struct uuid message, const char *to, struct bytes mail)
{
	struct transfer *transfer = transfer_new(sender, message, mail);

	if (!transfer)
		return ERR_NO_MEMORY;
	transfer->mail = true;
	transfer->to = strdup(to);
	if (!transfer->to) {
		free_transfer(transfer);
		return ERR_NO_MEMORY;
	}
	set_mail(transfer);
	return start(transfer);
}

enum err sender_start_sms(struct sender *sender, struct uuid message, struct bytes json)
{
	const char *token = sender->settings->sms_token;
	struct transfer *transfer = transfer_new(sender, message, json);
	char line[SECRET_TEXT_BYTES + 32];

	if (!transfer)
		return ERR_NO_MEMORY;
	snprintf(line, sizeof(line), "Authorization: Bearer %s", token);
	if (!add_header(transfer, "Content-Type: application/json") ||
		!add_header(transfer, "Expect:") || (token[0] && !add_header(transfer, line))) {
		free_transfer(transfer);
		return ERR_NO_MEMORY;
	}
	set_sms(transfer);
	return start(transfer);
}

/* ---- life ------------------------------------------------------------------------------------ */

enum err sender_open(struct loop *loop, const struct notification_settings *settings,
	struct sender_call call, struct sender **ret)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	*ret = NULL;
	if (!sender)
		return ERR_NO_MEMORY;
	*sender = (struct sender){
		.settings = settings, .loop = loop, .call = call, .clock = clock_real()};
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		sender->multi = curl_multi_init();
	if (!sender->multi ||
		loop_timer_new(loop, (struct loop_call){on_time, sender}, &sender->timer)) {
		sender_close(sender);
		return ERR_NO_MEMORY;
	}
	curl_multi_setopt(sender->multi, CURLMOPT_SOCKETFUNCTION, set_watch);
	curl_multi_setopt(sender->multi, CURLMOPT_SOCKETDATA, sender);
	curl_multi_setopt(sender->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(sender->multi, CURLMOPT_TIMERDATA, sender);
	*ret = sender;
	return ERR_OK;
}

void sender_close(struct sender *sender)
{
	if (!sender)
		return;
	for (size_t i = 0; i < sender->n_sockets; i++)
		shutdown(sender->sockets[i], SHUT_RDWR);
	while (sender->transfers) {
		struct transfer *transfer = sender->transfers;
		sender->transfers = transfer->next;
		free_transfer(transfer);
	}
	if (sender->multi)
		curl_multi_cleanup(sender->multi);
	loop_timer_free(sender->timer);
	free(sender);
	curl_global_cleanup();
}
