// The side panel: the page a citation stands on, with the cited words highlighted, or its text.

import { call, date, get, h, icon, problemBox, say, ServerProblem, t } from "./core.js";
import { textOf } from "./text.js";

const AROUND = 3000; // code points shown before and after a citation where there are no pages
const WHOLE = 30000; // code points: a page longer than this is shown around the citation only
const SCALE = 2; // pixels per point: sharp at twice the panel's usual width

const panel = document.getElementById("source");
const stage = document.getElementById("stage");
const narrow = matchMedia("(max-width: 900px)");
let opener = null;
let turn = 0; // grows with every thing shown, so that a late answer of the server does not replace a newer one
let picture = null;

/**
 * Opens the panel on a citation ({document, title, page, start, end, quote, boxes, ...}) or on a whole document
 * ({document, title, page: 1}). `extras` are elements put under the quote.
 */
export async function openSource(citation, label, button, extras = []) {
  close(false);
  opener = button;
  opener?.setAttribute("aria-pressed", "true");
  const mine = ++turn;
  const title = h("h2", { tabindex: "-1", id: "source_title" },
    label ? h("span", { className: "number" }, label) : null, citation.title || citation.uri);
  const facts = h("p", { className: "facts" });
  const view = h("div", { className: "view" });
  const tools = h("div", { className: "tools" });
  panel.replaceChildren(
    h("div", { className: "top" },
      h("div", {}, title, facts),
      h("button", { type: "button", className: "plain-icon", "aria-label": t("close"), title: t("close"), onclick: () => close(true) }, icon("close"))),
    citation.quote ? h("figure", { className: "quote" },
      h("figcaption", {}, t("quote")), h("blockquote", {}, citation.quote), ...extras) : "",
    tools, view);
  panel.hidden = false;
  stage.classList.add("split");
  if (narrow.matches) {
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-modal", "true");
    document.body.classList.add("covered");
  }
  title.focus({ preventScroll: true });
  panel.scrollTop = 0;
  try {
    const range = citation.end ? `?start=${citation.start}&end=${citation.end}` : "?start=0&end=1";
    const found = await get(`/api/v1/documents/${encodeURIComponent(citation.document)}${range}`);
    if (mine === turn) await show({ citation, found, facts, view, tools, mine }, citation.page || 1, "picture");
  } catch (problem) {
    if (mine === turn) view.replaceChildren(problemBox(problem));
  }
}

async function show(state, number, wanted) {
  const { citation, found, facts, view, tools } = state;
  const mine = (state.mine = ++turn);
  const page = found.pages.find((item) => item.number === number) ?? found.pages[0];
  if (!page) return;
  const drawn = page.width > 0 && !state.pictureless;
  const mode = drawn ? wanted : "text";
  facts.replaceChildren(...factsOf(citation, found, page, drawn));
  tools.replaceChildren(...toolsOf(state, page, mode, drawn));
  view.setAttribute("aria-busy", "true");
  if (!view.childElementCount) view.append(h("p", { className: "quiet coming" }, t("page_coming")));
  try {
    const shown = mode === "picture" ? await pictureOf(state, page) : await pageText(state, page);
    if (mine !== turn) return;
    view.replaceChildren(...shown);
    const first = view.querySelector(".hit, mark");
    if (first) center(first);
    say(`${citation.title || citation.uri}, ${t("page")} ${page.number}`);
  } catch (problem) {
    if (mine !== turn) return;
    if (mode === "picture" && problem instanceof ServerProblem && problem.body.status === 422) {
      state.pictureless = true;
      await show(state, number, "text");
      view.prepend(h("p", { className: "quiet" }, t("no_picture")));
    } else {
      view.replaceChildren(problemBox(problem, () => show(state, number, wanted)));
    }
  } finally {
    view.removeAttribute("aria-busy");
  }
}

function factsOf(citation, found, page, drawn) {
  const place = page.label || (drawn || found.pages.length > 1 ? t("page_of", { n: page.number, m: found.pages.length }) : "");
  const dated = found.version_date || citation.version_date;
  const facts = [place, dated ? t("as_of", { date: date(dated) }) : "", found.uri].filter(Boolean);
  return facts.map((fact) => h("span", {}, fact));
}

