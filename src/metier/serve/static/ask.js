// The page where one asks.

import { answerView } from "./answer.js";
import { call, events, get, h, number, onUserChange, problemBox, ServerProblem, t } from "./core.js";
import { closeSource } from "./source.js";

const TURNS = 6; // earlier exchanges sent along with a question that continues the conversation

const main = document.getElementById("main");
const thread = document.getElementById("thread");
const form = document.getElementById("form");
const field = document.getElementById("question");
const follow = document.getElementById("follow");
const button = form.querySelector("button");
let turns = [];
let busy = false;

main.classList.add("empty");

async function ask(question) {
  if (busy || !question.trim()) return;
  busy = true;
  button.disabled = true;
  const history = follow.checked ? turns.slice(-TURNS) : [];
  if (!follow.checked) turns = [];
  const view = begin(question);
  const begun = performance.now();
  try {
    const body = { question, history, stream: true, ...chosen() };
    const response = await call("POST", "/api/v1/ask", body, "text/event-stream");
    let ended = false;
    for await (const [name, data] of events(response)) {
      if (name === "statement") view.say(data);
      if (name === "problem") throw new ServerProblem(data);
      if (name === "done") {
        ended = true;
        view.finish(data, (performance.now() - begun) / 1000);
      }
    }
    if (!ended) throw new ServerProblem({ title: t("problem"), detail: t("cut") });
    turns.push({ question, answer: view.text() });
    document.getElementById("follow_row").hidden = false;
  } catch (problem) {
    view.fail(problemBox(problem instanceof ServerProblem ? problem : new ServerProblem({ title: t("problem"), detail: t("cut") }), () => ask(question)));
  } finally {
    busy = false;
    button.disabled = false;
  }
}

function begin(question) {
  closeSource();
  main.classList.remove("empty");
  const view = answerView(question);
  thread.append(view.element);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  view.element.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
  return view;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = field.value.trim();
  if (!question || busy) return;
  field.value = "";
  grow();
  ask(question);
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

function grow() {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 220)}px`;
}
field.addEventListener("input", grow);

const narrowing = { in: "only_in", type: "only_type", since: "only_since", until: "only_until" };
const narrowed = () =>
  Object.entries(narrowing)
    .map(([name, id]) => [name, document.getElementById(id).value.trim()])
    .filter(([, value]) => value);

/** Which documents are asked, as the server takes it: nothing if all are. */
function chosen() {
  const filter = narrowed();
  return filter.length ? { filter: Object.fromEntries(filter) } : {};
}

function tellChosen() {
  const values = narrowed().map(([name, value]) => (({ since: "≥ ", until: "≤ " })[name] ?? "") + value);
  document.getElementById("narrow_told").textContent = values.length ? t("some_documents", { which: values.join(", ") }) : t("all_documents");
}

function chooseAll() {
  for (const id of Object.values(narrowing)) document.getElementById(id).value = "";
  document.getElementById("narrow").open = false;
  tellChosen();
}
document.getElementById("narrow").addEventListener("input", tellChosen);
document.getElementById("only_none").addEventListener("click", chooseAll);

/** Questions that this person's documents answer. */
async function start() {
  const starting = document.getElementById("starting");
  starting.hidden = true;
  const { starters } = await get("/api/v1/starters").catch(() => ({ starters: [] })); // without them one asks one's own
  const button = (text) => h("button", { type: "button", className: "starter", onclick: () => ask(text) }, text);
  starting.querySelector("ul").replaceChildren(...starters.map((text) => h("li", {}, button(text))));
  starting.hidden = !starters.length;
}

onUserChange(() => {
  // Another person starts with an empty desk: the answers above were for somebody with other rights.
  closeSource();
  thread.replaceChildren();
  turns = [];
  chooseAll();
  follow.checked = false;
  document.getElementById("follow_row").hidden = true;
  main.classList.add("empty");
  history.replaceState(null, "", "/");
  stock();
  start();
});

async function stock() {
  const line = document.getElementById("stock");
  try {
    const { ledger } = await get("/api/v1/status");
    const ready = ledger.law.live + ledger.law.partial;
    const bad = ledger.law.quarantined;
    const parts = [ready ? t("live_n", { n: number(ready) }) : t("empty")];
    if (bad) parts.push(t("quarantined_n", { n: number(bad) }));
    line.textContent = parts.join(" · ");
  } catch (problem) {
    line.replaceChildren(problemBox(problem, stock));
  }
}

/** An address like /?answer=ID&citation=ID shows that answer again, with that source open. */
async function recall() {
  const wanted = new URLSearchParams(location.search);
  if (!wanted.get("answer")) return;
  try {
    const trace = await get(`/api/v1/answers/${encodeURIComponent(wanted.get("answer"))}?explain=true`);
    const view = begin(trace.question);
    view.finish(trace.answer);
    turns = [{ question: trace.question, answer: view.text() }];
    if (wanted.get("citation")) view.open(wanted.get("citation"));
  } catch (problem) {
    main.classList.remove("empty");
    thread.replaceChildren(problemBox(problem));
  }
}

stock();
recall();
if (!location.search.includes("answer=")) start();
