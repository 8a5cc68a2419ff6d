// The operators' pages in a real browser, as tests/system/test_portal.sh starts it: with scripts and without, in both
// languages, wide and narrow, examined by axe. Prints `ok - ` and `not ok - ` lines; keeps pictures in SHOTS.
// What the test town must do meanwhile is asked of the shell: a line `DO name` on standard output, an answer on input.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const { BASE, PASSWORD, MODULES, SHOTS, CHROMIUM } = process.env;
const require = createRequire(join(process.cwd(), MODULES, "x.js"));
const { chromium } = require("playwright-core");
const axeSource = require.resolve("axe-core/axe.min.js");
mkdirSync(SHOTS, { recursive: true });

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function shell(name) {
	console.log(`DO ${name}`);
	const { value } = await answers.next();
	return value;
}

let failures = 0;
function ok(what, good, why = "") {
	console.log(`${good ? "ok" : "not ok"} - ${what}${good || !why ? "" : `: ${why}`}`);
	failures += good ? 0 : 1;
}
async function until(what, fn, ms = 10000) {
	const end = Date.now() + ms;
	let last;
	while (Date.now() < end) {
		try {
			last = await fn();
			if (last) return ok(what, true), last;
		} catch (error) {
			last = error.message;
		}
		await new Promise((r) => setTimeout(r, 100));
	}
	ok(what, false, String(last));
	return null;
}

const browser = await chromium.launch({
	executablePath: CHROMIUM,
	args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
});
const outside = [];
async function visitor(options = {}) {
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", ...options });
	context.setDefaultTimeout(10000);
	const page = await context.newPage();
	page.on("request", (r) => r.url().startsWith(BASE) || r.url().startsWith("data:") || outside.push(r.url()));
	page.on("console", (m) => m.type() === "error" && errors.push(`${page.url()}: ${m.text()}`));
	page.on("pageerror", (e) => errors.push(String(e)));
	return page;
}
const errors = [];

async function logIn(page, password = PASSWORD, name = "anna") {
	await page.goto(`${BASE}/login`);
	await page.fill("#name", name);
	await page.fill("#password", password);
	await page.click("main button[type=submit]");
}

// The whole page, as far as somebody who looks at it wants to scroll.
async function picture(page, name) {
	const { width } = page.viewportSize();
	const height = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), 2200);
	await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true, clip: { x: 0, y: 0, width, height } });
}

// axe at level A and AA of WCAG 2.1, and no sideways scrolling at 320 px (what 400 % zoom of 1280 comes to)
async function examine(page, name) {
	await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
	if (!(await page.evaluate(() => typeof window.axe !== "undefined")))
		await page.evaluate((await import("node:fs")).readFileSync(axeSource, "utf8"));
	const found = await page.evaluate(() =>
		window.axe.run(document, {
			runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
		}),
	);
	const lines = found.violations.map((v) => `${v.id} (${v.nodes.length}): ${v.nodes[0].html.slice(0, 160)}`);
	ok(`axe finds nothing on ${name}`, lines.length === 0, lines.join("; "));
	const title = await page.title();
	const h1 = await page.locator("h1").count();
	ok(`${name} has a title and one h1`, title.length > 3 && h1 === 1, `${title}, ${h1}`);
	await picture(page, `${name}-1280`);
	await page.setViewportSize({ width: 320, height: 800 });
	const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
	ok(`${name} needs no sideways scrolling at 320 px`, over <= 0, `${over} px too wide`);
	await page.setViewportSize({ width: 360, height: 800 });
	await picture(page, `${name}-360`);
	await page.setViewportSize({ width: 1280, height: 900 });
}

// ---- logging in -----------------------------------------------------------------------------------

