/* The queue board brings itself up to date; everything else works without scripts. */
"use strict";

(function () {
	const board = document.getElementById("board");
	if (!board) return;
	const status = document.getElementById("board-status");
	const lost = document.getElementById("board-lost");
	const hold = document.getElementById("board-pause");
	const every = Number(board.dataset.every);
	let held = false;

	function say(text) {
		if (lost.textContent !== text) lost.textContent = text;
		lost.hidden = !text;
	}

	/* What a screen reader is told changes only when there is something to tell. */
	function swap(html) {
		const rows = new DOMParser().parseFromString(html, "text/html").getElementById("board-rows");
		if (!rows) return say(board.dataset.lost);
		const focused = board.contains(document.activeElement) ? document.activeElement.id : "";
		const well = document.getElementById("board-well");
		const folded = rows.querySelector("#board-well");
		if (well && folded) folded.open = well.open;
		board.replaceChildren(document.adoptNode(rows));
		if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
		if (status.textContent !== rows.dataset.summary) status.textContent = rows.dataset.summary;
		say("");
	}

	async function update() {
		try {
			const answer = await fetch(board.dataset.from, {
				credentials: "same-origin",
				redirect: "manual",
				signal: AbortSignal.timeout(10000),
			});
			if (answer.type === "opaqueredirect") return say(board.dataset.over);
			if (!answer.ok) return say(board.dataset.lost);
			const html = await answer.text();
			if (!held) swap(html);
		} catch {
			say(board.dataset.lost);
		}
	}

	async function loop() {
		if (!held && !document.hidden) await update();
		setTimeout(loop, every);
	}

	hold.hidden = false;
	hold.addEventListener("click", function () {
		held = !held;
		hold.setAttribute("aria-pressed", String(held));
	});
	setTimeout(loop, every);
})();
