from dataclasses import replace

from metier.evaluate.making.filters import is_repeated, reason_against
from metier.evaluate.making.kinds import MAKERS, Draft
from metier.text.analyze import content_words
from metier.types import EvidenceQuote
from tests.evaluate.making.world import LEASE, OLD, PUMPS, STAFF, document, settings, world


def rent() -> Draft:
    return next(d for d in MAKERS["single"](world(), settings(), LEASE.id, "s") if "rent" in d.question)


def why(draft: Draft, *more: object) -> str:
    made = world((LEASE, OLD, PUMPS, STAFF, *more))  # type: ignore[arg-type]
    return reason_against(draft, made, settings())


def test_a_good_draft_passes() -> None:
    assert why(rent()) == ""


def test_evidence_must_be_there_and_say_it() -> None:
    elsewhere = replace(
        rent(), evidence=(EvidenceQuote(LEASE.uri, "The rent is nine hundred euros a week."),)
    )
    assert why(elsewhere) == "its evidence is not in the document"
    assert why(replace(rent(), answers=("EUR 99,000",))) == "its evidence does not state the answer"


def test_the_question_must_not_hold_the_answer() -> None:
    assert why(replace(rent(), question="Is the rent EUR 21,000?")) == "the question holds its answer"


def test_another_document_must_not_say_otherwise() -> None:
    other = document("legal/second.md", "Annex", "The monthly rent to Harbour Estates Ltd is EUR 25,000.")
    plain = replace(rent(), question=rent().plain)
    assert why(plain) == ""
    assert why(plain, other) == "another place says it otherwise"
    assert why(rent(), other) == ""  # names its document
    twin = document("legal/third.md", "Lease", "The monthly rent to Harbour Estates Ltd is EUR 25,000.")
    assert why(rent(), twin) == "another document has the same title"


def test_a_title_that_is_a_chapter_elsewhere_names_no_document() -> None:
    report = document("report.md", "Annual Report", "Rents went up.")
    block = replace(report.blocks[1], heading_path=("Lease",))
    assert (
        why(rent(), replace(report, blocks=(report.blocks[0], block)))
        == "another document has the same title"
    )


def test_a_secret_that_others_may_read_is_none() -> None:
    secret = next(iter(MAKERS["forbidden"](world(), settings(), STAFF.id, "s")))
    assert why(secret) == ""
    words = f"{secret.evidence[0].quote} Function Phone Name Staff list"
    assert why(secret, document("open.md", "Open list", words)) == "a document open to the asker says it, too"


def test_nearly_the_same_question_is_asked_once() -> None:
    words = frozenset(content_words("How high is the monthly rent of hall four?", "en"))
    assert is_repeated(replace(rent(), question="Of hall four, how high is the monthly rent?"), [words])
    assert not is_repeated(rent(), [words])
