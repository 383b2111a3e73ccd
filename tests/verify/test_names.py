import pytest

from metier.verify.names import Names
from tests.verify.conftest import Run


@pytest.mark.parametrize(
    ("statement", "source", "ok"),
    [
        ("Complaints go to Anna Weber.", "Anna Weber handles complaints.", True),
        ("Complaints go to Peter Weber.", "Anna Weber handles complaints.", False),
        ("The unit AX-4711/B is blue.", "The AX 4711B is blue.", True),
        ("The unit AX-4712/B is blue.", "The AX-4711/B is blue.", False),
        ("He lives in the UK.", "He lives in the United Kingdom.", True),
        ("He lives in the US.", "He lives in the United Kingdom.", False),
        ("Zuständig ist Frau Müller.", "Zuständig ist Frau Mueller.", True),
        ("Die Nordwind GmbH liefert.", "Die Südwind GmbH liefert.", False),
        ("Nothing is named.", "Nothing.", True),
        ('The prefix is "python:" there.', 'The prefix is "plugin:" there.', False),
        ('The prefix is "plugin:" there.', "The prefix is 'plugin:' there.", True),
        ("It is set with --all-files.", "It is set with --some-files.", False),
        ("It is written in C++ for speed.", "It is written in C for speed.", False),
        ('A 3" pipe and a 5" pipe fit.', "Pipes of 3 and 5 inches fit.", True),
        ("Set no_warn_sasl first.", "First set no_warn_sasl.", True),
    ],
)
def test_names(run: Run, statement: str, source: str, ok: bool) -> None:
    (finding,) = run(Names(), statement, source)
    assert finding.ok is ok


def test_a_title_may_give_the_name_but_the_question_may_not(run: Run) -> None:
    assert run(Names(), "The weight of Castor is 5 kg.", "Weight: 5 kg", title="Castor manual")[0].ok
    assert not run(Names(), "The weight of Castor is 5 kg.", "Weight: 5 kg", question="How heavy is Castor?")[
        0
    ].ok


def test_a_name_that_begins_the_sentence_is_known_by_the_question(run: Run) -> None:
    question, source = "How dense is Descalit?", "The density is 1.08 g/cm3."
    (finding,) = run(Names(), "Descalit has a density of 1.08 g/cm3.", source, question=question)
    assert "Descalit" in finding.detail
    (finding,) = run(
        Names(), "Descalit has a density of 1.08 g/cm3.", source, question=question, title="Descalit"
    )
    assert finding.ok
    (finding,) = run(Names(), "Density is told as 1.08 g/cm3.", source, question=question)
    assert finding.ok
