/* What departments' staff are told, at once or gathered, tasks that are overdue, and the citizen's
 * inbox. */
#include "common/engine_private.h"
#include "tests/unit/services/notification/node.h"

#define DUE at(20261126, 16, 0)

static void departments(struct node *n, bool digests)
{
	n->settings.departments = "social:social@example.dk, family:family@example.dk";
	n->settings.digests = digests;
	assert_int_equal(notification_settings_check(&n->settings, NULL), ERR_OK);
}

static void work(struct node *n, enum source owner, unsigned i, enum plan_work_kind kind)
{
	PLANNING(owner, plan_work_opened, i, .version = 2, .work = id_of(800 + i), .kind = kind,
		.item = id_of(810 + i), .worker = text_of("Ida Ibsen"), .due = DUE,
		.opened_at = n->now);
}

static void work_done(struct node *n, enum source owner, unsigned i, enum plan_work_kind kind)
{
	PLANNING(owner, plan_work_done, i, .version = 2, .work = id_of(800 + i), .kind = kind);
}

static void work_overdue(struct node *n, enum source owner, unsigned i, enum plan_work_kind kind)
{
	PLANNING(owner, plan_work_overdue, i, .version = 2, .work = id_of(800 + i), .kind = kind);
}

static void make(struct node *n, unsigned i)
{
	struct plan_commitment row = {.plan = plan_of(i),
		.citizen = citizen_of(i),
		.commitment = id_of(600 + i),
		.by = side_municipality,
		.what = text_of("finde en bolig"),
		.due = DUE,
		.worker = text_of("Ida Ibsen"),
		.state = commitment_state_open,
		.made_at = n->now};

	PLANNING(FAMILY, commitment_made, i, .version = 2, .commitment = &row);
}

static void overdue(struct node *n, unsigned i)
{
	PLANNING(FAMILY, commitment_overdue, i, .version = 2, .commitment = id_of(600 + i),
		.by = side_municipality, .due = DUE);
}

static void find_conflict(struct node *n, enum source owner, enum severity severity)
{
	struct plan_conflict row = {.plan = plan_of(1),
		.citizen = citizen_of(1),
		.conflict = id_of(900),
		.kind = conflict_kind_hours,
		.severity = severity,
		.since = DUE};

	PLANNING(owner, conflict_found, 1, .version = 2, .conflict = &row);
}

static size_t told(struct node *n, unsigned i)
{
	return messages_of_plan(n, i).messages.n;
}

static void check(struct node *n, unsigned i, enum occasion occasion, const char *address)
{
	struct messages_reply reply = messages_of_plan(n, i);

	assert_true(reply.messages.n > 0);
	struct message_view m = reply.messages.at[0];
	assert_int_equal(m.occasion, occasion);
	assert_int_equal(m.state, message_state_pending);
	assert_true(m.staff);
	assert_true(contains(m.address, address));
	assert_true(contains(m.body, "26. november 2026 kl. 16.00"));
	assert_true(contains(m.body, i == 1 ? "plan 000007d1" : "plan 000007d2"));
	assert_false(contains(m.body, "Ida") || contains(m.body, "bolig"));
}

/* ---- at once --------------------------------------------------------------------------------- */

static void test_work(void **state)
{
	struct node *n = *state;

	work(n, SOCIAL, 1, plan_work_kind_proposal); /* the department has no address */
	assert_int_equal(told(n, 1), 0);
	departments(n, false);
	work(n, SOCIAL, 1, plan_work_kind_proposal);
	check(n, 1, occasion_proposal, "social@example.dk");
	assert_true(contains(messages_of_plan(n, 1).messages.at[0].body, "social"));
	work(n, FAMILY, 2, plan_work_kind_coordination);
	check(n, 2, occasion_coordination, "family@example.dk");
	work(n, FAMILY, 3, plan_work_kind_review); /* is in the work list; nobody is told */
	assert_int_equal(told(n, 3), 0);
	/* overdue overtakes what was not sent; its due time is that of the work */
	work_overdue(n, SOCIAL, 1, plan_work_kind_proposal);
	check(n, 1, occasion_work_overdue, "social@example.dk");
	assert_int_equal(due(n).due.n, 2);
	work_done(n, SOCIAL, 2, plan_work_kind_coordination); /* another department's work */
	assert_int_equal(due(n).due.n, 2);
	work_done(n, FAMILY, 2, plan_work_kind_coordination);
	work_done(n, SOCIAL, 1, plan_work_kind_proposal);
	assert_int_equal(due(n).due.n, 0);
}

