"""The content files as rendered documents: wording chosen by the seed, facts filled in, families multiplied."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from examples.company.derived import derive
from examples.company.distractors import extra_facts
from examples.company.markup import Facts, choose, fill, parse
from examples.company.model import Anchor, Rendered
from examples.company.world import build_world

_CONTENT = Path(__file__).parent / "content"
_META = ("subtitle", "header", "from", "to", "date", "layout")


@dataclass(frozen=True, slots=True)
class Content:
    """Everything the content files declare, unrendered."""

    facts: Mapping[str, Sequence[Any]]
    documents: tuple[Mapping[str, Any], ...]
    cases: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Library:
    """The documents of one seed with the anchors found in them."""

    world: Facts
    documents: tuple[Rendered, ...]
    anchors: Mapping[str, Anchor]


@cache
def load_content() -> Content:
    """The content files, read in name order. Raises ValueError if two declare the same fact, document or case."""
    facts: dict[str, Sequence[Any]] = {}
    documents: list[Mapping[str, Any]] = []
    boilerplate: list[Mapping[str, str]] = []
    cases: list[Mapping[str, Any]] = []
    for path in sorted(_CONTENT.glob("*.yaml")):
        part = yaml.safe_load(path.read_text("utf-8"))
        facts |= part.get("facts", {})
        documents += part.get("docs", [])
        boilerplate += part.get("boilerplate", [])
        cases += part.get("cases", [])
    for what, ids in (("document", [d["id"] for d in documents]), ("case", [c["id"] for c in cases])):
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"content: {what} ids used twice: {', '.join(twice)}")
    return Content(facts, tuple(_ended(document, boilerplate) for document in documents), tuple(cases))


def _ended(document: Mapping[str, Any], boilerplate: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
    """The document with the closing sections that its folder and language call for."""
    language = document.get("lang", "en")
    endings = [
        b["body"] for b in boilerplate if document["uri"].startswith(b["match"]) and b["lang"] == language
    ]
    return {**document, "body": "\n\n".join([document["body"], *endings])}


def build_library(content: Content, seed: int, documents: int) -> Library:
    """At least `documents` rendered documents: the whole base company, then distractors until the number is reached."""
    world = build_world(seed, content.facts)
    world |= derive(world)
    rendered: list[Rendered] = []
    anchors: dict[str, Anchor] = {}
    for template, local in _instances(content.documents, world):
        document, found = _render(template, {**world, **local}, seed)
        rendered.append(document)
        anchors |= {anchor.key: anchor for anchor in found}
    families = [template for template in content.documents if template.get("scale")]
    for index in range(max(0, documents - len(rendered))):
        template = families[index % len(families)]
        x = extra_facts(seed, index, world)
        document, _ = _render(template, {**world, "x": x}, seed)
        rendered.append(document)
    return Library(world, tuple(rendered), anchors)


def _instances(
    templates: Sequence[Mapping[str, Any]], world: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for template in templates:
        if template.get("only_scale"):
            continue
        for key in template.get("keys", [None]):
            yield template, {} if key is None else {"x": world[key]}


def _render(template: Mapping[str, Any], facts: Facts, seed: int) -> tuple[Rendered, tuple[Anchor, ...]]:
    language = template.get("lang", "en")
    name = fill(template["id"], facts, "raw")

    def finish(text: str, part: str) -> str:
        return fill(choose(text, f"{name}/{part}", seed), facts, language)

    blocks, anchors = parse(finish(template["body"], "body"), name)
    meta = {key: finish(str(template[key]), key) for key in _META if key in template}
    co = facts["co"]
    meta["company"] = co["name"] if isinstance(co, Mapping) else ""
    meta.setdefault("footer", "Nur für den internen Gebrauch" if language == "de" else "For internal use")
    uri = fill(template["uri"], facts, "raw")
    return Rendered(name, uri, finish(template["title"], "title"), language, blocks, meta), anchors
