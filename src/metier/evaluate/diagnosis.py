"""Which stage of a system broke since it was last measured, told from answers alone.

Seen are the answers of before and of now to the same cases, and the documents, as a workspace of one's own has read them (the
twin). The wrong answers of now are compared with what the twin would say if one stage had failed: its evidence without the gold
passages, without one way to search, in the mixture's order, cut short, a generator that passes over what it needs, ... The stage
whose failure gives the answers that were seen gets the votes. What was lost before ranking is told apart by asking: if the gold
words themselves, put as a question, are not found, while other words of the document are, reading lost them.

It names the one stage most votes go to; faults of two stages at once show as one of them. Where nothing got significantly
worse it names none.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from metier.evaluate.attribution import Given, carried, said_too_much
from metier.evaluate.certificate import binomial_p_value
from metier.evaluate.grade import TO_ANSWER, grade
from metier.evaluate.needed import Corpus, Needed, needed, place_of
from metier.evaluate.run import Row
from metier.evaluate.suites import DEFAULT_USER
from metier.flow.answer import rehearse
from metier.flow.answering import Answering
from metier.flow.finding import Found, find
from metier.types import Access, Answer, Case, Evidence, Hit, Outcome

SURE = 0.05  # most probability of as many broken answers where nothing changed: 5 broken and none better
LOOKED_AT = 12  # broken answers that are replayed; each takes about two seconds of one core
_ALIKE = 0.5  # replays less alike to what was seen explain nothing
_FOUND = 3  # titles an abstention names
_LESS = 0.9  # likeness of a dropped statement where statements are missing; a replay that gives the very same explains more
_CUTS = (1, 3)  # passages a ranking that is cut short leaves
_UPSTREAM = "not retrieved"
_BOTH, _TORN = frozenset({"wrongly abstained", "ignored by the generator"}), "torn"
_SEPARATED = (
    0.85  # P(an answer that stayed was surer than one that went) from which a threshold explains what went
)

Votes = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`stage` is "" where nothing got significantly worse, or no replay explains it."""

    broken: int  # right before, not now
    better: int  # right now, not before
    p: float  # of as many broken ones where nothing changed (exact, one-sided)
    stage: str
    votes: Votes


def diagnose(
    before: Sequence[Row],
    now: Sequence[Row],
    twin: Corpus,
    ask: Callable[[Case], Answer] | None = None,
    most: int = LOOKED_AT,
    level: float = SURE,
) -> Diagnosis:
    """What broke between two runs of the same cases; nothing is named unless so many broken answers have at most the probability
    `level` where nothing changed (less than 5% for who looks more than once). `ask` puts a question to the system of now, for the few questions that
    tell reading from retrieval; without it both are "not retrieved"."""
    old = {row.case.id: row for row in before}
    pairs = [(old[row.case.id], row) for row in now if row.case.id in old]
    broken = [(was, row) for was, row in pairs if _right(was) and not _right(row)]
    better = sum(_right(row) and not _right(was) for was, row in pairs)
    p = notice(len(broken), better)
    if p > level:
        return Diagnosis(len(broken), better, p, "", {})
    votes: dict[str, float] = defaultdict(float)
    lost: list[tuple[Case, list[Needed], Access]] = []
    for was, row in broken[:most]:
        access = _access(row.case, twin)
        pieces = needed(row.case, twin, access) if row.case.kind in TO_ANSWER else []
        own = _symptoms(row.case, was.answer, row.answer, pieces, twin, access)
        if _UPSTREAM in own:
            lost.append((row.case, pieces, access))
        _add(votes, {_TORN: sum(own.values())} if own.keys() == _BOTH else own)
    _tell_doubt_apart(votes, broken, pairs)
    if ask is not None and lost:
        _tell_reading_apart(votes, lost, twin, ask)
    ordered = sorted(votes.items(), key=lambda pair: (-pair[1], pair[0]))
    told = {stage: round(count, 2) for stage, count in ordered if count}
    return Diagnosis(len(broken), better, p, next(iter(told), ""), told)


def notice(broken: int, better: int) -> float:
    """Probability of so many broken answers, or more, among those that changed where nothing got worse (exact, one-sided)."""
    return binomial_p_value(better, broken + better, 0.5) if broken + better else 1.0


def _add(votes: dict[str, float], more: Votes) -> None:
    for stage, count in more.items():
        votes[stage] += count


def _right(row: Row) -> bool:
    return row.answer is not None and grade(row.answer, row.case).right


def _access(case: Case, twin: Corpus) -> Access:
    return twin.settings.access(None if case.user == DEFAULT_USER else case.user)


# --- one answer ---------------------------------------------------------------------------------------------------------


