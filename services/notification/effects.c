/* Hands due messages to their channels once `sending` is committed, and tells the engine how it
 * ended. Touches sockets through sender_curl.h and files through spool.h.
 *
 * 1. A byte leaves only for a message that is `sending` in committed state and that this process
 * announced itself; any other message in `sending` is left from an unclean stop, and uncertain.
 * 2. There is one job for each message under way; it ends when the state shows its outcome. */
#include "services/notification/effects.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "services/notification/mail.h"
#include "services/notification/sender_curl.h"
#include "services/notification/spool.h"

enum { JOBS_MAX = 32, DUE_MAX = 16, FORGOTTEN_MS = 60000, ARENA_BYTES = 4 * 1024 * 1024 };

enum job_state { JOB_NONE, JOB_ANNOUNCED, JOB_RUNNING, JOB_ENDED, JOB_TOLD };

struct job {
	enum job_state state;
	int64_t since; /* steady */
	int64_t attempt;
	struct sender_answer answer; /* from JOB_ENDED on; its message always */
};

struct effects {
	struct daemon *daemon;
	const struct notification_settings *settings;
	struct sender *sender;
	struct clock clock;
	struct arena arena;
	struct job jobs[JOBS_MAX];
	struct erased_post removed; /* up to here the spool was cleared; number 0: from the start */
};

/* ---- jobs ------------------------------------------------------------------------------------ */

static struct job *find_job(struct effects *effects, struct uuid message)
{
	for (size_t i = 0; i < JOBS_MAX; i++)
		if (effects->jobs[i].state != JOB_NONE &&
			uuid_equal(effects->jobs[i].answer.message, message))
			return &effects->jobs[i];
	return NULL;
}

static size_t count_jobs(const struct effects *effects)
{
	size_t n = 0;

	for (size_t i = 0; i < JOBS_MAX; i++)
		n += effects->jobs[i].state != JOB_NONE;
	return n;
}

static struct job *add_job(struct effects *effects, struct uuid message, enum job_state state)
{
	for (size_t i = 0; i < JOBS_MAX; i++) {
		struct job *job = &effects->jobs[i];
		if (job->state != JOB_NONE)
			continue;
		*job = (struct job){.state = state,
			.since = clock_steady(&effects->clock),
			.answer = {.message = message}};
		return job;
	}
	return NULL;
}

static void end_job(struct job *job, enum send_outcome outcome, int64_t code)
{
	job->state = JOB_ENDED;
	job->answer.outcome = outcome;
	job->answer.code = code;
}

/* Told again after the next turn when there was no room for it. */
static void tell_outcome(struct effects *effects, struct job *job)
{
	const struct record_outcome outcome = {.message = job->answer.message,
		.attempt = job->attempt,
		.outcome = job->answer.outcome,
		.code = job->answer.code};

	if (!daemon_tell(effects->daemon, schema_record_outcome(), &outcome))
		job->state = JOB_TOLD;
	job->since = clock_steady(&effects->clock);
}

static void on_answer(void *ctx, const struct sender_answer *answer)
{
	struct effects *effects = ctx;
	struct job *job = find_job(effects, answer->message);
	char id[UUID_TEXT_BYTES];

	if (!job)
		return;
	uuid_format(answer->message, id);
	end_job(job, answer->outcome, answer->code);
	if (answer->outcome != send_outcome_sent)
		log_event(LOG_WARNING, "a message did not go out", LOG_TEXT("message", id),
			LOG_TEXT("outcome", enum_word(words_send_outcome, answer->outcome)),
			LOG_INT("code", answer->code), LOG_TEXT("why", answer->why));
	tell_outcome(effects, job);
}

/* ---- the channels ---------------------------------------------------------------------------- */

static void start_mail(struct effects *effects, struct job *job, const struct message_view *message)
{
	char *to = text_string(&effects->arena, message->address);
	struct buffer mail;

	if (!to || !mail_address_good(message->address)) {
		end_job(job, send_outcome_refused, 0);
		return;
	}
	buffer_init(&mail, (size_t)64 * 1024);
	mail_compose(effects->settings, message, clock_now(&effects->clock), &mail);
	if (mail.failed ||
		sender_start_mail(effects->sender, message->message, to, buffer_bytes(&mail)))
		end_job(job, send_outcome_no_answer, 0);
	buffer_done(&mail);
}

static void start_sms(struct effects *effects, struct job *job, const struct message_view *message)
{
	char id[UUID_TEXT_BYTES];

	uuid_format(message->message, id);
	const struct sms_request request = {.id = text_of(id),
		.from = text_of(effects->settings->sender_name),
		.to = message->address,
		.text = message->body};
	const char *json = schema_to_json(schema_sms_request(), &request, 0, &effects->arena);
	if (!json || sender_start_sms(effects->sender, message->message, bytes_of_string(json)))
		end_job(job, send_outcome_no_answer, 0);
}

/* A small file and its flush: as long as a commit, and as rare as letters. */
static void write_post(struct effects *effects, struct job *job, const struct message_view *message)
{
	enum err err = spool_write(effects->settings->spool_path, message,
		clock_now(&effects->clock), &effects->arena);

	end_job(job, err ? send_outcome_no_answer : send_outcome_sent, 0);
}

