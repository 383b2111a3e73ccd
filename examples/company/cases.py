"""Gold cases: questions worded by the seed, answers filled from the same facts as the documents."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from examples.company.access import may_see
from examples.company.asked import asked, by_hand
from examples.company.library import Library
from examples.company.markup import fill, stable
from examples.company.model import Anchor, GoldCase, GoldEvidence, Rendered
from examples.company.world import USERS

Pages = Mapping[str, Sequence[str]]  # uri -> text of each page, for PDFs


def build_cases(
    declared: Sequence[Mapping[str, Any]], library: Library, seed: int, pages: Pages
) -> list[GoldCase]:
    """The 300 cases of one seed, in the order of the content files.

    Each declares wordings close to the documents' (`plain`), wordings that avoid their terms (`hand`), or both.
    Raises KeyError for an unknown anchor or fact.
    """
    documents = {document.id: document for document in library.documents}

    def build(case: Mapping[str, Any], hand: bool) -> GoldCase:
        return _build(case, library, documents, seed, pages, hand)

    drafts = [build(case, "plain" not in case) for case in declared]
    kept = asked(drafts, seed)
    drafts = [draft for draft in drafts if draft.id in kept]
    hand = by_hand(drafts, {case["id"] for case in declared if "hand" in case}, seed)
    content = {case["id"]: case for case in declared}
    return [build(content[draft.id], True) if draft.id in hand else draft for draft in drafts]


def _build(
    case: Mapping[str, Any],
    library: Library,
    documents: Mapping[str, Rendered],
    seed: int,
    pages: Pages,
    hand: bool,
) -> GoldCase:
    anchors = [_anchor(library, key, case["id"]) for key in case.get("e", [])]
    sources = [documents[anchor.document] for anchor in anchors]
    spoken = sources[0].language if sources else case.get("lang", "en")
    language = case.get("lang", spoken)
    group = case.get("group") or (anchors[0].document if anchors else case["id"].split("-")[0])
    outdated = fill(case["old"], library.world, spoken) if "old" in case else ""
    kind = case.get("kind") or ("superseded" if outdated else "answerable")
    return GoldCase(
        id=case["id"],
        question=fill(_wording(case, seed, hand), library.world, language),
        user=case.get("user") or _some_user(case["id"], [source.uri for source in sources]),
        kind=kind,
        answers=tuple(fill(answer, library.world, spoken) for answer in case.get("a", [])),
        answer_type=case.get("type", "span"),
        scale=case.get("scale", ""),
        tolerance=float(case.get("tolerance", 0)),
        evidence=tuple(
            GoldEvidence(source.uri, anchor.quote, _page(source, anchor.quote, pages))
            for anchor, source in zip(anchors, sources, strict=True)
        ),
        group=group,
        split="tuning" if hashlib.sha256(group.encode()).digest()[0] % 2 == 0 else "checking",
        tags=_tags(case, anchors, sources, language, outdated, hand),
    )


def _wording(case: Mapping[str, Any], seed: int, hand: bool) -> str:
    wordings: Sequence[str] = case["hand" if hand else "plain"]
    # seeds 1, 2 and 3 get wordings 0, 1 and 1 further on: questions of the tuning seed are asked differently later
    return wordings[(stable(case["id"]) + seed // 2) % len(wordings)]


def _anchor(library: Library, key: str, case: str) -> Anchor:
    if key not in library.anchors:
        raise KeyError(f"case {case}: no anchor {key!r} in any document")
    return library.anchors[key]


def _some_user(case: str, uris: Sequence[str]) -> str:
    """One of the people who may see all the evidence, the same one for every seed."""
    able = [user for user in USERS if all(may_see(user, uri) for uri in uris)]
    if not able:
        raise ValueError(f"case {case}: nobody may see all of {', '.join(uris)}")
    return able[stable(case) % len(able)]


def _page(source: Rendered, quote: str, pages: Pages) -> int | None:
    if source.ending != "pdf":
        return None
    if source.scanned:
        return 1
    for number, text in enumerate(pages[source.uri], start=1):
        if quote in text:
            return number
    raise ValueError(f"{source.uri}: the quote {quote!r} is not on any one page")


def _tags(
    case: Mapping[str, Any],
    anchors: Sequence[Anchor],
    sources: Sequence[Rendered],
    language: str,
    outdated: str,
    hand: bool,
) -> tuple[str, ...]:
    comparison = case.get("type") == "comparison"
    tags = {
        "hand_worded": hand,
        "comparison": comparison,
        "two_hop": len(anchors) > 1 and not comparison and not case.get("one_hop"),
        "table": any(anchor.table for anchor in anchors),
        "scanned": any(source.scanned for source in sources),
        "de": language == "de",
        "cross_language": any(source.language != language for source in sources),
    }
    named = [tag for tag, holds in tags.items() if holds]
    near = [f"near:{key}" for key in case.get("near", [])]
    return (*named, *case.get("tags", []), *near, *([f"outdated:{outdated}"] if outdated else []))
