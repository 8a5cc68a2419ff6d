/* What a town sets for its messages: section [notification]. */
#ifndef SERVICES_NOTIFICATION_SETTINGS_H
#define SERVICES_NOTIFICATION_SETTINGS_H

#include "common/schema.h"
#include "common/settings.h"

enum { RETRIES_MAX = 16, SECRET_TEXT_BYTES = 256, PATH_TEXT_BYTES = 4096 };
enum { DEPARTMENTS_MAX = 32, DEPARTMENT_TEXT_BYTES = 24, ADDRESS_TEXT_BYTES = 201 };

/* The queue of a department's staff. */
struct department_address {
	char department[DEPARTMENT_TEXT_BYTES], address[ADDRESS_TEXT_BYTES];
};

struct notification_settings {
	/* who is disturbed when, and how often */
	int64_t quiet_from, quiet_until; /* minutes past local midnight; the same: no quiet hours */
	int64_t day_limit;               /* messages a day to one person */
	bool digests;                    /* departments get most messages gathered, once a day */
	int64_t digest_minute;           /* past local midnight of working days */
	/* when */
	int64_t receipt_wait_ms;  /* for a date, before a receipt goes out without one */
	int64_t news_ms;          /* older facts are no news and are not told */
	int64_t person_before_ms; /* before a talk, from when on a person must tell it */
	int64_t give_up_ms;       /* without a talk, after which a person must tell it */
	const char *retry;        /* pauses after a try that failed, separated by commas */
	bool resend_uncertain;    /* from `uncertain` */
	const char *uncertain;    /* hold | resend */
	/* from and to whom */
	const char *queue;         /* owner of tasks */
	const char *queue_address; /* electronic mail of the entrance's staff; empty: none */
	const char *departments; /* electronic mail of the departments' staff: name:address, ... */
	const char *phone;       /* of the entrance, as it is shown; empty: not shown */
	const char *sender;      /* address of the sender */
	const char *sender_name; /* as it is shown */
	/* the channels */
	const char *smtp_url, *smtp_user, *smtp_password_file, *smtp_ca_file;
	bool smtp_starttls;
	const char *sms_url, *sms_token_file;
	const char *spool;
	int64_t send_timeout_ms;
	int64_t parallel;
	/* worked out by notification_settings_check and by main */
	int64_t retry_ms[RETRIES_MAX];
	size_t n_retry;
	struct department_address department[DEPARTMENTS_MAX];
	size_t n_departments;
	char smtp_password[SECRET_TEXT_BYTES], sms_token[SECRET_TEXT_BYTES];
	char smtp_ca_path[PATH_TEXT_BYTES], spool_path[PATH_TEXT_BYTES];
};

extern const struct setting notification_settings_table[];
extern const size_t n_notification_settings;

/* The address of a department's staff; NULL: they see what waits in their work list only. */
const char *notification_department_address(
	const struct notification_settings *settings, struct text department);

/* Reads the schedule and the departments, and checks rules between settings. The field of *reason
 * is the key. */
enum err notification_settings_check(
	struct notification_settings *settings, struct reason *reason) MUST_USE;

/* Reads the secrets, which must be files of mode 0600, and makes paths of the settings file's
 * directory absolute. */
enum err notification_settings_read(
	struct notification_settings *settings, const char *dir, struct reason *reason) MUST_USE;

#endif
