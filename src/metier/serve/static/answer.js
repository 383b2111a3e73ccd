// One question and its answer, growing statement by statement.

import { h, icon, number, say, t } from "./core.js";
import { editor, marks, wrongCitation } from "./feedback.js";
import { openSource } from "./source.js";

/** An answer on the page: `say` adds a statement, `finish` the rest, `fail` what went wrong. */
export function answerView(question) {
  const body = h("div", { className: "said" });
  const waiting = h("p", { className: "waiting" }, h("span", { className: "dots", "aria-hidden": "true" }), t("searching"));
  const foot = h("footer", {});
  const element = h("article", { className: "answer" }, h("h2", {}, question), body, waiting, foot);
  const numbers = new Map(); // source -> its number, as in the text of the OpenAI door
  const said = new Map(); // statement id -> its elements
  const chips = new Map(); // citation id -> its first chip

  const numberOf = (citation) => {
    const key = `${citation.document} ${citation.start} ${citation.end}`;
    if (!numbers.has(key)) numbers.set(key, { n: numbers.size + 1, citation });
    return numbers.get(key).n;
  };
  const chip = (statement, citation) => {
    const n = numberOf(citation);
    const label = t("citation_n", { n, title: citation.title || citation.uri, page: citation.page });
    const button = h("button", {
      type: "button", className: "chip", "aria-label": label, title: label, "aria-pressed": "false",
      onclick: (event) => openSource(citation, String(n), event.currentTarget, extras(statement, citation)),
    }, String(n));
    if (!chips.has(citation.id)) chips.set(citation.id, button);
    return button;
  };
  let answer = null;
  const extras = (statement, citation) => {
    if (!answer || !statement) return [];
    const support = statement.support > 0 ? [h("span", { className: "quiet" }, t("support", { n: number(100 * statement.support) }))] : [];
    return [h("div", { className: "judge" }, support, wrongCitation(answer, statement, citation))];
  };

  return {
    element,
    open: (citationId) => chips.get(citationId)?.click(),
    text: () => [...body.querySelectorAll(".words")].map((words) => words.textContent).join(" "),
    say(statement) {
      if (said.has(statement.id)) return;
      const cells = cellsOf(statement.text);
      const words = h("span", { className: "words" }, cells ? rowOf(cells) : statement.text);
      const shown = new Set();
      const own = statement.citations.filter((citation) => {
        const key = `${citation.document} ${citation.start} ${citation.end}`;
        return !shown.has(key) && shown.add(key);
      });
      const line = h("p", { className: "statement" }, words, " ", own.map((citation) => chip(statement, citation)));
      if (cells) {
        const heads = cells.map(([head]) => head).join("; ");
        line.classList.add("row");
        line.classList.toggle("again", body.lastElementChild?.dataset.heads === heads);
        line.dataset.heads = heads;
        words.style.setProperty("--columns", String(cells.length));
      }
      said.set(statement.id, { statement, words, line });
      body.append(line);
      say(statement.text);
    },
    finish(whole, seconds) {
      answer = whole;
      waiting.remove();
      whole.statements.forEach((statement) => this.say(statement));
      for (const { statement, words, line } of said.values()) line.append(" ", editor(whole, statement, words));
      body.append(...whole.conflicts.map((conflict) => conflictBox(conflict, chip)));
      if (whole.outcome !== "answered" || !said.size) {
        body.append(abstention(whole));
        say([t(`outcome_${whole.outcome}`), whole.abstention?.reason ?? ""].join(" "));
      }
      if (whole.figures.length) body.append(figures(whole.figures));
      body.append(...whole.notes.map((note) => h("p", { className: "quiet" }, note)));
      if (numbers.size) body.append(sources([...numbers.values()], chips));
      foot.append(...marks(whole));
      const took = seconds ?? (whole.timings_ms.total ?? 0) / 1000;
      foot.querySelector(".thumbs").after(h("span", { className: "quiet fact" },
        took ? t("took", { seconds: number(Math.max(took, 0.1), 1) }) : "",
        h("a", { className: "plain-icon", href: `/?answer=${encodeURIComponent(whole.id)}`, "aria-label": t("permalink"), title: t("permalink") }, icon("link"))));
    },
    fail(box) {
      waiting.remove();
      body.append(box);
    },
  };
}