function toolsOf(state, page, mode, drawn) {
  const step = (by, name) =>
    h("button", {
      type: "button", className: "plain-icon", "aria-label": t(name), title: t(name),
      disabled: !state.found.pages.some((item) => item.number === page.number + by),
      onclick: () => show(state, page.number + by, mode),
    }, icon(by < 0 ? "left" : "right"));
  const choice = (name, word) =>
    h("button", { type: "button", "aria-pressed": String(mode === name), onclick: () => show(state, page.number, name) }, t(word));
  const pages = state.found.pages.length > 1
    ? [step(-1, "previous_page"), h("span", {}, `${page.number} / ${state.found.pages.length}`), step(1, "next_page")] : [];
  const modes = drawn ? [h("span", { className: "modes" }, choice("picture", "show_picture"), choice("text", "show_text"))] : [];
  return [h("span", { className: "pages" }, pages), ...modes];
}

async function pictureOf({ citation }, page) {
  const path = `/api/v1/documents/${encodeURIComponent(citation.document)}/pages/${page.number}.png?scale=${SCALE}`;
  const blob = await (await call("GET", path, undefined, "image/png")).blob();
  forget();
  picture = URL.createObjectURL(blob);
  const image = h("img", { src: picture, alt: t("page_picture", { n: page.number, title: citation.title || citation.uri }) });
  await image.decode();
  const hits = (citation.boxes ?? []).filter((box) => box.page === page.number).map((box) => hitOf(box, page));
  const layer = h("div", { className: "hits", role: "img", "aria-label": t("highlight"), hidden: !hits.length }, hits);
  return [h("div", { className: "sheet" }, image, layer)];
}

/** A rectangle over the picture, in percent of the page, so that it stays in place at every size. */
function hitOf(box, page) {
  const hit = h("div", { className: "hit" });
  hit.style.left = `${(100 * box.x0) / page.width}%`;
  hit.style.top = `${(100 * box.y0) / page.height}%`;
  hit.style.width = `${(100 * (box.x1 - box.x0)) / page.width}%`;
  hit.style.height = `${(100 * (box.y1 - box.y0)) / page.height}%`;
  return hit;
}

async function pageText({ citation, found }, page) {
  const mark = citation.end ? citation : null;
  const whole = page.end - page.start <= WHOLE;
  const here = mark && mark.start < page.end && mark.end > page.start ? mark : { start: page.start, end: page.start };
  const from = whole ? page.start : Math.max(page.start, here.start - AROUND);
  const to = whole ? page.end : Math.min(page.end, here.end + AROUND);
  const part = await get(`/api/v1/documents/${encodeURIComponent(found.id)}?start=${from}&end=${to}`);
  return [h("div", { className: "reading", lang: found.language || null }, textOf(part, from, to, mark))];
}

function center(element) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const box = element.getBoundingClientRect();
  const frame = panel.getBoundingClientRect();
  const top = panel.scrollTop + box.top - frame.top - frame.height / 2;
  // Already in sight below the quote: leave the panel where it is.
  if (box.bottom < frame.bottom && box.top > frame.top) return;
  panel.scrollTo({ top, behavior: still ? "auto" : "smooth" });
}

function forget() {
  if (picture) URL.revokeObjectURL(picture);
  picture = null;
}

function close(giveBack) {
  turn++;
  forget();
  panel.hidden = true;
  panel.replaceChildren();
  panel.removeAttribute("role");
  panel.removeAttribute("aria-modal");
  stage.classList.remove("split");
  document.body.classList.remove("covered");
  opener?.setAttribute("aria-pressed", "false");
  if (giveBack) opener?.focus();
  opener = null;
}

export const closeSource = () => close(false);

document.addEventListener("keydown", (event) => {
  if (panel.hidden) return;
  if (event.key === "Escape") close(true);
  if (event.key === "Tab" && panel.getAttribute("aria-modal")) keepInside(event);
});

function keepInside(event) {
  const stops = [...panel.querySelectorAll("button:not(:disabled), [tabindex='0']")];
  const last = stops.at(-1);
  if (event.shiftKey && document.activeElement === stops[0]) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    stops[0].focus();
  }
}