def _symptoms(
    case: Case, was: Answer | None, now: Answer | None, pieces: Sequence[Needed], twin: Corpus, access: Access
) -> Votes:
    """One vote, on the stage or shared by the stages whose failure explains the answer; none if nothing does."""
    if now is None or was is None:
        return {"system error": 1.0}
    if case.kind not in TO_ANSWER:
        return {said_too_much(case, now)[0]: 1.0}
    if now.outcome is Outcome.REFUSED:
        return {"refused at the door": 1.0}
    if now.outcome is Outcome.ABSTAINED and "verify" in now.timings_ms:
        return {"verification error": 1.0}  # sure enough to be verified, and nothing left
    if now.outcome is Outcome.ANSWERED:
        if any(not _is_in_corpus(citation.uri, citation.quote, twin) for citation in _cited(now)):
            return {"lost in extraction": 1.0}  # quotes what its document does not say
        if not all(map(carried, now.statements)):
            return {"ignored by the generator": 1.0}
    less = now.outcome is Outcome.ANSWERED and _places(now) < _places(was)  # the same, less what was right
    return _replayed(case, now, pieces, twin.journey(), access, _LESS if less else 0.0)


def _cited(answer: Answer) -> list[Any]:
    return [citation for item in answer.statements for citation in item.citations]


def _places(answer: Answer) -> set[tuple[str, str]]:
    return {(citation.uri, " ".join(citation.quote.split())) for citation in _cited(answer)}


def _is_in_corpus(uri: str, quote: str, twin: Corpus) -> bool:
    parts = twin.journey()
    live = next((item for item in parts.ledger.entries(uri=uri) if item.id in parts.ledger.live()), None)
    document = parts.documents.document(live.id) if live else None
    return document is not None and place_of(quote, document.text) is not None


def _replayed(
    case: Case, now: Answer, pieces: Sequence[Needed], parts: Answering, access: Access, less: float
) -> Votes:
    """The vote by replays: shared by the stages of those that are most like what was seen."""
    found = find(parts, case.question, access)
    gold = {passage.id for item in pieces for passage in item.passages}
    seen: dict[tuple[str, ...], Answer] = {}

    def said(evidence: Sequence[Evidence]) -> Answer:
        key = tuple(item.passage.id for item in evidence)
        if key not in seen:
            given = Given(tuple(evidence))
            alone = replace(parts, retrievers=(), mixer=given, reranker=given)
            seen[key] = rehearse(alone, case.question, access).answer
        return seen[key]

    titles = _titles(found.evidence)
    likeness: dict[str, float] = {
        "wrongly abstained": _like_abstention(titles, now),
        "verification error": less,
    }
    for evidence in _unread(found, gold):
        drafted = said(evidence)
        alike = (
            _like_abstention(titles, now) if drafted.outcome is Outcome.ABSTAINED else _alike(drafted, now)
        )
        _at_least(likeness, "ignored by the generator", alike)
    for stage, evidence in _failed(found, gold, parts):
        _at_least(likeness, stage, _alike(said(evidence), now))
    best = max(likeness.values())
    if best < _ALIKE:
        return _unexplained(now, titles, pieces)
    winners = [stage for stage, alike in likeness.items() if alike >= best - 1e-9]
    return {stage: best / len(winners) for stage in winners}


def _unexplained(now: Answer, titles: Sequence[str], pieces: Sequence[Needed]) -> Votes:
    """Half a vote for retrieval if the document that leads on the twin is not even named."""
    named = {citation.uri for citation in _cited(now)}
    told = set(now.abstention.found if now.abstention else ())
    missing = [
        item
        for item in pieces
        if item.passages and item.passages[0].title in titles and item.uri not in named and item.passages[0].title not in told
    ]  # fmt: skip
    return {_UPSTREAM: 0.5} if missing else {}


def _at_least(likeness: dict[str, float], stage: str, alike: float) -> None:
    likeness[stage] = max(alike, likeness.get(stage, 0.0))


def _unread(found: Found, gold: set[str]) -> list[list[Evidence]]:
    """What a generator may have read that passes over something: the gold passages, or those that lead."""
    return [
        [item for item in found.evidence if item.passage.id not in gold],
        list(found.evidence[2:]),
    ]


def _failed(found: Found, gold: set[str], parts: Answering) -> list[tuple[str, list[Evidence]]]:
    """Evidence as failures of search and of ranking would leave it."""
    query, wide, narrow = found.query, parts.wide, parts.narrow
    pool = parts.mixer.mix(query, found.rankings, wide)
    out: list[tuple[str, list[Evidence]]] = [("ranked below the cut", pool[:narrow])]
    out += [("ranked below the cut", list(found.evidence[:cut])) for cut in _CUTS]
    worst = parts.reranker.rerank(query, pool, len(pool))[narrow:]
    out.append(("ranked below the cut", worst[::-1][:narrow]))
    documents = {item.passage.document for item in pool if item.passage.id in gold}
    less: list[Mapping[str, Sequence[Hit]]] = [
        {leg: [hit for hit in hits if hit.passage.id not in gold] for leg, hits in found.rankings.items()},
        {
            leg: [hit for hit in hits if hit.passage.document not in documents]
            for leg, hits in found.rankings.items()
        },
    ]
    for leg in found.rankings:
        less.append({name: hits if name != leg else () for name, hits in found.rankings.items()})
        less.append({name: hits if name == leg else () for name, hits in found.rankings.items()})
    for rankings in less:
        mixed = parts.mixer.mix(query, rankings, wide)
        out.append((_UPSTREAM, parts.reranker.rerank(query, mixed, narrow)))
    return out


