/* The table of commands, from which main reads and --help is made; touches nothing. */
#include "services/oneplanctl/ctl.h"

#define OPTIONS(...) ((const struct option_row[]){__VA_ARGS__, {NULL, NULL, NULL}})

/* Which items of a queue are meant. */
#define FILTERS                                                                            \
	{"all", NULL, "every item"},                                                       \
		{"type", "TYPE", "items of this type: an event, an occasion"},             \
		{"entity", "UUID", "items about it"},                                      \
		{"older", "TIME", "that are in the queue for so long, such as 90s or 2h"}, \
		{"why", "TEXT", "about whose reason says this"},                           \
	{                                                                                  \
		"state", "STATE", "in this state, as peek shows it"                        \
	}
#define MEND_OPTIONS                                                                      \
	{"after", "ITEM", "of those, only items behind this one"},                        \
		{"dry-run", NULL, "writes nothing, and says exactly what would be done"}, \
		{"reason", "TEXT", "why: kept for ever, without personal data"},          \
	{                                                                                 \
		"by", "NAME", "who decides it"                                            \
	}
#define MENDS                                                                                  \
	"Items are named, or chosen\nby options that must all hold; at most 1000 at a time. "  \
	"NODE's journal remembers TEXT and\nNAME. Exit code 1 when something was refused, or " \
	"nothing was done."

const struct option_row global_options[] = {
	{"town", "DIR", "the town; otherwise what ONEPLAN_TOWN says, ./run, or /etc/oneplan"},
	{"client", "CLIENT", "which key of DIR/keys to use; otherwise the first that may do it"},
	{"timeout", "TIME", "how long an answer may take, such as 500ms or 10s (the default)"},
	{"json", NULL, "one JSON document instead of tables"},
	{"color", "auto|always|never", "otherwise auto: on a terminal, unless NO_COLOR is set"},
	{"help", NULL, "this, or the help of a command"},
	{"version", NULL, "which version this is"},
	{NULL, NULL, NULL},
};

