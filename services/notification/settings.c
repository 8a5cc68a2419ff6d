/* The settings of notification, its schedule of retries and its secrets. Reads the files of secrets
 * that they name. */
#include "services/notification/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/secret.h"
#include "services/notification/mail.h"

#define S "notification"
#define AT(field_) offsetof(struct notification_settings, field_)

const struct setting notification_settings_table[] = {
	{S, "quiet_from", SETTING_INT, AT(quiet_from), "1260", 0, 1439,
		"nobody gets electronic mail or text messages from, minutes past midnight"},
	{S, "quiet_until", SETTING_INT, AT(quiet_until), "420", 0, 1439,
		"until, minutes past midnight; the same as quiet_from: no quiet hours"},
	{S, "day_limit", SETTING_INT, AT(day_limit), "5", 1, 1000,
		"at most so many messages a day to one person"},
	{S, "digests", SETTING_BOOL, AT(digests), "no", 0, 0,
		"yes: what waits in a department is told to it in one mail a working day, what is "
		"serious at once"},
	{S, "digest_minute", SETTING_INT, AT(digest_minute), "450", 0, 1439,
		"when that mail goes out, minutes past midnight"},
	{S, "receipt_wait", SETTING_MS, AT(receipt_wait_ms), "10s", 0, MS_PER_HOUR,
		"a receipt waits for the date of the talk, so that one message tells both"},
	{S, "news_for", SETTING_MS, AT(news_ms), "7d", MS_PER_MINUTE, 365 * MS_PER_DAY,
		"what happened longer ago than this is told to nobody any more"},
	{S, "person_before", SETTING_MS, AT(person_before_ms), "3h", 0, 7 * MS_PER_DAY,
		"a message about a talk that is not delivered so long before it: a person tells "
		"it"},
	{S, "give_up", SETTING_MS, AT(give_up_ms), "26h", MS_PER_SECOND, 30 * MS_PER_DAY,
		"a message without a talk that is not delivered after: a person tells it"},
	{S, "retry", SETTING_TEXT, AT(retry), "1m, 5m, 15m, 1h, 3h, 6h, 12h", 2, 200,
		"pauses after tries that failed; after the last one a person is asked"},
	{S, "uncertain", SETTING_TEXT, AT(uncertain), "hold", 4, 6,
		"a message that may have been sent or not: hold (a person looks) or resend"},
	{S, "queue", SETTING_TEXT, AT(queue), "entrance", 1, 64, "owner of what people must tell"},
	{S, "queue_address", SETTING_TEXT, AT(queue_address), "", 0, 200,
		"electronic mail of the entrance's staff; empty: they see it in their queue only"},
	{S, "department_addresses", SETTING_TEXT, AT(departments), "", 0, 8000,
		"electronic mail of the departments' staff: employment:a@example.dk, "
		"family:b@example.dk; "
		"one that is not named sees what waits in its work list only"},
	{S, "phone", SETTING_TEXT, AT(phone), "", 0, 24,
		"telephone number of the entrance as messages about plans show it; empty: none"},
	{S, "sender", SETTING_TEXT, AT(sender), "oneplan@localhost", 3, 200,
		"address of the sender of electronic mail"},
	{S, "sender_name", SETTING_TEXT, AT(sender_name), "Din Indgang", 0, 60,
		"the sender as it is shown"},
	{S, "smtp_url", SETTING_TEXT, AT(smtp_url), "", 0, 200,
		"smtp://host:587 or smtps://host; empty: no electronic mail, people are asked"},
	{S, "smtp_user", SETTING_TEXT, AT(smtp_user), "", 0, 200, "empty: no authentication"},
	{S, "smtp_password_file", SETTING_TEXT, AT(smtp_password_file), "", 0, 4000,
		"file with the password, mode 0600"},
	{S, "smtp_starttls", SETTING_BOOL, AT(smtp_starttls), "yes", 0, 0,
		"nothing is sent to a mail server that does not speak TLS"},
	{S, "smtp_ca_file", SETTING_TEXT, AT(smtp_ca_file), "", 0, 4000,
		"certificates to trust; empty: the machine's"},
	{S, "sms_url", SETTING_TEXT, AT(sms_url), "", 0, 400,
		"the gateway for text messages; empty: none, people are asked"},
	{S, "sms_token_file", SETTING_TEXT, AT(sms_token_file), "", 0, 4000,
		"file with the gateway's bearer token, mode 0600; empty: none"},
	{S, "spool", SETTING_TEXT, AT(spool), "spool", 1, 4000,
		"directory for Digital Post and letters, taken from there by other programs"},
	{S, "send_timeout", SETTING_MS, AT(send_timeout_ms), "60s", 100, MS_PER_HOUR,
		"a channel that has not answered after"},
	{S, "parallel", SETTING_INT, AT(parallel), "4", 1, 16, "messages sent at the same time"},
};
const size_t n_notification_settings =
	sizeof(notification_settings_table) / sizeof(notification_settings_table[0]);