def _titles(evidence: Sequence[Evidence]) -> list[str]:
    return list(dict.fromkeys(item.passage.title for item in evidence))[:_FOUND]


def _like_abstention(titles: Sequence[str], now: Answer) -> float:
    return _same_titles(titles, now.abstention.found) if now.abstention else 0.0


def _alike(one: Answer, other: Answer) -> float:
    """0 if they end differently; else from .2 up, by the places cited or, of abstentions, by the titles found."""
    if one.outcome is not other.outcome:
        return 0.0
    if one.abstention and other.abstention:
        return _same_titles(one.abstention.found, other.abstention.found)
    a, b = _places(one), _places(other)
    return 0.2 + 0.8 * len(a & b) / max(1, len(a | b))


def _same_titles(one: Sequence[str], other: Sequence[str]) -> float:
    longest = max(len(one), len(other), 1)
    return 0.2 + 0.8 * sum(a == b for a, b in zip(one, other, strict=False)) / longest


# --- doubt or oversight ---------------------------------------------------------------------------------------------------


def _tell_doubt_apart(
    votes: dict[str, float], broken: Sequence[tuple[Row, Row]], pairs: Sequence[tuple[Row, Row]]
) -> None:
    """Votes torn between a generator that passes something over and one that is too unsure: doubt takes the answers that
    were least sure before, oversight takes any."""
    torn = votes.pop(_TORN, 0.0)
    if not torn:
        return
    gone = {row.case.id for _, row in broken}
    were = [
        (was.confidence, was.case.id in gone)
        for was, _ in pairs
        if _right(was) and was.confidence is not None and was.answer is not None and was.answer.statements
    ]
    lost = [confidence for confidence, went in were if went]
    kept = [confidence for confidence, went in were if not went]
    if not lost or not kept:
        votes["wrongly abstained"] += (
            torn  # who passes over what leads would say something wrong now and then
        )
        return
    surer = sum((one > two) + (one == two) / 2 for one in kept for two in lost) / (len(kept) * len(lost))
    votes["wrongly abstained" if surer >= _SEPARATED else "ignored by the generator"] += torn


# --- reading or retrieval -------------------------------------------------------------------------------------------------


def _tell_reading_apart(
    votes: dict[str, float],
    lost: Sequence[tuple[Case, list[Needed], Access]],
    twin: Corpus,
    ask: Callable[[Case], Answer],
) -> None:
    """Moves the votes for retrieval to reading by the share of cases in which the gold words are not there to be found."""
    told = [
        unread
        for case, pieces, access in lost
        if (unread := _is_unread(case, pieces, access, twin, ask)) is not None
    ]
    if told:
        moved = votes[_UPSTREAM] * sum(told) / len(told)
        votes[_UPSTREAM] -= moved
        votes["lost in extraction"] += moved


def _is_unread(
    case: Case, pieces: Sequence[Needed], access: Access, twin: Corpus, ask: Callable[[Case], Answer]
) -> bool | None:
    """True if the gold words are not found by themselves, but others of their document are; None if that does not tell."""
    parts = twin.journey()

    def answers(question: str) -> tuple[Answer, Answer]:
        put = replace(case, question=question)
        return rehearse(parts, question, access).answer, ask(put)

    for item in pieces:
        if item.standing != "there":
            continue
        ours, theirs = answers(item.quote)
        if not _quotes(ours, item.uri, item.quote):
            continue  # the twin does not answer it either
        if _quotes(theirs, item.uri, item.quote):
            return False
        for other in _other_words(item, access, twin):
            ours, theirs = answers(other)
            if _names(ours, item):
                return _names(theirs, item)
    return None


def _quotes(answer: Answer, uri: str, quote: str) -> bool:
    return any(one.uri == uri and place_of(quote, one.quote, 0.6) is not None for one in _cited(answer))


def _names(answer: Answer, item: Needed) -> bool:
    title = item.passages[0].title
    return any(one.uri == item.uri for one in _cited(answer)) or (
        answer.abstention is not None and title in answer.abstention.found
    )


def _other_words(item: Needed, access: Access, twin: Corpus) -> list[str]:
    """Beginnings of the other passages of the document, running text first."""
    gold = {passage.id for passage in item.passages}
    others = [
        passage
        for passage in twin.passages(access.principal, item.passages[0].document)
        if passage.id not in gold
    ]
    ordered = sorted(others, key=lambda passage: (passage.kind != "text", -len(passage.text)))
    return [" ".join(passage.text.split()[:25]) for passage in ordered[:2]]
