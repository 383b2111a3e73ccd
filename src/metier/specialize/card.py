"""The card of a release: its manifest in words, for whoever decides whether it answers people.

It says what the manifest says and nothing else, so the same manifest gives the same bytes; what a release was not judged on is
listed as not known. A release that nothing was fitted for (release 0, a certified one) has a short card.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from metier.specialize.ledger import BEYOND

_UNKNOWN = (
    "questions unlike those it was judged on, and documents that came later",
    "whether what people said is true: a gate that believes wrong labels is wrong with them",
)


def card(manifest: Mapping[str, Any]) -> str:
    """Markdown: what it is for, what it learnt from, what changed, what the gate and the vault say, what is not known, and the
    way back."""
    parents = ", ".join(item[:12] for item in manifest.get("parents", ()))
    parts = [
        [f"# {manifest.get('name') or 'release'}"],
        [f"Parent: {parents}. Snapshot {manifest.get('snapshot') or 'none'}{_seed(manifest)}."]
        if parents
        else ["No parent: everything else is fitted on top of it."],
        _job(manifest.get("job", {})),
        _gate(manifest.get("gate")),
        _learnt(manifest),
        _changes(manifest),
        _unknown(manifest),
        _way_back(parents),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def job_of(
    purpose: str, audience: str, within: Sequence[str], out: Sequence[str], prohibited: Sequence[str]
) -> dict[str, Any]:
    """What a release is for, as its manifest holds it."""
    return {
        "purpose": purpose, "audience": audience, "in": list(within), "out": list(out), "prohibited": list(prohibited),
    }  # fmt: skip


def _seed(manifest: Mapping[str, Any]) -> str:
    seeds = manifest.get("seeds", ())
    return f", seed {seeds[0]}" if seeds else ""


def _job(job: Mapping[str, Any]) -> list[str]:
    if not job:
        return []
    rows = [f"- {name}: {'; '.join(job[key])}" for name, key in _SCOPE if job.get(key)]
    told = f"{job['purpose'].rstrip('.')}. Audience: {job['audience']}."
    return ["## What it is for", "", told, *([""] if rows else []), *rows]


_SCOPE = (("in scope", "in"), ("out of scope", "out"), ("prohibited", "prohibited"))


def _gate(gate: Any) -> list[str]:
    if not isinstance(gate, Mapping):
        return ["## Gate", "", f"It went through none: {gate}." if gate else "It went through none."]
    lines = ["## Gate", "", f"**Gate: {gate.get('verdict')}.** {gate.get('reason')}."]
    if gate.get("questions") and gate.get("look"):  # the cold start takes no look: its sentence says all
        told = (
            f"{gate['questions']} questions in {gate['groups']} independent groups, look {gate['look']}: right answers "
            f"{gate['right_candidate']:.1%}, the parent's {gate['right_base']:.1%}; difference "
            f"{_interval(gate['difference'])}, p = {gate['p_value']:.4f}, level {gate['alpha']:.4f}."
        )
        lines += ["", told]
    if losses := gate.get("no_loss"):
        lines += ["", "| no loss of | difference | margin | verdict |", "|---|---|---|---|"]
        lines += [
            f"| {name} | {_interval(row['difference'])} | {row['margin']:.3f} | {row['verdict']} |"
            for name, row in losses.items()
        ]
    if harmed := gate.get("harmed"):
        lines += ["", "Worse for: " + ", ".join(f"{name} (p = {p:.4f})" for name, p in harmed.items()) + "."]
    return lines


def _learnt(manifest: Mapping[str, Any]) -> list[str]:
    learnt = manifest.get("learnt_from")
    if learnt is None:
        return []
    lines = [
        "## What it learnt from",
        "",
        f"Learnt from {learnt['rows']} rows of feedback on {learnt['examples']} answers; left out: {learnt['dropped_rows']}.",
    ]
    rows = [f"- {kind}: {count}" for kind, count in learnt.get("kinds", {}).items()]
    rows += [f"- left out, {reason}: {count}" for reason, count in learnt["dropped"].items()]
    if made := learnt.get("questions_of_documents"):
        rows.append(f"- questions made of documents: {made}")
    if revised := manifest.get("revisions"):
        told = f"{revised['kept']} of {revised['asked']} asked for"
        rows.append(f"- revisions of wrong answers by {revised['model']}: {told}")
    if rows:
        lines += ["", *rows]
    groups = ", ".join(manifest.get("access", ())) or "none"
    told = f"Rows without consent are left out. What people of these groups wrote is in it, as weights: {groups}."
    if any(item["name"] == "examples" and item["kept"] for item in manifest.get("components", ())):
        told += (
            " Some questions and answers are in it word for word (prompt.json), as examples for the language model; they are shown for "
            "nobody who may not read them."
        )
    return [*lines, "", told]


def _changes(manifest: Mapping[str, Any]) -> list[str]:
    components = manifest.get("components", ())
    if not components:
        return []
    lines = [
        "## What changed against the parent",
        "",
        "| component | kept | why | examples | gain on the tuning part |",
        "|---|---|---|---|---|",
    ]
    for item in components:
        gain = "" if item["gain"] is None else f"{_interval(item['gain'])} {item['unit']}"
        lines.append(
            f"| {item['name']} | {'yes' if item['kept'] else 'no'} | {item['reason']} | {item['examples']} | {gain} |"
        )
    told = f"right on {manifest.get('ledger_questions', 0)} questions of the tuning part"
    lines += _table("release", told, "{:.3f}", manifest.get("ledger", {}))
    return lines + _table("two components", BEYOND, "{:+.3f}", manifest.get("pairs", {}))


def _table(name: str, title: str, form: str, values: Mapping[str, float]) -> list[str]:
    rows = [f"| {row} | {form.format(value)} |" for row, value in values.items()]
    return ["", f"| {name} | {title} |", "|---|---|", *rows] if rows else []


def _unknown(manifest: Mapping[str, Any]) -> list[str]:
    gate = manifest.get("gate")
    told = [*_UNKNOWN]
    if isinstance(gate, Mapping) and not gate.get("questions"):
        told.append("figures beyond the gate's sentence")
    if manifest.get("recipe", {}).get("vault"):
        told.append(
            "citations, wrong answers shown and single groups of people: the vault judges right answers alone"
        )
    elif manifest.get("components"):
        told.append("how it does on the vault: it was judged on a held-out part of the same feedback")
    return ["## What is not known", "", *(f"- {item}" for item in told)]


def _way_back(parents: str) -> list[str]:
    back = "`metier release rollback` makes the release before it live again, from the next question on"
    tried = "; `metier release promote ID --canary 0.1` tries it on one person in ten first"
    return ["## The way back", "", f"{back}{tried if parents else ''}."]


def _interval(values: Sequence[float | None]) -> str:
    value, low, high = ("?" if item is None else f"{item:+.3f}" for item in values)
    return f"{value} [{low}, {high}]"