/** The heads and values of a table's row as it is told, "Band: A; Entry: 39,800"; null for anything else. */
function cellsOf(text) {
  const cells = text.split("; ").map((cell) => cell.match(/^([^:.]{1,60}): (\S.*)$/)?.slice(1));
  return cells.length > 1 && cells.every(Boolean) ? cells : null;
}

/** A row as cells that stand under one another; read out, or copied, it is the text that it was. */
function rowOf(cells) {
  return cells.map(([head, value], n) => h("span", { className: "cell" },
    h("span", { className: "head" }, head, h("span", { className: "unseen" }, ": ")),
    h("span", { className: "value" }, value, h("span", { className: "unseen" }, n < cells.length - 1 ? "; " : ""))));
}

function conflictBox(conflict, chip) {
  return h("aside", { className: "conflict" }, h("strong", {}, t("conflict")),
    h("p", {}, conflict.note || conflict.statement, " ", conflict.citations.map((citation) => chip(null, citation))));
}

/** Figures that may show what was asked, with what a model says of them: other words than the document's, and marked so. */
function figures(found) {
  const row = ({ figure, uri, title, model, description }) => {
    const label = t("figure_n", { page: figure.box.page, title: title || uri });
    const place = { document: figure.document, uri, title, page: figure.box.page, start: figure.start, end: figure.end, quote: figure.caption, boxes: [figure.box] };
    return h("li", {},
      h("button", { type: "button", "aria-pressed": "false", onclick: (event) => openSource(place, "", event.currentTarget) }, h("span", { className: "name" }, label)),
      figure.caption ? h("p", {}, figure.caption) : null,
      h("p", { className: "quiet" }, t("described_by", { model }), " ", h("span", { className: "described" }, description)));
  };
  return h("section", { className: "sources figures" }, h("h3", {}, t("figures")), h("ul", {}, found.map(row)));
}

function abstention(answer) {
  const { reason = "", found = [], missing = [], next = "" } = answer.abstention ?? {};
  const list = (word, items) => items.length ? [h("h3", {}, t(word)), h("ul", {}, items.map((item) => h("li", {}, item)))] : [];
  const asked = answer.outcome !== "abstained" || missing.length; // a greeting asks nothing
  return h("section", { className: `abstention ${answer.outcome}` },
    asked ? h("p", { className: "verdict" }, t(`outcome_${answer.outcome}`)) : null,
    reason ? h("p", {}, reason) : null,
    list("found", found), list("missing", missing),
    next ? [h("h3", {}, t("next")), h("p", {}, next)] : null);
}

/** One entry for each page cited, with all the numbers that stand on it. */
function sources(entries, chips) {
  const pages = new Map();
  for (const { n, citation } of entries) {
    const key = `${citation.document} ${citation.page}`;
    if (!pages.has(key)) pages.set(key, { citation, numbers: [] });
    pages.get(key).numbers.push(h("span", { className: "number" }, String(n)));
  }
  const cited = [...pages.values()].map(({ citation }) => citation);
  const isAlone = (one) => cited.every((other) => other.title !== one.title || other.document === one.document);
  const name = (one) => !one.title ? one.uri : isAlone(one) ? one.title : `${one.title} (${one.uri})`;
  const row = ({ citation, numbers }) => h("li", {},
    h("button", { type: "button", onclick: () => chips.get(citation.id)?.click() },
      numbers,
      h("span", { className: "name" }, name(citation)),
      h("span", { className: "quiet" }, citation.place || `${t("page")} ${citation.page}`)));
  return h("section", { className: "sources" }, h("h3", {}, t("sources")), h("ol", {}, [...pages.values()].map(row)));
}