const page = await visitor();
await page.goto(`${BASE}/queues`);
ok("whoever is not logged in comes to the login", new URL(page.url()).pathname === "/login");
ok("in the language that the browser asks for", (await page.getAttribute("html", "lang")) === "en");
await examine(page, "login");
await logIn(page, "wrong password");
const wrong = await page.textContent("#errors");
ok("a wrong password is refused", wrong.includes("do not belong together"), wrong);
await examine(page, "login-refused");
await logIn(page, PASSWORD, "nobody-of-that-name");
ok("a name that is not there in the same words", (await page.textContent("#errors")) === wrong);
await page.goto(`${BASE}/login?back=${encodeURIComponent("//elsewhere.example/")}`);
await page.fill("#name", "anna");
await page.fill("#password", PASSWORD);
await page.click("main button[type=submit]");
ok("who logs in comes to the board, wherever a link would lead", page.url() === `${BASE}/queues`, page.url());
const cookies = await page.context().cookies();
const session = cookies.find((c) => c.name === "__Host-oneplan");
ok(
	"the cookie is for this host, secure, not for scripts, strictly of this site",
	session && session.secure && session.httpOnly && session.sameSite === "Strict" && session.path === "/",
);
ok("what came before the login is gone", !cookies.some((c) => c.name === "__Host-oneplan-visit"));

// ---- forms need their token ------------------------------------------------------------------------

// As the page's own script would: with its cookies.
const post = (p, path, fields) =>
	p.evaluate(
		async ([where, form]) =>
			(await fetch(where, { method: "POST", body: new URLSearchParams(form), redirect: "manual" })).status,
		[path, fields],
	);
for (const form of [{}, { form_token: "0".repeat(64) }]) {
	const status = await post(page, "/logout", form);
	ok("a form without its token is refused", status === 403, String(status));
}
const headers = (await page.goto(`${BASE}/queues`)).headers();
ok(
	"nothing inline, nothing framed, nothing kept",
	/default-src 'none'/.test(headers["content-security-policy"]) &&
		!/unsafe/.test(headers["content-security-policy"]) &&
		/frame-ancestors 'none'/.test(headers["content-security-policy"]) &&
		headers["cache-control"] === "no-store" &&
		headers["x-content-type-options"] === "nosniff" &&
		headers["referrer-policy"] === "no-referrer",
	JSON.stringify(headers),
);
const style = await page.getAttribute("link[rel=stylesheet]", "href");
ok("style sheets are kept for ever", /immutable/.test((await page.request.get(BASE + style)).headers()["cache-control"]));

// ---- the board -------------------------------------------------------------------------------------

const rowOf = (p, node, queue) => p.locator("tr", { has: p.locator(`[id="q-${node}-${queue}"]`) });
await until("the board has the links of every node", async () => {
	await page.reload();
	return (await rowOf(page, "intake", "link/reporting").count()) === 1;
});
await examine(page, "board");
await page.keyboard.press("Tab");
ok("the first stop leads past the header", (await page.evaluate(() => document.activeElement.className)) === "skipnav");
let loads = 0;
page.on("load", () => loads++);
await shell("kill-reporting");
await until(
	"a follower that was killed becomes STOPPED on the page, without loading it anew",
	async () => /STOPPED/.test(await rowOf(page, "intake", "link/reporting").textContent()),
	15000,
);
ok("no page was loaded meanwhile", loads === 0);
ok("what is worst is first", /STOPPED|NO ANSWER/.test(await page.locator("#board tbody tr").first().textContent()));
const status = await page.textContent("#board-status");
ok("which is said politely", /attention/.test(status) && (await page.getAttribute("#board-status", "aria-live")) === "polite", status);
const before = Date.now();
await page.goto(`${BASE}/queues`);
ok("a node that is down does not hold the page up", Date.now() - before < 5000, `${Date.now() - before} ms`);
ok("its row says so", /does not answer/.test(await page.textContent("#board")));
await examine(page, "board-stopped");
await page.goto(`${BASE}/nodes`);
ok("the nodes' page says so, too", /NO ANSWER/.test(await page.textContent("main")));
await examine(page, "nodes");

await page.goto(`${BASE}/queue?node=intake&queue=link/reporting`);
const waiting = await page.textContent("main");
ok("what waits for it is listed", /inquiry_received/.test(waiting) && (await page.locator("main pre").count()) > 0, waiting);
ok("and no personal text is shown", !/Ane Testperson|private word/.test(waiting), waiting);
ok("with its ages", /How old what waits is/.test(waiting) && /< 5 min/.test(waiting), waiting);
await examine(page, "queue-link");

// ---- mending ---------------------------------------------------------------------------------------