/* ---- rules ----------------------------------------------------------------------------------- */

static enum err read_retry(struct notification_settings *settings, struct reason *reason)
{
	const char *at = settings->retry;
	char word[24];

	settings->n_retry = 0;
	while (at += strspn(at, ", \t"), *at) {
		size_t n = strcspn(at, ", \t");
		snprintf(word, sizeof(word), "%.*s", (int)n, at);
		if (settings->n_retry == RETRIES_MAX || n >= sizeof(word) ||
			!settings_parse_ms(word, &settings->retry_ms[settings->n_retry]))
			return reason_set(reason, ERR_INVALID, S ".retry",
				"at most %d pauses such as 5m, separated by commas", RETRIES_MAX);
		settings->n_retry++;
		at += n;
	}
	return settings->n_retry ? ERR_OK
				 : reason_set(reason, ERR_INVALID, S ".retry",
					   "at least one pause is needed");
}

#define ADDRESSES_RULE "name:address, separated by commas, such as family:b@example.dk"

static enum err add_department(
	struct notification_settings *settings, struct text item, struct reason *reason)
{
	struct department_address *at = &settings->department[settings->n_departments];
	const char *colon = memchr(item.p, ':', item.n);
	struct text name = {item.p, colon ? (uint32_t)(colon - item.p) : 0, false};
	struct text address = {colon ? colon + 1 : NULL, colon ? item.n - name.n - 1 : 0, false};

	if (settings->n_departments == DEPARTMENTS_MAX)
		return reason_set(reason, ERR_INVALID, S ".department_addresses",
			"at most %d departments", DEPARTMENTS_MAX);
	if (!name.n || name.n >= sizeof(at->department) || address.n >= sizeof(at->address) ||
		!mail_address_good(address))
		return reason_set(reason, ERR_INVALID, S ".department_addresses", ADDRESSES_RULE);
	if (notification_department_address(settings, name))
		return reason_set(
			reason, ERR_INVALID, S ".department_addresses", "names a department twice");
	snprintf(at->department, sizeof(at->department), "%.*s", (int)name.n, name.p);
	snprintf(at->address, sizeof(at->address), "%.*s", (int)address.n, address.p);
	settings->n_departments++;
	return ERR_OK;
}

static enum err read_departments(struct notification_settings *settings, struct reason *reason)
{
	const char *at = settings->departments;
	enum err err = ERR_OK;

	settings->n_departments = 0;
	while (!err && (at += strspn(at, ", \t"), *at)) {
		uint32_t n = (uint32_t)strcspn(at, ", \t");
		err = add_department(settings, (struct text){at, n, false}, reason);
		at += n;
	}
	return err;
}

const char *notification_department_address(
	const struct notification_settings *settings, struct text department)
{
	for (size_t i = 0; i < settings->n_departments; i++)
		if (text_is(department, settings->department[i].department))
			return settings->department[i].address;
	return NULL;
}

enum err notification_settings_check(struct notification_settings *settings, struct reason *reason)
{
	bool hold = strcmp(settings->uncertain, "hold") == 0;

	settings->resend_uncertain = strcmp(settings->uncertain, "resend") == 0;
	if (!hold && !settings->resend_uncertain)
		return reason_set(reason, ERR_INVALID, S ".uncertain", "must be hold or resend");
	if (!strchr(settings->sender, '@') || strpbrk(settings->sender, " \t<>\""))
		return reason_set(reason, ERR_INVALID, S ".sender", "must be an address");
	enum err err = read_retry(settings, reason);
	return err ? err : read_departments(settings, reason);
}

/* ---- secrets --------------------------------------------------------------------------------- */

static enum err read_secret(const char *path, char ret[SECRET_TEXT_BYTES], struct reason *reason)
{
	int fd;

	enum err err = secret_open(path, &fd, reason);
	if (err)
		return err;
	ssize_t n = read(fd, ret, SECRET_TEXT_BYTES - 1);
	close(fd);
	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\r\n")] = '\0';
	return ret[0] ? ERR_OK : reason_set(reason, ERR_INVALID, path, "holds no secret");
}

static void path_from(const char *dir, const char *path, char ret[PATH_TEXT_BYTES])
{
	bool absolute = path[0] == '/' || path[0] == '\0';

	snprintf(ret, PATH_TEXT_BYTES, "%s%s%s", absolute ? "" : dir, absolute ? "" : "/", path);
}

enum err notification_settings_read(
	struct notification_settings *settings, const char *dir, struct reason *reason)
{
	char path[SECRET_PATH_BYTES];
	enum err err = ERR_OK;

	path_from(dir, settings->spool, settings->spool_path);
	path_from(dir, settings->smtp_ca_file, settings->smtp_ca_path);
	secret_path(dir, settings->smtp_password_file, path);
	if (path[0])
		err = read_secret(path, settings->smtp_password, reason);
	secret_path(dir, settings->sms_token_file, path);
	if (!err && path[0])
		err = read_secret(path, settings->sms_token, reason);
	return err;
}
