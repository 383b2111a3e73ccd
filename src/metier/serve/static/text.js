// The text of a document as elements: headings, lists, tables, with the cited range marked.
// Ranges count code points, JavaScript's strings count UTF-16 units; every cut goes through `cut`.

import { h } from "./core.js";

const ROWS_AROUND = 15; // rows shown before and after a marked cell; a sheet can have a hundred thousand

/** A function (from, to) -> text over the code points of a document whose text starts at `text_start`. */
function cutter(found) {
  const points = Array.from(found.text);
  return (from, to) =>
    points.slice(Math.max(0, from - found.text_start), Math.max(0, to - found.text_start)).join("");
}

/** Elements for one range of a document, with `mark` ({start, end} or null) marked. */
export function textOf(found, from, to, mark) {
  const cut = cutter(found);
  const blocks = found.blocks.filter((block) => block.start < to && block.end > from);
  const inside = (range) => mark && mark.start < range.end && mark.end > range.start;
  const missed = inside({ start: from, end: to }) && !blocks.some(inside);
  if (!blocks.length || missed) return [h("p", { className: "plain" }, marked(cut, from, to, mark))];
  return blocks.map((block) => {
    if (block.kind === "table" && block.cells.length) return table(block, mark);
    const words = marked(cut, Math.max(block.start, from), Math.min(block.end, to), mark);
    if (block.kind === "heading") return h("p", { className: "block heading", role: "heading", "aria-level": "3" }, words);
    if (block.kind === "code") return h("pre", { className: "block" }, words);
    return h("p", { className: `block ${block.kind}` }, words);
  });
}

function marked(cut, from, to, mark) {
  if (!mark || mark.start >= to || mark.end <= from) return [cut(from, to)];
  const low = Math.max(from, mark.start);
  const high = Math.min(to, mark.end);
  return [cut(from, low), h("mark", {}, cut(low, high)), cut(high, to)];
}

const touches = (cell, mark) => mark && cell.start < mark.end && cell.end > mark.start;

function table(block, mark) {
  const rows = new Map();
  for (const cell of block.cells) {
    if (!rows.has(cell.row)) rows.set(cell.row, []);
    rows.get(cell.row).push(cell);
  }
  const order = [...rows.keys()].sort((a, b) => a - b);
  const hit = order.findIndex((row) => rows.get(row).some((cell) => touches(cell, mark)));
  const middle = Math.max(hit, 0);
  const shown = order.filter(
    (row, place) => Math.abs(place - middle) <= ROWS_AROUND || rows.get(row).every((cell) => cell.header),
  );
  const body = shown.map((row) => {
    const cells = rows.get(row).sort((a, b) => a.column - b.column);
    return h("tr", {}, cells.map((cell) => cellOf(cell, mark)));
  });
  const more = order.length - shown.length;
  const caption = more > 0 ? h("caption", {}, `… ${more} …`) : null;
  return h("div", { className: "block scroll", tabindex: "0", role: "region", "aria-label": "table" },
    h("table", {}, caption, h("tbody", {}, body)));
}

function cellOf(cell, mark) {
  const spans = {
    colspan: cell.column_span > 1 ? String(cell.column_span) : null,
    rowspan: cell.row_span > 1 ? String(cell.row_span) : null,
  };
  const inside = touches(cell, mark) ? h("mark", {}, cell.text) : cell.text;
  return h(cell.header ? "th" : "td", cell.header ? { ...spans, scope: "col" } : spans, inside);
}