const first = await shell("poison");
ok("a record is in quarantine", Number(first) > 0, first);
const poisoned = `${BASE}/queue?node=reporting&queue=quarantine/intake`;
await until("it is on its queue's page", async () => {
	await page.goto(poisoned);
	return (await page.locator("input[name=item]").count()) >= 2;
});
await examine(page, "queue");
await page.fill("#minutes", "many");
await page.locator(".portal-filter button").click();
ok("a filter that is none is refused by field and rule", /whole number/.test(await page.textContent("#errors")));
ok("with the field marked", (await page.getAttribute("#minutes", "aria-invalid")) === "true");
await page.goto(poisoned);
await page.locator("#verb-drop").check();
await page.locator("#mend button[type=submit]").click();
ok("a verb without items is refused", /Choose items/.test(await page.textContent("main")));
await page.goBack();
await page.locator("#items").check();
await page.locator("#verb-drop").check();
await page.locator("#mend button[type=submit]").click();
ok("a dry run says what would happen", /1 would be done/.test(await page.textContent("main")), await page.textContent("main"));
ok("and does nothing", (await shell("aside")) !== "0" && (await shell("dropped")) === "0");
await examine(page, "plan");
await page.evaluate(() => document.querySelector("#reason").removeAttribute("required"));
await page.locator("#confirm button[type=submit]").click();
ok("without a reason it is not done", /say why/.test(await page.textContent("#errors")) && (await shell("dropped")) === "0");
await page.fill("#reason", "cannot be mended <b>&");
await page.locator("#confirm button[type=submit]").click();
ok("with one it is", /1 done/.test(await page.textContent("main")), await page.textContent("main"));
await examine(page, "mended");
ok("the node's journal knows who and why", (await shell("dropped-by")) === "anna: cannot be mended <b>&");
await page.reload();
ok("sending the form again does it once", (await shell("dropped")) === "1");

await shell("heal");
await page.goto(poisoned);
await page.locator("#all").check();
await page.locator("#verb-retry").check();
await page.locator("#mend button[type=submit]").click();
await page.fill("#reason", "the cause is mended");
await page.locator("#confirm button[type=submit]").click();
ok("what waited behind it is retried once the cause is mended", (await shell("aside")) === "0", await page.textContent("main"));