static void test_commitments_of_the_municipality(void **state)
{
	struct node *n = *state;

	departments(n, false);
	make(n, 1);
	wait_until(n, DUE - MS_PER_DAY);
	check(n, 1, occasion_commitment_due, "family@example.dk");
	wait_until(n, DUE);
	overdue(n, 1);
	work_overdue(n, FAMILY, 1, plan_work_kind_commitment); /* the same thing */
	check(n, 1, occasion_commitment_overdue, "family@example.dk");
	assert_int_equal(due(n).due.n, 1);
}

static void test_conflicts(void **state)
{
	struct node *n = *state;

	departments(n, true); /* what is serious is not gathered */
	find_conflict(n, SOCIAL, severity_warning);
	assert_int_equal(told(n, 1), 0);
	find_conflict(n, SOCIAL, severity_serious);
	find_conflict(n, SOCIAL, severity_serious);
	assert_int_equal(told(n, 1), 1);
	check(n, 1, occasion_conflict, "social@example.dk");
	find_conflict(n, FAMILY, severity_serious); /* each department finds it for itself */
	assert_int_equal(told(n, 1), 2);
	check(n, 1, occasion_conflict, "family@example.dk");
	/* what was never sent was not told */
	PLANNING(FAMILY, conflict_gone, 1, .version = 2, .conflict = id_of(900),
		.kind = conflict_kind_hours);
	assert_int_equal(due(n).due.n, 1);
	find_conflict(n, FAMILY, severity_serious);
	assert_int_equal(due(n).due.n, 2);
}

static void test_historical_tells_no_staff(void **state)
{
	struct node *n = *state;

	departments(n, false);
	n->historical = true;
	work(n, SOCIAL, 1, plan_work_kind_proposal);
	work_overdue(n, SOCIAL, 1, plan_work_kind_proposal);
	find_conflict(n, SOCIAL, severity_serious);
	n->historical = false;
	n->written = n->now - 8 * MS_PER_DAY;
	work(n, FAMILY, 1, plan_work_kind_proposal);
	find_conflict(n, FAMILY, severity_serious);
	assert_int_equal(told(n, 1), 0);
}

/* ---- gathered -------------------------------------------------------------------------------- */

static void test_digest_of_a_day(void **state)
{
	struct node *n = *state;

	departments(n, true);
	work(n, SOCIAL, 1, plan_work_kind_proposal);
	work(n, SOCIAL, 2, plan_work_kind_proposal);
	work(n, SOCIAL, 3, plan_work_kind_proposal);
	work_overdue(n, SOCIAL, 2, plan_work_kind_proposal); /* in place of the proposal */
	work_done(n, SOCIAL, 3, plan_work_kind_proposal);
	work(n, FAMILY, 4, plan_work_kind_proposal);
	wait_until(n, at(20261124, 7, 29));
	assert_int_equal(due(n).due.n, 0);
	wait_until(n, at(20261124, 7, 30));
	struct due_reply reply = due(n);
	assert_int_equal(reply.due.n, 2);
	bool family = contains(reply.due.at[0].address, "family@");
	struct message_view social = reply.due.at[family];
	assert_int_equal(social.occasion, occasion_digest);
	assert_true(social.staff && contains(social.address, "social@example.dk"));
	assert_true(contains(social.body, "Forslag, der venter på svar: 1, den tidligste torsdag "
					  "den 26. november 2026 kl. 16.00 "
					  "(plan 000007d1)\n"));
	assert_true(contains(social.body,
		"Opgaver over tiden: 1, den tidligste torsdag den 26. november 2026 kl. 16.00 "
		"(plan 000007d2)\n"));
	assert_false(contains(social.body, "000007d3") || contains(social.body, "000007d4"));
	assert_true(contains(reply.due.at[!family].body, "000007d4"));
	/* it was told, and nothing was added */
	wait_until(n, at(20261125, 12, 0));
	assert_int_equal(due(n).due.n, 0);
	work(n, SOCIAL, 5, plan_work_kind_proposal);
	wait_until(n, at(20261126, 7, 30));
	assert_int_equal(due(n).due.n, 1);
	assert_true(contains(due(n).due.at[0].body, "Forslag, der venter på svar: 1,"));
	assert_false(contains(due(n).due.at[0].body, "000007d1"));
}

