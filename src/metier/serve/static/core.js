// What every page needs: words, who is asking, elements that cannot become markup, and the server.

const boot = JSON.parse(document.querySelector('meta[name="metier-boot"]').content);
export const language = boot.language;

// Dates and numbers as in the reader's own country, as long as it speaks the language of the page.
const locale = navigator.languages.find((name) => name.startsWith(language)) ?? language;

/** The words for a key, with {places} filled. */
export function t(key, places = {}) {
  return boot.words[key].replace(/\{(\w+)\}/g, (whole, name) => (name in places ? String(places[name]) : whole));
}

/** An element. Children are nodes or text; text is never parsed. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes("-") && typeof value !== "string") element[name] = value;
    else element.setAttribute(name === "className" ? "class" : name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const shapes = {
  up: "M7 10v11H4V10h3zm0 0 4.5-7c1.4 0 2.3 1.1 2 2.5L12.8 9H19a2 2 0 0 1 2 2.3l-1.2 7.5a2.6 2.6 0 0 1-2.6 2.2H7",
  down: "M17 14V3h3v11h-3zm0 0-4.5 7c-1.4 0-2.3-1.1-2-2.5l.7-3.5H5a2 2 0 0 1-2-2.3l1.2-7.5A2.6 2.6 0 0 1 6.8 3H17",
  edit: "M4 20h4L19 9l-4-4L4 16v4zM13.5 6.5l4 4",
  close: "M6 6l12 12M18 6 6 18",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
};

/** A small line drawing; decoration, so hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", shapes[name]);
  svg.append(path);
  return svg;
}

/** Tells people who cannot see the screen. */
export function say(text) {
  document.getElementById("live").textContent = text;
}

const who = document.getElementById("who");
try {
  const last = localStorage.getItem("metier-user");
  if ([...who.options].some((option) => option.value === last)) who.value = last;
} catch {
  // Storage can be forbidden; then the first user asks.
}

export const user = () => who.value;
export const userName = () => who.selectedOptions[0]?.textContent.trim() ?? "";

/** Calls back when somebody else takes the keyboard. */
export function onUserChange(callback) {
  who.addEventListener("change", () => {
    try {
      localStorage.setItem("metier-user", who.value);
    } catch {
      // See above.
    }
    callback();
  });
}

/** What the server said in an error: a problem (RFC 9457) with what to do. */
export class ServerProblem extends Error {
  constructor(body) {
    super(body.detail || body.title);
    this.body = body;
  }
}

/** The response to a request in the asker's name; throws ServerProblem. */
export async function call(method, path, body, accept = "application/json") {
  const headers = { Accept: accept };
  // Header values are Latin-1; the server decodes percent signs of names it does not know.
  if (user()) headers["X-Metier-User"] = encodeURIComponent(user());
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new ServerProblem({ title: t("problem"), detail: t("unreachable"), next: "" });
  }
  if (response.ok) return response;
  const kind = response.headers.get("Content-Type") ?? "";
  if (kind.startsWith("application/problem+json")) throw new ServerProblem(await response.json());
  throw new ServerProblem({ title: t("problem"), detail: `HTTP ${response.status}`, next: "" });
}

export const get = async (path) => (await call("GET", path)).json();
export const post = async (path, body) => (await call("POST", path, body)).json();

/** Server-sent events of a response as [name, data]. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    let end;
    while ((end = buffer.indexOf("\n\n")) >= 0) {
      const lines = buffer.slice(0, end).split("\n");
      buffer = buffer.slice(end + 2);
      const name = lines.find((line) => line.startsWith("event: "))?.slice(7) ?? "message";
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
      yield [name, JSON.parse(data.join("\n"))];
    }
  }
}

/** A box that says what went wrong and what to do. */
export function problemBox(problem, again) {
  const body = problem instanceof ServerProblem ? problem.body : { title: t("problem"), detail: String(problem) };
  return h(
    "div",
    { className: "problem", role: "alert" },
    h("strong", {}, body.title),
    h("p", {}, body.detail),
    body.next ? h("p", { className: "quiet" }, body.next) : null,
    again ? h("button", { type: "button", onclick: again }, t("retry")) : null,
  );
}

/** An ISO date as people here write it; anything else unchanged. */
export function date(iso) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso);
  if (!parts) return iso;
  const day = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(day);
}

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
