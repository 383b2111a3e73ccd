// What there is to be asked about, what could not be read and why, and a button to look again.

import { call, date, get, h, number, onUserChange, post, problemBox, say, t, userName } from "./core.js";
import { closeSource, openSource } from "./source.js";

const ROWS = 50;
const POLL_MS = 700;
const ALWAYS = ["live", "partial", "quarantined"];

const job = document.getElementById("job");
const start = document.getElementById("ingest");
const stop = document.getElementById("stop");
let state = "";
let offset = 0;
let polling = false;

function drawLedger(ledger) {
  const parts = Object.entries(ledger.law);
  const bar = h("div", { className: "share", "aria-hidden": "true" });
  for (const [name, count] of parts.filter(([, count]) => count > 0)) {
    const piece = h("span", { className: `is-${name}` });
    piece.style.flexGrow = String(count);
    bar.append(piece);
  }
  const terms = parts.flatMap(([name, count], place) => [
    h("span", { className: "op" }, place ? "+" : "="),
    h("span", { className: `term is-${name}${count ? "" : " zero"}` }, h("b", {}, number(count)), ` ${t(name)}`),
  ]);
  const reasons = Object.entries(ledger.reasons).sort((a, b) => b[1] - a[1]);
  document.getElementById("ledger").replaceChildren(
    h("p", { className: "quiet" }, t("law")),
    h("p", { className: "law" }, h("span", { className: "term" }, h("b", {}, number(ledger.received)), ` ${t("received")}`), " ", terms),
    bar,
    ledger.holds ? "" : h("p", { className: "problem", role: "alert" }, t("law_broken")),
    reasons.length
      ? h("details", { open: true }, h("summary", {}, t("reasons")),
          h("ul", { className: "why" }, reasons.map(([reason, count]) => h("li", {}, h("code", {}, reason), ` ${number(count)}`))))
      : "");
  drawFilter(ledger);
}

function drawFilter(ledger) {
  const choice = (name, count) =>
    h("button", {
      type: "button", className: `pill is-${name || "all"}`, "aria-pressed": String(state === name),
      onclick: () => { state = name; offset = 0; refresh(); },
    }, t(name || "all"), h("span", {}, number(count)));
  const states = Object.entries(ledger.states).filter(([name, count]) => count > 0 || ALWAYS.includes(name));
  const order = (name) => (ALWAYS.includes(name) ? ALWAYS.indexOf(name) : ALWAYS.length);
  states.sort((a, b) => order(a[0]) - order(b[0]));
  document.getElementById("filter").replaceChildren(choice("", ledger.received), ...states.map(([name, count]) => choice(name, count)));
}

function drawCanary(canary) {
  const place = document.getElementById("canary");
  place.hidden = !canary;
  if (!canary) return;
  const told = Object.fromEntries(Object.entries(canary).map(([name, value]) => [name, typeof value === "number" ? number(value) : value]));
  place.textContent = t(canary.running ? "canary_runs" : "canary_ended", { ...told, release: canary.release.slice(0, 12) });
}

async function drawList(ledger) {
  const query = new URLSearchParams({ limit: String(ROWS), offset: String(offset), count: "true" });
  if (state) query.set("state", state);
  const page = await get(`/api/v1/documents?${query}`);
  const list = document.getElementById("list");
  document.getElementById("visible").textContent = ledger.received > page.visible
    ? t("nobody", { received: number(ledger.received), visible: number(page.visible), user: userName() })
    : t("only_visible", { user: userName() });
  list.replaceChildren(page.documents.length ? table(page.documents) : h("p", { className: "nothing" }, ledger.received ? t("none") : t("empty")));
  const turn = (word, to) => h("button", { type: "button", disabled: to === null, onclick: () => { offset = to; refresh(); } }, t(word));
  const paged = offset > 0 || page.next !== null;
  document.getElementById("paging").replaceChildren(...(paged ? [
    turn("earlier", offset > 0 ? Math.max(0, offset - ROWS) : null),
    h("span", { className: "quiet" }, t("rows", { from: offset + 1, to: offset + page.documents.length })),
    turn("later", page.next),
  ] : []));
}

