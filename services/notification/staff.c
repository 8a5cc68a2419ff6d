/* What staff are told, at once or gathered. Pure; state through service.h. */
#include "services/notification/staff.h"

#include <string.h>

#include "services/notification/digest.h"
#include "services/notification/known.h"
#include "services/notification/outbox.h"
#include "services/notification/rules.h"
#include "services/notification/templates.h"

static const struct notification_settings *settings_of(struct decision *d)
{
	return state_settings(&d->state);
}

/* What is written to a queue is kept like what is written to a person. */
static struct uuid queue_id(const char *kind, struct text name)
{
	struct key key = {0};

	key_add_text(&key, kind, strlen(kind));
	key_add_text(&key, name.p ? name.p : "", name.n);
	return uuid_of_hash(0, key_bytes(&key));
}

struct uuid staff_queue(struct text department)
{
	return queue_id("department", department);
}

/* ---- at once --------------------------------------------------------------------------------- */

/* Fills in what all messages to staff have; the rest is in *e. */
static void queue(struct decision *d, struct message_queued *e, const char *address,
	const struct template_values *values)
{
	struct rendered words;

	if (!template_render(
		    e->occasion, tongue_da, contact_email, values, d->state.arena, &words)) {
		d->err = ERR_NO_MEMORY;
		return;
	}
	e->message = decision_uuid(d);
	e->staff = true;
	e->channel = contact_email;
	e->language = tongue_da;
	e->not_before = d->now;
	e->act_by = rules_act_by(settings_of(d), d->now, 0);
	e->address = text_of(address);
	e->subject = words.subject;
	e->body = words.body;
	decision_emit(d, schema_message_queued(), e->message, e);
}

void staff_tell_entrance(
	struct decision *d, const struct known_inquiry *inquiry, enum occasion occasion)
{
	const struct notification_settings *settings = settings_of(d);
	const struct template_values values = {
		.reference = inquiry->reference, .sender = settings->sender_name, .staff = true};
	struct message_queued e = {.recipient = uuid_of_hash(0, bytes_of_string(settings->queue)),
		.occasion = occasion,
		.inquiry = inquiry->inquiry,
		.reference = inquiry->reference};

	if (!d->historical && settings->queue_address[0])
		queue(d, &e, settings->queue_address, &values);
}

static void tell_now(struct decision *d, const struct staff_notice *notice, const char *address)
{
	const struct template_values values = {.talk_at = notice->at,
		.sender = settings_of(d)->sender_name,
		.plan = notice->plan,
		.department = notice->department,
		.work = notice->work,
		.staff = true};
	struct message_queued e = {.recipient = staff_queue(notice->department),
		.occasion = notice->occasion,
		.plan = notice->plan,
		.item = notice->item};

	queue(d, &e, address, &values);
}

/* ---- gathered -------------------------------------------------------------------------------- */

static void gather(struct decision *d, const struct staff_notice *notice)
{
	const struct notice_gathered e = {.queue = staff_queue(notice->department),
		.department = notice->department,
		.item = notice->item,
		.plan = notice->plan,
		.occasion = notice->occasion,
		.about_at = notice->at,
		.send_at = rules_digest_at(settings_of(d), d->now)};

	decision_emit(d, schema_notice_gathered(), e.queue, &e);
}

static bool is_serious(enum occasion occasion)
{
	return occasion == occasion_conflict || occasion == occasion_coordination;
}

void staff_tell(struct decision *d, const struct staff_notice *notice)
{
	const struct notification_settings *settings = settings_of(d);
	const char *address = notification_department_address(settings, notice->department);

	if (d->historical || !address)
		return;
	if (settings->digests && !is_serious(notice->occasion))
		gather(d, notice);
	else
		tell_now(d, notice, address);
}

static void drop_gathered(struct decision *d, struct uuid queue, struct uuid item)
{
	const struct gathered_dropped e = {.queue = queue, .item = item};

	decision_emit(d, schema_gathered_dropped(), queue, &e);
}

void staff_overtake(struct decision *d, struct text department, struct uuid item)
{
	struct uuid queue = staff_queue(department);
	struct key key = notification_key_pair(queue, item);

	outbox_overtake_staff(d, item, queue);
	if (state_has(&d->state, TREE_GATHERED, &key))
		drop_gathered(d, queue, item);
}

/* ---- the digest ------------------------------------------------------------------------------ */

static void send_digest(struct decision *d, struct uuid queue_of, const struct digest *digest)
{
	const struct gathered_notice *first = &digest->items[0];
	const char *address = notification_department_address(settings_of(d), first->department);
	struct template_values values = {.sender = settings_of(d)->sender_name,
		.department = first->department,
		.staff = true};
	struct message_queued e = {.recipient = queue_of, .occasion = occasion_digest};

	if (!digest_write(digest, tongue_da, d->state.arena, &values.list))
		d->err = ERR_NO_MEMORY;
	else if (address)
		queue(d, &e, address, &values);
	else /* the town has taken the address away */
		for (size_t i = 0; i < digest->n; i++)
			drop_gathered(d, queue_of, digest->items[i].item);
}

enum err staff_decide_digest(struct decision *d, struct uuid queue_of, int64_t due)
{
	struct key prefix = notification_key(queue_of);
	struct digest digest = {0};
	struct rows rows;

	(void)due;
	digest.items = arena_alloc(d->state.arena, DIGEST_ITEMS_MAX * sizeof(*digest.items));
	if (!digest.items) {
		d->err = ERR_NO_MEMORY;
		return ERR_OK;
	}
	rows_begin(&rows, &d->state, TREE_GATHERED, schema_gathered_notice(), &prefix, NULL);
	while (digest.n < DIGEST_ITEMS_MAX && rows_next(&rows, &digest.items[digest.n]))
		digest.n++;
	rows_end(&rows);
	if (digest.n)
		send_digest(d, queue_of, &digest);
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

void staff_apply_gathered(struct fold *fold, const struct record *record, const void *event)
{
	const struct notice_gathered *e = event;
	struct key key = notification_key_pair(e->queue, e->item);

	fold_put(fold, TREE_GATHERED, &key, schema_gathered_notice(),
		&(struct gathered_notice){.item = e->item,
			.plan = e->plan,
			.occasion = e->occasion,
			.about_at = e->about_at,
			.department = e->department});
	fold_deadline(fold, record, DEADLINE_DIGEST, e->send_at);
}

void staff_apply_gathered_dropped(struct fold *fold, const struct record *record, const void *event)
{
	const struct gathered_dropped *e = event;
	struct key key = notification_key_pair(e->queue, e->item);

	(void)record;
	fold_delete(fold, TREE_GATHERED, &key);
}

/* No row is deleted under a walk. */
static bool delete_first(struct fold *fold, struct uuid queue)
{
	struct key prefix = notification_key(queue);
	struct rows rows;

	rows_begin(&rows, &fold->state, TREE_GATHERED, NULL, &prefix, NULL);
	bool any = rows_next(&rows, NULL);
	struct key key = any ? notification_key_pair(queue, notification_key_last_id(rows.scan.key))
			     : prefix;
	rows_end(&rows);
	if (any)
		fold_delete(fold, TREE_GATHERED, &key);
	return any;
}

void staff_clear_gathered(struct fold *fold, struct uuid queue)
{
	while (delete_first(fold, queue))
		;
	fold_deadline_clear(fold, queue, DEADLINE_DIGEST);
}
