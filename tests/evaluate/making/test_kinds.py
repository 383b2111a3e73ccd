from metier.evaluate.making.filters import reason_against, unique
from metier.evaluate.making.kinds import MAKERS, Draft, outside
from metier.evaluate.making.library import Library
from metier.types import Document
from tests.evaluate.making.world import LEASE, PUMPS, RULES, STAFF, document, settings, world


def drafts(maker: str, of: Document, made: Library | None = None) -> list[Draft]:
    return list(MAKERS[maker](made or world(), settings(), of.id, "s"))


def test_single_and_cell_split_the_facts() -> None:
    assert {draft.answers for draft in drafts("single", LEASE)} == {("EUR 21,000",), ("30 September 2030",)}
    assert len(drafts("cell", PUMPS)) == 6
    assert all(draft.tags == ("table",) for draft in drafts("cell", PUMPS))


def test_two_hops_go_through_a_cell_to_another_table() -> None:
    found = drafts("two_hop", RULES)
    assert {draft.answers[0] for draft in found} <= {"Head of Purchasing", "Head of Sales", "211", "344"}
    assert all(draft.documents == (RULES.id, STAFF.id) and len(draft.evidence) == 2 for draft in found)


def test_comparisons_name_the_row_with_the_higher_figure() -> None:
    figures = {"Ondara": (12, 80), "Pulsano": (16, 18), "Tempora": (9, 25)}
    for draft in drafts("comparison", PUMPS):
        column = 0 if "Weight" in draft.question else 1
        named = [name for name in figures if f'"{name}"' in draft.question]
        assert draft.answers == (max(named, key=lambda name: figures[name][column]),)
    assert drafts("comparison", STAFF) == []  # phone numbers are not higher or lower


def test_a_complete_list_has_every_row_with_the_value() -> None:
    table = [
        ["Site", "Shift"],
        ["Ulm", "two"],
        ["Gera", "two"],
        ["Celle", "three"],
        ["Kiel", "three"],
        ["Kiel", "three"],
    ]
    made = document("a.md", "Sites", table)
    (one,) = drafts("complete", made, world((made,)))
    assert one.question == 'Which entries does "Sites" list with "two" as "Shift"? Name all of them.'
    assert (set(one.answers), one.answer_type, len(one.evidence)) == ({"Ulm", "Gera"}, "list", 2)
    assert reason_against(one, world((made,)), settings()) == ""


def test_a_newer_version_is_asked_for_with_the_older_value_marked() -> None:
    found = {draft.answers[0]: draft for draft in drafts("in_force", RULES)}
    assert found["14 days"].kind == "superseded"
    assert "outdated:30 days" in found["14 days"].tags
    assert "outdated:EUR 40,000" in found["EUR 50,000"].tags


def test_near_misses_are_said_nowhere() -> None:
    made = world()
    rent = drafts("near_miss", LEASE, made)
    assert any("Nordic Valves Ltd" in draft.question for draft in rent)
    pumps = drafts("near_miss", PUMPS, made)
    assert {draft.kind for draft in (*rent, *pumps)} == {"unanswerable"}
    assert all("Ventilo" in draft.question or "Stoppo" in draft.question for draft in pumps)
    answered = Draft("near_miss", "unanswerable", "How heavy is the Ondara?", "en", (PUMPS.id,),
                     words=frozenset({"weight", "ondara"}))  # fmt: skip
    assert reason_against(answered, made, settings()) == "a document may answer it after all"


def test_a_row_that_a_manual_in_another_language_may_have_is_no_near_miss() -> None:
    pump = document("a/ondara.md", "Ondara 45", [["Property", "Value"], ["Weight", "12"], ["Flow", "80"]])
    acid = document("b/acid.md", "Descalit", [["Property", "Value"], ["Density", "2"], ["Colour", "red"]])
    manual = document("c/manual.md", "Anleitung Ondara 45", "Die Dichte steht auf Ondara 45.", language="de")
    made = world((pump, acid))
    (draft, *_) = drafts("near_miss", pump, made)
    assert reason_against(draft, made, settings()) == ""
    assert (
        reason_against(draft, world((pump, acid, manual)), settings()) == "a document may answer it after all"
    )


def test_private_data_is_asked_of_people_who_are_named() -> None:
    assert all("Berg" in d.question or "Kern" in d.question for d in drafts("private", RULES))
    assert drafts("private", LEASE) == []


def test_secrets_are_asked_by_who_may_not_see_them() -> None:
    assert {draft.user for draft in drafts("forbidden", STAFF)} == {"otto"}
    assert drafts("forbidden", LEASE) == []


def test_questions_outside_begin_with_the_jobs_own_examples() -> None:
    found = outside(settings(), "s")
    assert found[0].question == "Which tax class should I choose?"
    assert all(draft.kind == "out_of_scope" for draft in found)


def test_the_documents_name_is_left_out_where_nothing_else_could_be_meant() -> None:
    made = world()
    questions = {unique(draft, made).question for draft in drafts("single", LEASE, made)}
    assert "How much is the monthly rent to Harbour Estates Ltd?" in questions