const struct command commands[] = {
	{"town init", "", "makes a new town, or one node of a town on its own host",
		"Makes the directory that --town names, with town.ini, a key for each client in "
		"keys/,\n"
		"and for each node a directory with its settings (node.ini) and keys. Nothing is "
		"ever\n"
		"overwritten: where there is a town already, nothing is done. With --node it makes "
		"that "
		"node only,\n"
		"in a directory of its own or beside the nodes that are there, and NODE.card: what "
		"the "
		"other hosts\n"
		"must know, and what they must do, is printed. Called again it prints that "
		"again.\n\n"
		"  oneplanctl --town /etc/oneplan town init --node planning.youth \\\n"
		"    --listen tcp://10.99.0.2:7301",
		0, 0, 0,
		OPTIONS({"listen", "ADDRESS", "where the nodes listen; otherwise 127.0.0.1"},
			{"base-port", "PORT",
				"port of the first node; otherwise 7610; below 32768"},
			{"archive", NULL, "with an archive, the continuous backup of all others"},
			{"node", "NODE",
				"only this one: planning.DEPARTMENT, archive, reporting-2 ..., "
				"with "
				"--listen tcp://ADDRESS:PORT"},
			{"force", NULL, "also in a directory that holds other things"}),
		command_town_init},
	{"town card", "FILE [NODE...]", "writes what other hosts need to know of nodes here",
		"Names, roles, addresses and public keys of the nodes of this machine (or of those "
		"named), for\n"
		"`town add-peer` on other hosts. Nothing of it is secret. Its fingerprint is "
		"printed, to "
		"be read\n"
		"aloud to whoever receives the file: who can change it on its way could take a "
		"node's "
		"place.",
		1, 1 + 16, 0, NULL, command_town_card},
	{"town add-peer", "FILE", "lets the nodes here know those of a card",
		"FILE is a card of another host (`town card`, or NODE.card of `town init --node`). "
		"Who "
		"follows whom\n"
		"follows from the nodes' roles; the settings of the nodes here and town.ini get "
		"the "
		"sections that\n"
		"they need, a copy of each file is kept beside it (FILE.before-TIME), and daemons "
		"that "
		"run here\n"
		"read their settings again. Called again it changes nothing. Where another key or "
		"address "
		"stands\n"
		"already nothing is done, unless --replace says that it is right.",
		1, 1, 0,
		OPTIONS({"fingerprint", "TEXT", "of the file, as its sender read it to you"},
			{"replace", NULL, "the card is right where the settings say otherwise"}),
		command_town_add_peer},
	{"town remove-peer", "NODE", "lets the nodes here forget a node",
		"Takes it out of the settings of all nodes here and out of town.ini; copies are "
		"kept. "
		"What they have\n"
		"received of it stays where it is.",
		1, 1, 0, NULL, command_town_remove_peer},
	{"town move", "NODE ENDPOINT", "gives a node another address",
		"In town.ini and in the settings of the nodes here, which read them again; copies "
		"are "
		"kept. When the\n"
		"node's own files are here its own `listen` too: then it is to be restarted. Other "
		"hosts "
		"need another\n"
		"card: `town card` here, `town add-peer --replace` there.",
		2, 2, 0, NULL, command_town_move},
	{"link check", "[NODE [OTHER]]", "whether nodes reach and know each other, step by step",
		"For each link of the nodes here (or of NODE, or that between NODE and OTHER): the "
		"settings, the\n"
		"name, the connection, the other's key, whether it lets us in and as what, clocks, "
		"and "
		"whether records\n"
		"move, in both directions. Names the first step that is not well, and what to do. "
		"Exit "
		"code 1 when a\n"
		"link is not well, 3 when the other end cannot be reached.",
		0, 2, 0, NULL, command_link_check},
	{"audit", "NODE show|verify",
		"who read a citizen's data at a node; whether its log was changed",
		"Before a node shows personal texts to anybody, it notes who asked what, when, and "
		"whose texts\n"
		"they are, in a log that is chained by hashes. `show` lists what is noted of one "
		"citizen, and\n"
		"is noted itself; what the readers said they needed it for is shown to auditors "
		"only (--actor auditor:NAME).\n"
		"`verify` checks every entry and prints the last number and its hash: keep both "
		"elsewhere, since\n"
		"whoever can write the node's files can cut the end off, and only the kept pair "
		"shows that.\n"
		"Exit code 1 when an entry was changed, is missing or is not the one that was "
		"kept.\n\n"
		"  oneplanctl audit intake show --citizen 01a2039e-6550-745d-863b-d0a9823eb08e\n"
		"  oneplanctl audit intake show --citizen 320170-1234 --actor "
		"auditor:ida\n"
		"  oneplanctl audit intake verify --seq 1234 --hash 5f1c...",
		2, 2, 0,
		OPTIONS({"citizen", "UUID|NUMBER",
				"show: whose; a CPR number is looked up at the entrance"},
			{"actor", "ROLE:ID", "who looks; otherwise the operator"},
			{"why", "TEXT", "show: what it is needed for"},
			{"limit", "N", "show: the last N only"},
			{"seq", "N", "verify: compare this entry"},
			{"hash", "HEX", "verify: with this hash"}),
		command_audit},
	{"call", "NODE COMMAND JSON|-", "sends any command or query to a node",
		"`call NODE --list` shows what there is, `call NODE COMMAND --help` its fields.\n"
		"`-` reads the JSON from standard input. A command whose outcome stays unknown is "
		"asked\n"
		"again with the same key, which cannot do it twice; when that does not help "
		"either, the\n"
		"key is printed, and with --key one can go on trying.\n\n"
		"  oneplanctl call intake list_slots '{}'\n"
		"  oneplanctl call intake receive_inquiry \\\n"
		"    '{\"channel\":\"phone\",\"asker\":\"citizen\",\"life_areas\":[\"housing\"]}'",
		1, 3, 2,
		OPTIONS({"list", NULL, "the node's commands and queries"},
			{"actor", "ROLE:ID",
				"who does it, ROLE:ID or ROLE:ID/DEPARTMENT; otherwise the "
				"operator, or front_desk:desk-1 where operators may not"},
			{"why", "TEXT",
				"of a query: what the answer is needed for; it goes into the "
				"audit log"},
			{"key", "UUID",
				"the key of the request, to ask again for what was asked before"},
			{"at", "TIME", "when it happened, if that was earlier"},
			{"historical", NULL,
				"a fact from before, with --at: nothing is sent to anybody"},
			{"wait", "NODE:SEQ",
				"answer only when everything of NODE up to SEQ was seen"},
			{"envelope", NULL, "the reply in an object with seq, replayed and key"}),
		command_call},
	{"completion", "bash", "a script that completes words for a shell",
		"Put it to use with `source <(oneplanctl completion bash)`; packages install it. "
		"It completes\n"
		"commands, options, and from town.ini the names of nodes and queues.",
		1, 1, 0, NULL, command_completion},
	{"import", "NODE FILE|-", "imports facts from before, a line of JSON each",
		"Each line is {\"command\": \"...\", \"at\": \"2024-05-02T09:00:00Z\", \"by\": "
		"\"front_desk:desk-1\",\n"
		"\"with\": {...}}: a command with its fields, when it happened, who did it. Lines "
		"are decided\n"
		"in the order of the file. A line that was imported before changes nothing, so an "
		"import\n"
		"that was broken off is simply run again. Refused lines are told and counted, and "
		"the\n"
		"import goes on; a node that goes away is waited for. Empty lines are passed over.",
		2, 2, 0,
		OPTIONS({"window", "N", "how many lines are under way at once; otherwise 256"},
			{"rejects", "FILE", "refused lines go there, as they were (mode 0600)"},
			{"patience", "TIME", "how long a node is waited for; otherwise 60s"}),
		command_import},
	{"journal", "NODE", "shows the records of a node's journal",
		"Personal fields are masked. Without --from and --tail it begins at record 1.\n"
		"With --json --follow each record is a document on a line of its own.",
		1, 1, 0,
		OPTIONS({"from", "N", "begin at this number"},
			{"limit", "N", "at most so many; otherwise 50; 0: all"},
			{"tail", NULL, "the last ones"},
			{"entity", "UUID", "only records about it"},
			{"fields", NULL, "with the fields of each event"},
			{"follow", NULL, "go on as records are written, until interrupted"}),
		command_journal},
	{"key make", "FILE", "makes a key pair in a new file",
		"For a client or node of another machine; prints the public key.", 1, 1, 0, NULL,
		command_key_make},
	{"key rotate", "NODE|CLIENT", "gives a node or client another key, while all run",
		"Makes a pair beside the present one, announces it in the settings of all nodes "
		"here, lets them\n"
		"read those, puts it to use, and takes the old one out. Whatever breaks it off, "
		"calling it again\n"
		"goes on. Nodes on other machines are named with the lines that they need; then "
		"it stops before\n"
		"the switch, and --switch goes on.",
		1, 1, 0,
		OPTIONS({"switch", NULL, "the nodes elsewhere know the next key: put it to use"}),
		command_key_rotate},
	{"key revoke", "NODE|CLIENT", "a node's or client's key is let in nowhere any more",
		"Takes its [peer.…] out of the settings of all nodes here and lets them read "
		"those: "
		"its sessions\n"
		"end at once. The key file stays.",
		1, 1, 0, NULL, command_key_revoke},
	{"log", "[NODE...]", "what the daemons of this host logged, in order of time",
		"Reads DIR/NODE/log, and the journal for nodes that run under systemd. Without "
		"--since: the end of\n"
		"each log. With --follow it goes on until interrupted, also when a log is rotated. "
		"With --json each\n"
		"line is as the daemon wrote it. The page of each daemon says what its events mean "
		"and what to do.\n\n"
		"  oneplanctl log --level warning --since 1h\n"
		"  oneplanctl log intake notification --follow --grep 'not let in'",
		0, 8, 0,
		OPTIONS({"follow", NULL, "go on as lines are written"},
			{"level", "error|warning|info|debug", "lines of this level and worse"},
			{"since", "TIME", "from this time on, or so long ago: 2h"},
			{"grep", "TEXT", "lines that hold this text"},
			{"journal", NULL, "read the journal also where there is a log file"}),
		command_log},
	{"monitor", "[NODE...]", "a line a second about each node or queue, until interrupted",
		"written: records per second of its own journal; waits: what waits in all its "
		"queues; oldest: for\n"
		"how long the first of it; worst: the worst verdict among them; aside: records in "
		"quarantine. With\n"
		"--json each line is a document. A node that does not answer is a line, too, and "
		"delays none.\n"
		"The exit code says how the last round was.\n\n"
		"  oneplanctl monitor --interval 5s\n"
		"  oneplanctl monitor intake --queue link/ --count 10",
		0, 8, 0,
		OPTIONS({"interval", "TIME", "how often; otherwise 1s"},
			{"count", "N", "so many times; otherwise until interrupted"},
			{"queue", "QUEUE",
				"a line a queue whose name begins so, such as link/; all: every "
				"queue"}),
		command_monitor},
	{"queues", "", "every queue of every node, with a verdict and why",
		"The worst first. link/FOLLOWER: records that FOLLOWER has not acknowledged; "
		"work/NAME: what a\n"
		"person must do; outbox/CHANNEL: what is to be sent; quarantine/OWNER: records of "
		"OWNER that could\n"
		"not be applied. in and out: in the last minute; hop ms: from written to "
		"acknowledged as applied\n"
		"there, half of them within the first number, 99 of 100 within the second.\n"
		"A verdict follows from how a queue moved, not from a limit: OK; SLOW: it moves, "
		"and what waits\n"
		"grows; AT RISK: something is late or will be; REWOUND: it goes over what was done "
		"before; STALLED:\n"
		"something waits and nothing moves; STOPPED: nobody is there to take it.\n"
		"Exit code 1 when a queue that is shown is not OK, 3 when a node does not "
		"answer.\n\n"
		"  oneplanctl queues --only-bad\n"
		"  oneplanctl queues --node planning.family --kind work",
		0, 0, 0,
		OPTIONS({"node", "NODE", "only of this node"},
			{"kind", "link|work|outbox|quarantine", "only of this kind"},
			{"only-bad", NULL, "only those that are not OK, or paused"}),
		command_queues},
	{"shape", "[NODE [QUEUE]]", "how old what waits is, in classes that double",
		"A line for each queue in which something waits, and with --by one for each group "
		"in it. The first\n"
		"column counts what is younger than --first, each further one what is up to twice "
		"as old. A piece of\n"
		"a queue is asked for at a time; `+` behind a sum: there are more than --limit.\n\n"
		"  oneplanctl shape\n"
		"  oneplanctl shape notification outbox/email --by error\n"
		"  oneplanctl shape planning.family work/items --by type --first 1d",
		0, 2, 0,
		OPTIONS({"by", "type|department|error", "a line for each"},
			{"first", "TIME", "the first column: younger than this; otherwise 5m"},
			{"limit", "N", "items of one queue to look at; otherwise 100000"}),
		command_shape},
	{"quarantine", "NODE", "what a node has set aside, of all that it follows",
		"Records of other nodes that NODE could not apply, and those about the same entity "
		"that wait\n"
		"behind them. `peek NODE quarantine/OWNER` shows what they say; `retry`, `drop`, "
		"`bury` and\n"
		"`kick` mend them.",
		1, 1, 0, NULL, command_quarantine},
	{"peek", "NODE QUEUE", "what lies in a queue; changes nothing",
		"QUEUE is one that `queues` names: link/FOLLOWER, quarantine/OWNER, "
		"outbox/CHANNEL, work/NAME. Shows its\n"
		"items in order, with --fields what they say, personal fields masked. NODE's audit "
		"log says who\n"
		"looked.\n\n"
		"  oneplanctl peek planning.family quarantine/intake --fields\n"
		"  oneplanctl peek notification outbox/email --state failed --older 1h",
		2, 2, 0,
		OPTIONS(FILTERS, {"fields", NULL, "with what they say, as JSON"},
			{"after", "ITEM", "only those behind this one"},
			{"limit", "N", "at most so many; otherwise 20"},
			{"by", "NAME", "who looks; otherwise operator"}),
		command_peek},
	{"retry", "NODE QUEUE [ITEM...]", "tries items of a queue again, now",
		"In quarantine/OWNER: applies the records about an item's entity in order, up to "
		"the first that\n"
		"still cannot be. In outbox/CHANNEL: sends a message again that waits or failed, "
		"and with\n"
		"--twice one of which nobody knows whether it was sent. " MENDS "\n\n"
		"  oneplanctl retry planning.family quarantine/intake 1707 --by 'Ida Holm' "
		"--reason 'mended'\n"
		"  oneplanctl retry notification outbox/email --state failed --dry-run --by ... "
		"--reason ...",
		2, 8, 0,
		OPTIONS(FILTERS, {"twice", NULL, "also what may have been sent already"},
			MEND_OPTIONS),
		command_retry},
	{"drop", "NODE QUEUE [ITEM...]", "takes items out of a queue, for good",
		"An erasure in quarantine is not dropped; one of which nothing could be read may "
		"be one, so after\n"
		"dropping it `follow-anew` is wise. " MENDS,
		2, 8, 0, OPTIONS(FILTERS, MEND_OPTIONS), command_drop},
	{"bury", "NODE QUEUE [ITEM...]", "sets items of a queue aside until they are kicked",
		"What is buried is not tried and does not count as waiting; in quarantine, what is "
		"about the same\n"
		"entity waits on behind it. A message whose time comes while it is buried becomes "
		"a task for a\n"
		"person all the same. " MENDS,
		2, 8, 0, OPTIONS(FILTERS, MEND_OPTIONS), command_bury},
	{"kick", "NODE QUEUE [ITEM...]", "brings back what was buried",
		"It is what it was before: a message that was to be sent is sent; in quarantine it "
		"is to be\n"
		"retried. " MENDS,
		2, 8, 0, OPTIONS(FILTERS, MEND_OPTIONS), command_kick},
	{"pause", "NODE [QUEUE]", "lets a queue stand still for a while",
		"link/FOLLOWER is not served, from/OWNER is not applied, outbox/CHANNEL is not "
		"sent; what waits\n"
		"stays where it is. It goes on by itself, at most 24 hours later, also when NODE "
		"was restarted\n"
		"meanwhile. Without QUEUE: which are paused.\n\n"
		"  oneplanctl pause notification outbox/email --for 2h --by 'Ida Holm' --reason "
		"'relay moves'",
		1, 2, 0,
		OPTIONS({"for", "TIME", "how long, such as 30m or 2h; or"},
			{"until", "TIME", "until when, such as 2026-11-22T09:00:00Z"},
			{"reason", "TEXT", "why: kept for ever, without personal data"},
			{"by", "NAME", "who decides it"}),
		command_pause},
	{"resume", "NODE QUEUE", "lets a paused queue go on at once",
		"What waited is taken up where it stands. The journal of NODE remembers who "
		"decided "
		"it, and why.",
		2, 2, 0,
		OPTIONS({"reason", "TEXT", "why: kept for ever, without personal data"},
			{"by", "NAME", "who decides it"}),
		command_resume},
	{"backup", "NODE DIR", "copies a node's database and data keys while it goes on",
		"DIR is a directory on the node's host that does not exist yet, from / on. The "
		"copy is flushed\n"
		"and checked - the journal's chain, every row, every data key, and own state "
		"against the\n"
		"journal folded again - before it gets its name; what fails leaves nothing of that "
		"name. The\n"
		"node's master key is not in it: keep that elsewhere, without it a backup says "
		"nothing.",
		2, 2, 0,
		OPTIONS({"by", "NAME", "who asks for it; otherwise operator"},
			{"no-wait", NULL, "do not wait for the end: `call NODE show_backup '{}'`"}),
		command_backup},
	{"restore", "NODE DIR", "puts a backup in the place of a node's files",
		"On the node's host, while the node is down. The backup is checked like a new one; "
		"the files\n"
		"from before are moved to before-EPOCH in the node's state directory and never "
		"removed (they\n"
		"hold data keys: remove them when nobody needs them). A new epoch begins with the "
		"record\n"
		"node_restored, which remembers TEXT and NAME. Followers that have records which "
		"the backup\n"
		"does not have are not served until `follow-anew`; all others go on by themselves. "
		"Broken off,\n"
		"it has changed nothing, or is finished by being run again.",
		2, 2, 0,
		OPTIONS({"by", "NAME", "who decides it"},
			{"reason", "TEXT", "why it is done: kept for ever"}),
		command_restore},
	{"replay", "NODE", "whether rebuilding a node would change anything",
		"On the node's host. Folds the node's state anew, from its own journal and those "
		"of the nodes that\n"
		"it follows, in --into, and compares it with what the node has: in a backup that "
		"it makes now, or\n"
		"in --from. The node is not touched; the others send again what it was sent, and "
		"count nothing.\n"
		"The directory holds data keys: remove it when nobody needs it. Exit code 1 when "
		"something differs,\n"
		"3 when a journal could not be had.\n\n"
		"  oneplanctl replay planning.family --into /var/tmp/shadow",
		1, 1, 0,
		OPTIONS({"into", "DIR", "a directory that does not exist yet"},
			{"from", "BACKUP", "compare with this backup of the node"},
			{"by", "NAME", "who asks for it; otherwise operator"}),
		command_replay},
	{"scrub", "NODE", "whether what a node keeps is as it was written",
		"Every node checks itself once a day, a piece each second: each row's checksum, "
		"that it is found\n"
		"by its key, and the journal's chain. Shows what that found, and what was met in "
		"service. --now\n"
		"begins a pass and waits for its end; --deep copies the state and compares it with "
		"the journal\n"
		"folded again. Exit code 1 when something is not as it was written: restore the "
		"node then.",
		1, 1, 0,
		OPTIONS({"now", NULL, "begin a pass at once, and wait for it"},
			{"deep", NULL, "of a copy, with the journal folded again"}),
		command_scrub},
	{"follow-anew", "NODE OWNER", "lets a node follow another one from its first record",
		"What NODE received of OWNER is forgotten and comes again; NODE's own records "
		"stay. "
		"It resolves\n"
		"a divergence: OWNER was restored, and NODE had records that OWNER lost. What was "
		"reacted to is\n"
		"not reacted to again; when OWNER's files were put back by hand and it went on "
		"without\n"
		"`new-epoch`, --react-from N lets NODE react to its records from N on once more. "
		"Both are\n"
		"remembered with TEXT and NAME: write no personal data there.\n\n"
		"  oneplanctl follow-anew planning.family intake --by 'Ida Holm' \\\n"
		"    --reason 'intake was restored from the backup of 3 May'",
		2, 2, 0,
		OPTIONS({"reason", "TEXT", "why, for the journal"},
			{"by", "NAME", "who decides it"},
			{"react-from", "N", "react to records from this number on, again or not"}),
		command_follow_anew},
	{"new-epoch", "NODE", "what a node says now is the truth from here on",
		"For a node whose files were put back by hand, before it takes anything new: its "
		"journal goes\n"
		"on in a new epoch, so that nobody takes a new record for a lost one of the same "
		"number.\n"
		"`restore` does that by itself.",
		1, 1, 0,
		OPTIONS({"reason", "TEXT", "why, for the journal"},
			{"by", "NAME", "who decides it"}),
		command_new_epoch},
	{"archive", "NODE [list|verify|export] [OWNER] [FILE]",
		"the journals that an archive keeps of all nodes",
		"list: what it has of each owner, in lines: one for each epoch, and one more where "
		"a "
		"restored\n"
		"owner went another way; what that left behind is kept, and can be had by its "
		"line. "
		"verify:\n"
		"reads the present journals (--every: all, --line: one) from their first record "
		"on. "
		"export:\n"
		"writes the journal of OWNER to FILE, from which `oneplan-X --config FILE "
		"--rebuild-from FILE`\n"
		"makes a node again. Everything is sealed as its owner sealed it: the archive has "
		"no "
		"key, so\n"
		"nothing of it can be shown. Exit code 1 when something is damaged.\n\n"
		"  oneplanctl archive archive verify\n"
		"  oneplanctl archive archive export planning.family family.journal",
		1, 4, 0,
		OPTIONS({"line", "N",
				"the journal that ends in this line; otherwise the present one"},
			{"every", NULL,
				"with verify: those that restored owners left behind, too"}),
		command_archive},
	{"erasures", "[NODE]", "whose data were erased, and whether that is complete",
		"pending: a follower has not passed the erasure (waits for); passed: every "
		"follower has, but\n"
		"older backups of data keys may be kept until the time given ([node] "
		"key_backups_kept); complete:\n"
		"nobody can read any more what the person's key at that node sealed. Each node "
		"erases what it\n"
		"recorded itself.",
		0, 1, 0, NULL, command_erasures},
	{"status", "", "how every node is",
		"head: the last record; behind: how far behind the nodes it follows; aside: "
		"records in\n"
		"quarantine; keys: data keys made ahead; clock: before ours. State `diverged`: it "
		"serves a\n"
		"follower no more, or takes nothing more from a node, because one of the two was "
		"restored:\n"
		"see `queues` and `follow-anew`; `corrupt`: something is not as it was written, "
		"see "
		"`scrub`. Exit code 1 when a node is in such a state, has set something aside, "
		"lacks "
		"room, or its\n"
		"clock is more than a second off.",
		0, 0, 0, NULL, command_status},
	{"top", "", "a live screen of all nodes and queues",
		"Nodes, every queue with its verdict, and what was set aside or not sent last; "
		"read once a second.\n"
		"A node that is dead or stands still delays nothing. `?` says what the keys do: "
		"sort, filter, stand\n"
		"still, and enter for what lies in a queue, which the node's audit log notes.",
		0, 0, 0, OPTIONS({"by", "NAME", "who looks into queues; otherwise operator"}),
		command_top},
	{"trace", "ID", "one inquiry from end to end, through all nodes",
		"ID is the inquiry's UUID or its reference (ABCD-EFGH). Shows the records about it "
		"in all\n"
		"nodes and the records that these led to, in order of time: after is the time "
		"since the\n"
		"line before, hop the time since the record that led to it. Then how long after "
		"it was written\n"
		"each follower had applied a record, as far as its owner remembers. Each search "
		"reads a "
		"whole\n"
		"journal: on large nodes, use it for one case at a time.",
		1, 1, 0, NULL, command_trace},
	{"digest", "NODE", "digests of a node's state, to compare",
		"Two nodes that hold the same facts have the same digests; so have a node and its "
		"rebuilt\n"
		"self.",
		1, 1, 0, OPTIONS({"sealed", NULL, "over the bytes at rest, sealed fields and all"}),
		command_digest},
	{"wait", "", "until every follower has everything",
		"Waits until nothing waits for any follower of any node, at most --timeout "
		"(otherwise\n"
		"60s); exit code 1 when it is not so by then, 3 when a node does not answer.",
		0, 0, 0, OPTIONS({"without", "NODE", "a node that is down and is not waited for"}),
		command_wait},
	{"report", "R1|...|R9", "figures from reporting, and the events behind them",
		"R1: inquiries; R2: waiting; R3: promises; R4: courses; R5: effect; R6: progress "
		"on "
		"goals;\n"
		"R7: citizens' answers; R8: coordination; R9: commitments. As a table, with --json "
		"as figures\n"
		"with their journal positions. --events lists what one figure was counted from: "
		"that of "
		"--column in\n"
		"the total, or in the row --row of the dimension --by.",
		1, 1, 0,
		OPTIONS({"from", "DATE", "first day, local time"},
			{"until", "DATE", "last day, itself included"},
			{"by", "DIMENSION",
				"month, channel, asker, life_area, any_life_area, urgency, "
				"department"},
			{"language", "da|en", "of table and picture; otherwise English"},
			{"csv", NULL, "as comma-separated values"}, {"svg", NULL, "as a picture"},
			{"events", NULL, "the events behind a figure"},
			{"column", "NAME",
				"with --events: the figure's column; otherwise the first"},
			{"row", "KEY", "with --events: the figure's row; otherwise the total"},
			{"limit", "N", "with --events: at most so many; otherwise 50"},
			{"node", "NODE", "which node; otherwise the first of role reporting"}),
		command_report},
};
const size_t n_commands = sizeof(commands) / sizeof(commands[0]);