function table(entries) {
  const head = ["document", "state", "pages", "date", "what_to_do"];
  return h("table", { className: "documents" },
    h("thead", {}, h("tr", {}, head.map((word) => h("th", { scope: "col" }, t(word))))),
    h("tbody", {}, entries.map(row)));
}

function row(entry) {
  const title = entry.title || entry.uri;
  const readable = entry.state === "live" || entry.state === "partial";
  const whole = { document: entry.id, uri: entry.uri, title, page: 1, version_date: entry.version_date };
  const name = readable
    ? h("button", { type: "button", className: "link", "aria-pressed": "false", onclick: (event) => openSource(whole, "", event.currentTarget) }, title)
    : h("span", {}, title);
  const why = entry.reason || entry.detail ? [entry.reason ? h("code", {}, entry.reason) : "", entry.detail ? ` ${entry.detail}` : ""] : [];
  return h("tr", {},
    h("td", { className: "name" }, name, entry.title ? h("span", { className: "uri" }, entry.uri) : null),
    h("td", {}, h("span", { className: `badge is-${entry.state}` }, t(entry.state))),
    h("td", { className: "figure", "data-label": t("pages") }, entry.pages ? number(entry.pages) : "–"),
    h("td", { className: "when", "data-label": t("date") }, entry.version_date ? date(entry.version_date) : "–"),
    h("td", { className: "detail" }, why));
}

function drawJob(ingest) {
  const running = ingest.state === "running" || ingest.state === "stopping";
  start.disabled = running;
  stop.hidden = ingest.state !== "running";
  job.hidden = ingest.state === "idle";
  job.className = `job ${ingest.state}`;
  if (ingest.problem) return job.replaceChildren(h("p", {}, ingest.problem.detail), h("p", { className: "quiet" }, ingest.problem.next));
  const done = ingest.progress;
  if (!running) return job.replaceChildren(h("p", {}, ingest.state === "done" ? t("ingest_done", ingest.report) : t("ingest_stopped")));
  if (!done || !done.total) return job.replaceChildren(h("p", {}, t("ingest_starting")), h("progress", { "aria-label": t("ingest_starting") }));
  const text = [t("ingest_running", { done: number(done.done), total: number(done.total), rate: number(done.per_second, 1) })];
  if (done.seconds_left !== null) text.push(t("ingest_left", { time: span(done.seconds_left) }));
  if (done.failed) text.push(t("ingest_failed_n", { n: number(done.failed) }));
  if (ingest.state === "stopping") text.push(t("ingest_stopping"));
  return job.replaceChildren(
    h("p", {}, text.join(" · ")),
    h("progress", { max: done.total, value: done.done, "aria-label": t("ingest") }),
    h("p", { className: "quiet" }, done.current));
}

const span = (seconds) =>
  seconds < 90 ? t("seconds", { n: number(Math.ceil(seconds)) }) : t("minutes", { n: number(Math.ceil(seconds / 60)) });

async function refresh() {
  try {
    const status = await get("/api/v1/status");
    drawLedger(status.ledger);
    drawCanary(status.canary);
    await drawList(status.ledger);
    if (["running", "stopping"].includes(status.ingest.state)) {
      drawJob(status.ingest);
      watch();
    }
  } catch (problem) {
    document.getElementById("list").replaceChildren(problemBox(problem, refresh));
  }
}

async function watch() {
  if (polling) return;
  polling = true;
  try {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const { ingest, ledger } = await get("/api/v1/status");
      drawJob(ingest);
      drawLedger(ledger);
      if (ingest.state !== "running" && ingest.state !== "stopping") {
        say(job.textContent);
        await drawList(ledger);
        return;
      }
    }
  } catch (problem) {
    job.replaceChildren(problemBox(problem, watch));
  } finally {
    polling = false;
  }
}

async function act(method) {
  try {
    drawJob(method === "POST" ? await post("/api/v1/ingest", {}) : await (await call("DELETE", "/api/v1/ingest")).json());
    watch();
  } catch (problem) {
    job.hidden = false;
    job.replaceChildren(problemBox(problem));
  }
}

start.addEventListener("click", () => act("POST"));
stop.addEventListener("click", () => act("DELETE"));
onUserChange(() => {
  closeSource();
  offset = 0;
  refresh();
});
refresh();