static size_t digests_by(struct node *n, int64_t date, int hour, int minute)
{
	wait_until(n, at(date, hour, minute));
	return due(n).due.n;
}

static void test_digest_over_days_off(void **state)
{
	struct node *n = *state;

	departments(n, true);
	n->now = at(20261127, 15, 0); /* a Friday */
	work(n, SOCIAL, 1, plan_work_kind_proposal);
	assert_int_equal(digests_by(n, 20261129, 23, 59), 0);
	work(n, SOCIAL, 2, plan_work_kind_proposal); /* on a Sunday: into the same one */
	assert_int_equal(digests_by(n, 20261130, 7, 29), 0);
	assert_int_equal(digests_by(n, 20261130, 7, 30), 1);
	assert_true(contains(due(n).due.at[0].body, "venter på svar: 2, den"));
	/* before Christmas, which is a Friday: the next working day is the Monday */
	n->now = at(20261223, 15, 0);
	work(n, SOCIAL, 3, plan_work_kind_proposal);
	assert_true(digests_by(n, 20261228, 7, 29) == 0);
	assert_int_equal(digests_by(n, 20261228, 7, 30), 1);
}

static void test_empty_digest_is_not_sent(void **state)
{
	struct node *n = *state;

	departments(n, true);
	work(n, SOCIAL, 1, plan_work_kind_proposal);
	work_done(n, SOCIAL, 1, plan_work_kind_proposal);
	/* and one whose address the town has taken away */
	work(n, FAMILY, 2, plan_work_kind_proposal);
	n->settings.departments = "";
	assert_int_equal(notification_settings_check(&n->settings, NULL), ERR_OK);
	wait_until(n, at(20261124, 8, 0));
	assert_int_equal(due(n).due.n, 0);
	/* nothing of it is left for the next one */
	departments(n, true);
	work(n, FAMILY, 3, plan_work_kind_proposal);
	wait_until(n, at(20261125, 7, 30));
	assert_int_equal(due(n).due.n, 1);
	assert_true(contains(due(n).due.at[0].body, "(plan 000007d3)"));
}

/* ---- tasks ----------------------------------------------------------------------------------- */

static uint64_t written(struct node *n)
{
	struct head head;

	engine_head(n->engine, &head);
	return head.seq;
}

static bool newest_is(struct node *n, const char *type)
{
	struct journal_entry entry;
	struct txn *txn;

	assert_int_equal(store_begin(n->store, STORE_READ, &n->arena, &txn), ERR_OK);
	assert_int_equal(
		journal_read(&n->engine->journal, txn, written(n), &n->arena, &entry), ERR_OK);
	bool is = text_is(entry.record.type, type);
	store_abort(txn);
	return is;
}