await page.goto(`${BASE}/queue?node=intake&queue=link/reporting`);
await page.fill("#pause #reason", "the night's work");
await page.locator("#pause button[type=submit]").click();
await until("a queue is paused", async () => /the night's work/.test(await page.textContent("main")));
await examine(page, "queue-paused");
await page.fill("#pause #reason", "done");
await page.locator("#pause button[type=submit]").click();
await until("and goes on", async () => !/the night's work/.test(await page.textContent("main")));

// ---- a node that hangs: it has the connection and says nothing --------------------------------------

await shell("stop-family");
const hung = Date.now();
await page.goto(`${BASE}/queues`);
ok("a node that hangs does not hold the page up", Date.now() - hung < 5000, `${Date.now() - hung} ms`);
ok("its row says so", /planning.family does not answer/.test(await page.textContent("#board")));
await shell("continue-family");
await shell("stop-family");
const traced = Date.now();
await page.goto(`${BASE}/trace?reference=${await shell("reference")}`);
ok("nor a trace", Date.now() - traced < 8000, `${Date.now() - traced} ms`);
ok("which says whom it is without", /planning.family does not answer/.test(await page.textContent("main")), await page.textContent("main"));
ok("and shows what the others have", /inquiry_received/.test(await page.textContent("main")));
await shell("continue-family");
await page.goto(`${BASE}/queues`);
await until("it is there again when it goes on", async () => {
	await page.reload();
	return !/does not answer/.test(await page.textContent("#board"));
});

// ---- the other pages -------------------------------------------------------------------------------

await page.goto(`${BASE}/node?node=intake`);
ok("a node's page has its check of itself and its backup", /Backup/.test(await page.textContent("main")));
await examine(page, "node");
await page.goto(`${BASE}/trace`);
await page.fill("#reference", await shell("reference"));
await page.locator("main button[type=submit]").click();
ok("a trace has the first record", /inquiry_received/.test(await page.textContent("main")), await page.textContent("main"));
await examine(page, "trace");
await page.goto(`${BASE}/trace?reference=XXXX-YYYY`);
ok("a mistyped reference is refused", /does not pass its check/.test(await page.textContent("#errors")));
await page.goto(`${BASE}/queue?node=intake&queue=work/awaiting_talk`);
ok("a queue of work says how it goes", /on the lists of those/.test(await page.textContent("main")) && /How old/.test(await page.textContent("main")), await page.textContent("main"));
await examine(page, "queue-work");
ok("a page that is not there", (await page.goto(`${BASE}/nothing`)).status() === 404);
await examine(page, "not-found");
ok("a queue that is not there", (await page.goto(`${BASE}/queue?node=nobody&queue=link/x`)).status() === 404);
await page.goto(`${BASE}/queue?node=intake&queue=${encodeURIComponent("work/<script>alert(1)</script>")}`);
ok("what stands in an address is never markup", (await page.locator("main script").count()) === 0);

// ---- its key is exchanged, as any client's -----------------------------------------------------------

ok("the portal's key is exchanged", (await shell("rotate-key")) === "rotated");
await until("after which all nodes answer again", async () => {
	await page.goto(`${BASE}/nodes`);
	return !/NO ANSWER/.test(await page.textContent("main"));
});

// ---- in Danish, and without scripts ----------------------------------------------------------------

await page.goto(`${BASE}/queues`);
await page.locator("button[lang=da]").click();
ok("and the reasons are in Danish, too", /intet venter|intet er lagt til side/.test(await page.textContent("#board")));
ok("the choice of language stays", (await page.getAttribute("html", "lang")) === "da" && /Køer/.test(await page.textContent("h1")));
await examine(page, "board-da");

const plain = await visitor({ javaScriptEnabled: false, locale: "da-DK" });
await logIn(plain);
ok("without scripts one can log in", plain.url() === `${BASE}/queues`, plain.url());
ok("in Danish", (await plain.getAttribute("html", "lang")) === "da");
ok("and see the board", (await rowOf(plain, "intake", "link/reporting").count()) === 1);
ok("without a button that does nothing", !(await plain.locator("#board-pause").isVisible()));
await plain.locator(".portal-actions a").click();
ok("and load it anew", plain.url() === `${BASE}/queues`);
if (!(await plain.locator('[id="q-intake-link/reporting"]').isVisible())) await plain.locator("#board-well-summary").click();
await plain.locator('[id="q-intake-link/reporting"]').click();
ok("and open a queue", /Til reporting|link\/reporting/.test(await plain.textContent("h1")));
await picture(plain, "queue-da-plain");
await plain.locator("header button[type=submit]").last().click();
ok("and log out", plain.url() === `${BASE}/login`);
await plain.goto(`${BASE}/queues`);
ok("after which nothing is seen", new URL(plain.url()).pathname === "/login");

// ---- an auditor, and guessing ----------------------------------------------------------------------

const auditor = await visitor();
await logIn(auditor, PASSWORD, "bo");
await auditor.goto(`${BASE}/queue?node=reporting&queue=quarantine/intake`);
ok("an auditor sees how a queue goes, and neither items nor forms", (await auditor.locator("input[name=item], #mend, #pause").count()) === 0);
const token = await auditor.locator("input[name=form_token]").first().inputValue();
const paused = { form_token: token, node: "intake", queue: "link/reporting", span: "15", reason: "x" };
const tried = await post(auditor, "/queue/pause", paused);
ok("and may not pause one", tried === 403, String(tried));

const guesser = await visitor();
let last = 0;
for (let i = 0; i < 6; i++) {
	await guesser.goto(`${BASE}/login`);
	await guesser.fill("#name", "carl");
	await guesser.fill("#password", `guess number ${i}`);
	[last] = await Promise.all([
		guesser.waitForResponse((r) => r.request().method() === "POST").then((r) => r.status()),
		guesser.click("main button[type=submit]"),
	]);
}
ok("guessing is slowed down", last === 429, String(last));
ok("and told so", /Try again in \d+ minutes/.test(await guesser.textContent("#errors")));

await shell("remove-bo");
await auditor.goto(`${BASE}/queues`);
ok("whoever is taken out of the file is out at once", new URL(auditor.url()).pathname === "/login");

ok("nothing came from outside", outside.length === 0, outside.join(" "));
const real = errors.filter((e) => !/status of (403|404|409|422|429)/.test(e));
ok("the browser complained of nothing", real.length === 0, real.join("; "));
await browser.close();
process.exit(failures ? 1 : 0);
