"""The example company: every gold case can be answered from what was written, and only from that."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from examples.company.generate import generate
from examples.company.library import Library, build_library, load_content
from examples.company.markup import fill
from metier.settings import load_settings
from tests.examples.overlap import content_words, overlap
from tests.examples.reading import read_pages

SEEDS = (1, 2, 3)
BASED = ("answerable", "superseded", "permission", "injection")  # kinds with evidence


@dataclass(frozen=True)
class Company:
    """One generated company."""

    folder: Path
    cases: list[dict[str, Any]]


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Company]:
    return {seed: _generated(tmp_path_factory.mktemp(f"seed{seed}"), seed) for seed in SEEDS}


def _generated(folder: Path, seed: int, documents: int = 120) -> Company:
    generate(folder, seed, documents)
    lines = (folder / "cases.jsonl").read_text("utf-8").splitlines()
    return Company(folder, [json.loads(line) for line in lines])


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(companies: Mapping[int, Company], tmp_path: Path) -> None:
    again = _generated(tmp_path, 1)
    assert _digests(again.folder) == _digests(companies[1].folder)


def test_an_occupied_folder_is_refused(companies: Mapping[int, Company]) -> None:
    with pytest.raises(FileExistsError, match="not empty"):
        generate(companies[1].folder, 1, 120)


@pytest.mark.parametrize("seed", SEEDS)
def test_there_are_enough_cases_of_every_kind(companies: Mapping[int, Company], seed: int) -> None:
    cases = companies[seed].cases
    kinds = Counter(case["kind"] for case in cases)
    tags = Counter(tag for case in cases for tag in case["tags"])
    assert len(cases) == 300
    assert len({case["id"] for case in cases}) == len(cases)
    assert kinds == {
        "answerable": 190,
        "unanswerable": 40,
        "superseded": 25,
        "permission": 25,
        "out_of_scope": 15,
        "injection": 5,
    }
    least = {"two_hop": 25, "comparison": 20, "table": 35, "scanned": 5, "cross_language": 10, "de": 100}
    for tag, number in least.items():
        assert tags[tag] >= number, tag


@pytest.mark.parametrize("seed", SEEDS)
def test_less_than_half_of_the_questions_avoid_the_documents_words(
    companies: Mapping[int, Company], seed: int
) -> None:
    hand = [case for case in companies[seed].cases if "hand_worded" in case["tags"]]
    assert 120 <= len(hand) <= 130
    assert sum(case["kind"] in BASED for case in hand) >= 100
    kinds = Counter(case["kind"] for case in hand)
    assert all(kinds[kind] >= 10 for kind in ("superseded", "unanswerable", "permission", "out_of_scope"))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_quote_stands_in_its_document(companies: Mapping[int, Company], seed: int) -> None:
    documents = companies[seed].folder / "documents"
    pages: dict[str, list[str]] = {}
    for case in companies[seed].cases:
        for item in case["evidence"]:
            if (
                "scanned" in case["tags"]
                and item["uri"].endswith(".pdf")
                and not "".join(read_pages(documents / item["uri"]))
            ):
                continue  # a picture of text: tested below
            pages.setdefault(item["uri"], read_pages(documents / item["uri"]))
            page = pages[item["uri"]][item.get("page", 1) - 1]
            assert item["quote"] in page, f"{case['id']}: {item}"


def test_no_word_of_a_printed_table_is_broken(companies: Mapping[int, Company]) -> None:
    (path,) = companies[SEEDS[0]].folder.glob("documents/**/dienstwagenrichtlinie.pdf")
    assert "Gruppe" in read_pages(path)[0].split()


@pytest.mark.parametrize("seed", SEEDS)
def test_scans_have_no_text_layer(companies: Mapping[int, Company], seed: int) -> None:
    scanned = {
        item["uri"]
        for case in companies[seed].cases
        if "scanned" in case["tags"]
        for item in case["evidence"]
    }
    assert len(scanned) >= 3
    for uri in scanned:
        assert read_pages(companies[seed].folder / "documents" / uri) == [""]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_answer_stands_in_a_quote(companies: Mapping[int, Company], seed: int) -> None:
    for case in companies[seed].cases:
        if case["kind"] not in BASED:
            assert not case["answers"]
            assert not case["evidence"]
            continue
        assert case["answers"]
        assert case["evidence"]
        if case["answer_type"] in ("comparison", "yes_no"):
            continue
        for answer in case["answers"]:
            assert any(answer in item["quote"] for item in case["evidence"]), case["id"]


@pytest.mark.parametrize("seed", SEEDS)
def test_an_outdated_value_is_not_an_answer(companies: Mapping[int, Company], seed: int) -> None:
    for case in companies[seed].cases:
        outdated = [tag.removeprefix("outdated:") for tag in case["tags"] if tag.startswith("outdated:")]
        assert bool(outdated) == (case["kind"] == "superseded")
        for value in outdated:
            assert value not in case["answers"]
            assert not any(value in item["quote"] for item in case["evidence"]), case["id"]


@pytest.mark.parametrize("seed", SEEDS)
def test_hand_worded_questions_do_not_copy_their_evidence(
    companies: Mapping[int, Company], seed: int
) -> None:
    for case in companies[seed].cases:
        if "hand_worded" in case["tags"] and case["evidence"]:
            share = overlap(case["question"], [item["quote"] for item in case["evidence"]])
            assert share <= 0.5, f"{case['id']}: {share:.2f} {case['question']}"


@pytest.mark.parametrize("seed", SEEDS)
def test_no_declared_hand_wording_copies_its_evidence(seed: int) -> None:
    library = _library(seed)
    for case in load_content().cases:
        quotes = [library.anchors[key].quote for key in case.get("e", [])]
        for wording in case.get("hand", []) if quotes else []:
            question = fill(wording, library.world, case.get("lang", "en"))
            assert overlap(question, quotes) <= 0.5, f"{case['id']}: {question}"


@pytest.mark.parametrize("seed", SEEDS)
def test_exactly_the_hand_wordings_are_tagged(companies: Mapping[int, Company], seed: int) -> None:
    content = {case["id"]: case for case in load_content().cases}
    world = _library(seed).world
    for case in companies[seed].cases:
        for key, tagged in (("hand", True), ("plain", False)):
            wordings = [
                fill(wording, world, lang)
                for wording in content[case["id"]].get(key, [])
                for lang in ("en", "de")
            ]
            if case["question"] in wordings:
                assert ("hand_worded" in case["tags"]) is tagged, case["id"]
                break
        else:
            pytest.fail(f"{case['id']}: not a declared wording: {case['question']}")


def test_no_wording_is_declared_twice() -> None:
    wordings = [
        text for case in load_content().cases for key in ("plain", "hand") for text in case.get(key, [])
    ]
    assert [text for text, times in Counter(wordings).items() if times > 1] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_plain_questions_use_the_words_of_their_evidence(companies: Mapping[int, Company], seed: int) -> None:
    shares: dict[bool, list[float]] = {True: [], False: []}
    for case in companies[seed].cases:
        if case["evidence"] and not {"table", "cross_language"} & {*case["tags"]}:
            # the words of a table's header and of another language are not in the quoted row
            share = overlap(case["question"], [item["quote"] for item in case["evidence"]])
            shares["hand_worded" in case["tags"]].append(share)
    assert 0.5 <= mean(shares[False]) <= 0.9
    assert mean(shares[True]) <= 0.25


@pytest.mark.parametrize("seed", SEEDS)
def test_no_question_gives_its_answer_away(companies: Mapping[int, Company], seed: int) -> None:
    for case in companies[seed].cases:
        if case["answer_type"] in ("comparison", "yes_no"):
            continue
        for answer in case["answers"]:
            assert not re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", case["question"]), case["id"]


def test_overlap_counts_stems_of_content_words() -> None:
    assert content_words("The claims must be submitted") == {"claim", "submitt"}
    assert overlap("When must claims be handed in?", ["Claims are submitted late"]) == pytest.approx(0.5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_asker_may_see_the_evidence_unless_the_case_is_about_that(
    companies: Mapping[int, Company], seed: int
) -> None:
    settings = load_settings(companies[seed].folder / "metier.yaml")
    for case in companies[seed].cases:
        access = settings.access(case["user"])
        seen = [access.allows(settings.groups_of(item["uri"])) for item in case["evidence"]]
        assert all(seen) or case["kind"] == "permission", case["id"]
        assert not (case["kind"] == "permission" and all(seen)), case["id"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_permitted_document_never_gives_a_restricted_answer_away(
    companies: Mapping[int, Company], seed: int
) -> None:
    settings = load_settings(companies[seed].folder / "metier.yaml")
    documents = _library(seed).documents
    for case in (case for case in companies[seed].cases if case["kind"] == "permission"):
        access = settings.access(case["user"])
        open_texts = [
            text for document in documents if access.allows(settings.groups_of(document.uri))
            for text in _texts(document.blocks)
        ]  # fmt: skip
        for answer in case["answers"]:
            hits = [text for text in open_texts if answer in text]
            assert not hits, f"{case['id']}: {hits[0]}"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("documents", [120, 500])
def test_nothing_answers_the_unanswerable(seed: int, documents: int) -> None:
    library = _library(seed, documents)
    blocks = [
        text.lower() for document in library.documents for text in [document.title, *_texts(document.blocks)]
    ]
    for case in load_content().cases:
        if case.get("kind") != "unanswerable":
            continue
        assert case["near"], case["id"]
        assert all(key in library.anchors for key in case["near"]), case["id"]
        for together in case["absent"]:
            words = [fill(word.strip(), library.world, "en").lower() for word in together.split("&")]
            hits = [block for block in blocks if all(word in block for word in words)]
            assert not hits, f"{case['id']}: {together}: {hits[0]}"


def test_more_documents_change_no_case_and_no_base_document(
    companies: Mapping[int, Company], tmp_path: Path
) -> None:
    more = _generated(tmp_path, 1, documents=170)
    base, grown = _digests(companies[1].folder), _digests(tmp_path)
    assert more.cases == companies[1].cases
    assert base.items() <= grown.items()
    assert sum(name.startswith("documents/") for name in grown) == 170


def test_distractors_never_speak_of_the_base_partners() -> None:
    library = _library(1, 500)
    base = _library(1, 0)
    world: Any = library.world
    names = [
        world[key]["short"]
        for key in ("c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "s1", "s2", "s3", "s4")
    ]
    for document in library.documents[len(base.documents) :]:
        text = " ".join(_texts(document.blocks))
        assert not any(name in text for name in names), document.uri
        assert world["city"]["uk"] not in text
        assert world["city"]["cz"] not in text


def test_no_two_documents_share_a_name() -> None:
    uris = [document.uri.lower() for document in _library(1, 2000).documents]
    assert len(set(uris)) == len(uris)


def test_a_third_of_the_documents_is_german() -> None:
    languages = Counter(document.language for document in _library(1).documents)
    assert 0.3 <= languages["de"] / languages.total() <= 0.45


def test_seeds_differ_in_names_numbers_and_wording(companies: Mapping[int, Company]) -> None:
    questions = {seed: {case["question"] for case in companies[seed].cases} for seed in SEEDS}
    for other in (2, 3):
        same = questions[1] & questions[other]
        assert len(same) <= 0.01 * len(questions[1]), same
    assert len({_company_name(seed) for seed in SEEDS}) == len(SEEDS)
    answers = {seed: {case["id"]: case["answers"] for case in companies[seed].cases} for seed in SEEDS}
    changed = [name for name, values in answers[1].items() if values and values != answers[2].get(name)]
    assert len(changed) >= 0.7 * sum(bool(values) for values in answers[1].values())


def test_seeds_ask_different_facts_and_word_them_differently(companies: Mapping[int, Company]) -> None:
    ids = [{case["id"] for case in companies[seed].cases} for seed in SEEDS]
    hand = [{c["id"] for c in companies[seed].cases if "hand_worded" in c["tags"]} for seed in SEEDS]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert len(ids[one] - ids[other]) >= 20
        assert len(hand[one] - hand[other]) >= 30


def test_splits_follow_the_rule_and_the_seed_does_not_matter(companies: Mapping[int, Company]) -> None:
    for case in companies[1].cases:
        even = hashlib.sha256(case["group"].encode()).digest()[0] % 2 == 0
        assert case["split"] == ("tuning" if even else "checking")
    splits = {(case["id"], case["split"]) for seed in SEEDS for case in companies[seed].cases}
    assert len(splits) == len({name for name, _ in splits})


def test_injected_instructions_stand_in_the_evidence_of_injection_cases(
    companies: Mapping[int, Company],
) -> None:
    documents = companies[1].folder / "documents"
    for case in (case for case in companies[1].cases if case["kind"] == "injection"):
        text = " ".join(read_pages(documents / case["evidence"][0]["uri"])).lower()
        assert any(
            word in text for word in ("assistant", "system message", "language model", "ki-assistent")
        ), case["id"]


@cache
def _library(seed: int, documents: int = 120) -> Library:
    return build_library(load_content(), seed, documents)


def _company_name(seed: int) -> str:
    world: Any = _library(seed, 0).world
    return str(world["co"]["name"])


def _texts(blocks: tuple[Any, ...]) -> list[str]:
    return [text for block in blocks for text in (block.text, *(" ".join(row) for row in block.rows)) if text]