static void start_job(struct effects *effects, struct job *job, const struct message_view *message)
{
	const struct notification_settings *settings = effects->settings;
	bool mail = message->channel == contact_email && settings->smtp_url[0];
	bool sms = message->channel == contact_sms && settings->sms_url[0];
	bool post = message->channel == contact_digital_post || message->channel == contact_letter;

	job->state = JOB_RUNNING;
	job->attempt = message->attempts;
	if (message->address.n == 0)
		end_job(job, send_outcome_refused, 0); /* erased in this very moment */
	else if (mail)
		start_mail(effects, job, message);
	else if (sms)
		start_sms(effects, job, message);
	else if (post)
		write_post(effects, job, message);
	else
		end_job(job, send_outcome_refused, 0); /* the town has no such channel */
	if (job->state == JOB_ENDED)
		tell_outcome(effects, job);
}

/* ---- after each commit ----------------------------------------------------------------------- */

static void announce(struct effects *effects, const struct message_view *message)
{
	const struct record_sending sending = {message->message};

	if (find_job(effects, message->message) ||
		count_jobs(effects) >= (size_t)effects->settings->parallel)
		return;
	if (!daemon_tell(effects->daemon, schema_record_sending(), &sending))
		(void)add_job(effects, message->message, JOB_ANNOUNCED);
}

static void go_on(struct effects *effects, const struct message_view *message)
{
	struct job *job = find_job(effects, message->message);
	char id[UUID_TEXT_BYTES];

	if (!job) {
		job = add_job(effects, message->message, JOB_ENDED);
		if (!job)
			return;
		job->attempt = message->attempts;
		end_job(job, send_outcome_uncertain, 0);
		uuid_format(message->message, id);
		log_event(LOG_WARNING, "a message was being sent when the daemon stopped",
			LOG_TEXT("message", id), LOG_INT("attempt", message->attempts));
	}
	if (job->state == JOB_ANNOUNCED)
		start_job(effects, job, message);
	else if (job->state == JOB_ENDED)
		tell_outcome(effects, job);
}

static bool holds(const struct message_view *at, size_t n, struct uuid message)
{
	for (size_t i = 0; i < n; i++)
		if (uuid_equal(at[i].message, message))
			return true;
	return false;
}

/* Jobs whose outcome the state shows, and those whose announcement was turned into something else.
 */
static void drop_jobs(struct effects *effects, const struct due_reply *due)
{
	int64_t now = clock_steady(&effects->clock);

	for (size_t i = 0; i < JOBS_MAX; i++) {
		struct job *job = &effects->jobs[i];
		bool sending = holds(due->sending.at, due->sending.n, job->answer.message);
		bool pending = holds(due->due.at, due->due.n, job->answer.message);
		bool old = now - job->since > FORGOTTEN_MS;
		if ((job->state == JOB_TOLD && (!sending || old)) ||
			(job->state == JOB_ANNOUNCED && !sending && (!pending || old)))
			job->state = job->state == JOB_TOLD && sending ? JOB_ENDED : JOB_NONE;
	}
}

/* Letters to somebody who was erased; those of earlier erasures again after each start. */
static void clear_spool(struct effects *effects, const struct due_reply *due)
{
	for (size_t i = 0; i < due->erased.n; i++) {
		const struct erased_post *post = &due->erased.at[i];
		if (spool_remove(effects->settings->spool_path, post->message)) {
			log_event(LOG_ERROR, "post to somebody who was erased cannot be removed",
				LOG_TEXT("spool", effects->settings->spool_path));
			return;
		}
		effects->removed = *post;
	}
}

static void after_commit(void *ctx)
{
	struct effects *effects = ctx;
	const struct list_due ask = {DUE_MAX, effects->removed.number ? &effects->removed : NULL};
	struct due_reply due;

	arena_reset(&effects->arena);
	enum err err = daemon_ask(effects->daemon, schema_list_due(), &ask, &effects->arena, &due);
	if (err) {
		log_event(LOG_ERROR, "what is due is not known", LOG_TEXT("error", err_word(err)));
		return;
	}
	clear_spool(effects, &due);
	drop_jobs(effects, &due);
	for (size_t i = 0; i < due.sending.n; i++)
		go_on(effects, &due.sending.at[i]);
	for (size_t i = 0; i < due.due.n; i++)
		announce(effects, &due.due.at[i]);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void close_effects(void *ctx)
{
	struct effects *effects = ctx;

	sender_close(effects->sender);
	arena_done(&effects->arena);
	free(effects);
}

static enum err open_effects(
	struct daemon *daemon, const void *settings, void **ret_ctx, struct reason *reason)
{
	struct effects *effects = calloc(1, sizeof(*effects));

	if (!effects)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	*effects = (struct effects){
		.daemon = daemon, .settings = settings, .clock = daemon_clock(daemon)};
	arena_init(&effects->arena, ARENA_BYTES);
	enum err err = spool_open(effects->settings->spool_path, reason);
	if (!err && sender_open(daemon_loop(daemon), settings,
			    (struct sender_call){on_answer, effects}, &effects->sender))
		err = reason_set(reason, ERR_NO_MEMORY, "", "libcurl cannot be started");
	if (err) {
		close_effects(effects);
		return err;
	}
	*ret_ctx = effects;
	return ERR_OK;
}

const struct daemon_effects notification_effects = {open_effects, after_commit, close_effects};