static void test_overdue_task(void **state)
{
	struct node *n = *state;
	uint64_t head;

	inquire(n, 1, contact_phone, "12345678");
	close_it(n, 1);
	struct task_view task = tasks(n).tasks.at[0];
	wait_until(n, task.due - MS_PER_MINUTE);
	assert_false(tasks(n).tasks.at[0].overdue);
	head = written(n);
	wait_until(n, task.due + MS_PER_DAY);
	assert_int_equal(written(n), head + 1); /* said once */
	assert_true(newest_is(n, "task_overdue"));
	assert_true(tasks(n).tasks.at[0].overdue);
	assert_int_equal(SAY(PEER_OPERATOR, finish_task, NULL, .task = task.task), ERR_OK);
	/* one that is done in time is never overdue */
	inquire(n, 2, contact_phone, "12345678");
	close_it(n, 2);
	task = tasks(n).tasks.at[0];
	assert_int_equal(SAY(PEER_OPERATOR, finish_task, NULL, .task = task.task), ERR_OK);
	head = written(n);
	wait_until(n, task.due + MS_PER_DAY);
	assert_int_equal(written(n), head);
}

/* ---- the inbox ------------------------------------------------------------------------------- */

static struct inbox_reply inbox(struct node *n, unsigned i)
{
	struct inbox_reply reply;

	assert_int_equal(SAY(PEER_PORTAL, list_inbox, &reply, .recipient = citizen_of(i)), ERR_OK);
	return reply;
}

static void test_inbox(void **state)
{
	struct node *n = *state;
	char self[UUID_TEXT_BYTES];
	struct inbox_reply reply;

	inquire(n, 1, contact_email, "anna@example.dk");
	inquire(n, 2, contact_email, "bo@example.dk");
	book(n, 1, at(20261126, 10, 0));
	book(n, 2, at(20261126, 10, 0));
	move(n, 1, at(20261126, 10, 0), at(20261127, 10, 0)); /* drops the first one */
	PLANNING(SOCIAL, answer_asked, 1, .version = 2);
	assert_int_equal(SAY(PEER_PORTAL, list_inbox, &reply, .recipient = citizen_of(1)),
		ERR_DENIED); /* staff */
	uuid_format(citizen_of(1), self);
	n->role = "citizen";
	n->who = self;
	reply = inbox(n, 1);
	assert_int_equal(reply.messages.n, 2);
	assert_int_equal(reply.unread, 2);
	assert_int_equal(reply.messages.at[0].occasion, occasion_answer_asked);
	assert_true(uuid_equal(reply.messages.at[0].plan, plan_of(1)));
	assert_true(reply.messages.at[1].body.n > 0 && reply.messages.at[1].subject.n > 0);
	struct uuid newest = reply.messages.at[0].message;
	assert_int_equal(SAY(PEER_PORTAL, mark_read, NULL, .message = newest), ERR_OK);
	uint64_t head = written(n);
	assert_int_equal(SAY(PEER_PORTAL, mark_read, NULL, .message = newest), ERR_OK);
	assert_int_equal(written(n), head);
	assert_int_equal(inbox(n, 1).unread, 1);
	assert_int_not_equal(inbox(n, 1).messages.at[0].read_at, 0);
	/* nobody else's */
	assert_int_equal(
		SAY(PEER_PORTAL, list_inbox, &reply, .recipient = citizen_of(2)), ERR_DENIED);
	n->role = n->who = NULL;
	struct uuid others = last(n, 2).message;
	n->role = "citizen";
	n->who = self;
	assert_int_equal(SAY(PEER_PORTAL, mark_read, NULL, .message = others), ERR_NOT_FOUND);
	assert_int_equal(SAY(PEER_OPERATOR, mark_read, NULL, .message = newest), ERR_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests_[] = {
		SCENARIO(test_work),
		SCENARIO(test_commitments_of_the_municipality),
		SCENARIO(test_conflicts),
		SCENARIO(test_historical_tells_no_staff),
		SCENARIO(test_digest_of_a_day),
		SCENARIO(test_digest_over_days_off),
		SCENARIO(test_empty_digest_is_not_sent),
		SCENARIO(test_overdue_task),
		SCENARIO(test_inbox),
	};

	return cmocka_run_group_tests(tests_, NULL, NULL);
}
