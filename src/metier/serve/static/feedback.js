// What people say about an answer: thumbs, reasons, corrections in place, wrong citations.

import { h, icon, post, problemBox, say, t } from "./core.js";

const send = (rows) => post("/api/v1/feedback", rows);
const REASONS = ["wrong", "incomplete", "outdated", "not_asked"];

/** Thumbs and what follows from a thumb down, for one answer. */
export function marks(answer) {
  const after = h("div", { className: "after" });
  const thumb = (value, word, shape) =>
    h("button", {
      type: "button", className: "plain-icon", "aria-label": t(word), title: t(word), "aria-pressed": "false",
      onclick: async (event) => {
        const button = event.currentTarget;
        try {
          await send({ answer: answer.id, kind: "thumb", value });
        } catch (problem) {
          after.replaceChildren(problemBox(problem));
          return;
        }
        for (const other of button.parentElement.querySelectorAll("button[aria-pressed]")) other.setAttribute("aria-pressed", "false");
        button.setAttribute("aria-pressed", "true");
        if (value === "up") thank(after, "thanks");
        else after.replaceChildren(reasons(answer, after));
      },
    }, icon(shape));
  return [h("span", { className: "thumbs", role: "group" }, thumb("up", "good", "up"), thumb("down", "bad", "down")), after];
}

function reasons(answer, after) {
  const answered = answer.outcome === "answered";
  const hint = t(answered ? "why_hint" : "right_answer");
  const words = h("textarea", { rows: "2", maxlength: "2000", placeholder: hint, "aria-label": hint });
  const choices = answered ? [...REASONS, "should_abstain"] : ["wrong", "not_asked"];
  const boxes = choices.map((name) => h("input", { type: "checkbox", value: name }));
  const form = h("form", { className: "reasons" },
    h("fieldset", {}, h("legend", {}, t("why")),
      choices.map((name, place) => h("label", {}, boxes[place], t(name)))),
    words,
    h("div", { className: "buttons" },
      h("button", { type: "submit", className: "primary" }, t("send_reason")),
      h("button", { type: "button", onclick: () => after.replaceChildren() }, t("cancel"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    const text = words.value.trim();
    const reason = [...chosen.filter((name) => name !== "should_abstain"), answered ? text : ""].filter(Boolean).join(": ");
    const rows = [];
    if (chosen.includes("should_abstain")) rows.push({ answer: answer.id, kind: "should_abstain", value: true });
    if (reason) rows.push({ answer: answer.id, kind: "reason", value: reason });
    if (!answered && text) rows.push({ answer: answer.id, kind: "expert_answer", value: text });
    try {
      if (rows.length) await send(rows);
      thank(after, "thanks");
    } catch (problem) {
      form.append(problemBox(problem));
    }
  });
  queueMicrotask(() => boxes[0].focus());
  return form;
}

/** The button that lets a statement be corrected where it stands. */
export function editor(answer, statement, text) {
  const holder = text.parentElement;
  const button = h("button", { type: "button", className: "plain-icon edit", "aria-label": `${t("edit")}: ${statement.text}`, title: t("edit") }, icon("edit"));
  button.addEventListener("click", () => {
    const before = text.textContent;
    text.textContent = before; // a row's cells are edited as one text
    const done = (value) => {
      text.textContent = value;
      for (const name of ["contenteditable", "role", "aria-label", "aria-multiline"]) text.removeAttribute(name);
      text.onkeydown = null;
      buttons.remove();
      holder.classList.remove("editing");
      button.focus();
    };
    const save = async () => {
      const after = text.textContent.trim();
      if (!after || after === before) return done(before);
      try {
        await send({ answer: answer.id, kind: "edit", statement: statement.id, value: { before, after } });
      } catch (problem) {
        buttons.append(problemBox(problem));
        return undefined;
      }
      done(after);
      if (!holder.querySelector(".note")) holder.append(h("span", { className: "note" }, t("edited")));
      say(t("thanks_edit"));
      return undefined;
    };
    const buttons = h("span", { className: "buttons" },
      h("button", { type: "button", className: "primary", onclick: save }, t("save")),
      h("button", { type: "button", onclick: () => done(before) }, t("cancel")));
    // plaintext-only: what is pasted cannot bring markup along.
    text.setAttribute("contenteditable", "plaintext-only");
    text.setAttribute("role", "textbox");
    text.setAttribute("aria-multiline", "false");
    text.setAttribute("aria-label", t("edit"));
    text.onkeydown = (event) => {
      if (event.key === "Enter") event.preventDefault(), save();
      if (event.key === "Escape") event.stopPropagation(), done(before);
    };
    holder.classList.add("editing");
    holder.append(buttons);
    text.focus();
  });
  return button;
}

/** The button in the side panel: this source does not support the sentence. */
export function wrongCitation(answer, statement, citation) {
  const button = h("button", { type: "button", className: "small" }, t("citation_wrong"));
  button.addEventListener("click", async () => {
    try {
      await send({ answer: answer.id, kind: "citation", statement: statement.id, citation: citation.id, value: "wrong" });
      button.replaceWith(h("p", { className: "note" }, t("thanks")));
      say(t("thanks"));
    } catch (problem) {
      button.after(problemBox(problem));
    }
  });
  return button;
}

function thank(after, word) {
  after.replaceChildren(h("p", { className: "note" }, t(word)));
  say(t(word));
}
