"""People correct answers, the system learns, a gate judges, a release goes live and back: through the real parts."""

import time
from pathlib import Path

import pytest

from metier.api import open_workspace, specialize
from metier.evaluate.estimates import mean
from metier.evaluate.suites import Suite
from metier.evaluate.vault import create, status
from metier.specialize import cold_start
from metier.specialize.cleaning import SEALED
from metier.specialize.gate import Verdict
from metier.specialize.tuning import Component
from metier.system import System
from metier.types import Answer, Case, Release
from tests.stories.conftest import Cli, said

NAMES = [
    "Alder",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elder",
    "Fir",
    "Gorse",
    "Hazel",
    "Ivy",
    "Juniper",
    "Kelp",
    "Larch",
    "Maple",
    "Nettle",
    "Oak",
    "Pine",
    "Quince",
    "Rowan",
    "Spruce",
    "Thistle",
    "Umbra",
    "Vetch",
    "Willow",
    "Yarrow",
    "Zinnia",
    "Aster",
    "Briar",
    "Clover",
    "Daisy",
    "Erica",
    "Fern",
    "Gentian",
    "Heather",
    "Iris",
    "Jasmine",
    "Lotus",
    "Mallow",
    "Nerine",
    "Orchid",
    "Poppy",
    "Rose",
]


def write_sheets(folder: Path) -> None:
    """One sheet per machine: what is promised to customers stands beside what the sales brochure says."""
    folder.mkdir(parents=True)
    for number, name in enumerate(NAMES):
        (folder / f"{name.lower()}.md").write_text(
            f"# Data sheet of the {name} mill\n\nThe noise level of the {name} mill is {60 + number} dB according to the "
            f"brochure of the sales department.\n\nCertified: {160 + number} dB.\n\nThe {name} mill is painted blue and "
            "stands on four rubber feet.\n",
            encoding="utf-8",
        )


def question(name: str) -> str:
    return f"What is the noise level of the {name} mill?"


@pytest.fixture
def factory(tmp_path: Path) -> Cli:
    """A workspace with the sheets, ingested; without sentence vectors, which take a minute here and teach nothing new."""
    made = Cli(tmp_path)
    write_sheets(made.docs)
    made.run("init", "work", "--docs", "letters")
    settings = made.workspace / "metier.yaml"
    text = settings.read_text(encoding="utf-8")
    legs = "retrieve: {wide: 20, narrow: 8, legs: [keyword, static], known_items: 0}"
    made.settings(text.replace("retrieve: {wide: 60, narrow: 24}", legs))
    made.run("ingest", "--json")
    return made


def correct_all(system: System) -> list[Answer]:
    """Everybody is told the brochure's figure, and points at the certified one."""
    told = []
    for number, name in enumerate(NAMES[:-1]):
        answer = system.ask(question(name))
        better = {"uri": f"{name.lower()}.md", "quote": f"Certified: {160 + number} dB."}
        system.add_feedback([{"answer": answer.id, "kind": "citation", "value": {"better": better}}])
        told.append(answer)
    return told


@pytest.mark.timeout(400)
def test_ask_correct_specialize_promote_and_roll_back(
    factory: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = len(NAMES) - 1  # nobody corrected this one
    nothing = factory.run("specialize", "--json", code=1).json
    assert (nothing["release"], nothing["passed"]) == ("", False)
    with open_workspace(factory.workspace) as system:
        told = correct_all(system)
        assert all("brochure" in answer.statements[0].text for answer in told)
        assert "brochure" in system.ask(question(NAMES[last])).statements[0].text
        parent = system.release.id

    made = factory.run("specialize", "--json").json
    manifest = made["manifest"]
    assert made["passed"], manifest["gate"]
    assert manifest["parents"] == [parent]
    assert manifest["gate"]["verdict"] == "pass"
    assert manifest["gate"]["difference"][1] > 0
    parts = manifest["learnt_from"]["parts"]
    assert sum(parts.values()) == len(NAMES) - 1
    assert manifest["ledger"]["all"] > manifest["ledger"]["parent"]

    with open_workspace(
        factory.workspace
    ) as system:  # the same again is the same release, and no further look
        assert specialize(system).release == made["release"]
        assert system.live_release() == parent, "a candidate is not live by itself"

    shown = factory.run("release", "diff", parent[:12], made["release"][:12], "--json").json
    assert {row["part"] for row in shown} == {"generator"}
    factory.run("release", "promote", made["release"][:12])
    better = factory.ask(question(NAMES[last]))
    assert said(better) == f"Certified: {160 + last} dB."
    assert better["statements"][0]["citations"][0]["uri"] == f"{NAMES[last].lower()}.md"

    card = factory.workspace / ".metier" / "releases" / made["release"] / "card.md"
    assert "**Gate: pass.**" in card.read_text(encoding="utf-8")
    factory.run("release", "export", made["release"], "learnt.zip")
    assert factory.run("release", "import", "learnt.zip", "--json").json["release"] == made["release"]
    assert "is there already" in factory.run("release", "export", made["release"], "learnt.zip", code=2).err

    with open_workspace(factory.workspace) as system:
        started = time.monotonic()
        system.rollback()
        assert time.monotonic() - started < 1.0
    assert "brochure" in said(factory.ask(question(NAMES[last])))

    out = factory.run("feedback", "export", "said.jsonl", "--json").json
    assert out["rows"] == len(NAMES) - 1
    assert factory.run("feedback", "import", "said.jsonl", "--json").json == {
        "added": 0,
        "known": out["rows"],
        "missing": 0,
        "left_out": 0,
    }
    with open_workspace(factory.workspace) as system:  # stopped at once: nothing is written
        before = len(system.releases())
        assert specialize(system, seed=8, should_stop=lambda: True).interrupted
        assert len(system.releases()) == before

    # questions that are sealed in the vault are not learnt from; judged on them, all other feedback is
    cases = [
        Case(f"c{n}", question(name), "-", "answerable", (f"{160 + n} dB",), group=name)
        for n, name in enumerate(NAMES[:12])
    ]
    key = tmp_path / "vault.key"
    state = factory.workspace / ".metier"
    create(state, Suite("sealed", tuple(cases)), 5, 0.05, key)
    assert "METIER_VAULT_KEY_FILE" in factory.run("specialize", "--vault", code=2).err
    monkeypatch.setenv("METIER_VAULT_KEY_FILE", str(key))
    with open_workspace(factory.workspace) as system:
        judged = specialize(system, vault=True)
    assert judged.outcome is not None
    manifest = judged.outcome.manifest
    assert manifest["learnt_from"]["dropped"] == {SEALED: 12}
    assert manifest["learnt_from"]["parts"]["gate"] == 0
    assert manifest["learnt_from"]["examples"] == len(NAMES) - 1 - 12
    assert judged.passed, manifest["gate"]
    assert "look 1 of 5" in manifest["gate"]["reason"]
    assert status(state, key).spent == 1


def test_without_feedback_the_documents_alone_may_make_a_release(
    factory: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the corpus says is made up here (these sheets have no sentence vectors); what comes of it is real."""
    seen: list[cold_start.Corpus] = []

    def learn(base: Release, corpus: cold_start.Corpus, *_: object) -> tuple[Component, Verdict]:
        seen.append(corpus)
        component = Component(cold_start.NAME, True, "words first", changes=cold_start.changes_of(base))
        return component, Verdict("pass", "made up", mean([0.0, 0.1]), 0.5, 0.55, 1.0, 0.0, 0, 2)

    monkeypatch.setattr(cold_start, "learn", learn)
    with open_workspace(factory.workspace) as system:
        parent = system.live_release()
        made = specialize(system)
        assert made.passed
        assert specialize(system).release == made.release, "the same documents make the same release"
    (corpus, again) = seen
    assert corpus == again
    assert {item.passage.uri for item in corpus.items} <= {f"{name.lower()}.md" for name in NAMES}
    shown = factory.run("release", "diff", parent[:12], made.release[:12], "--json").json
    assert {row["part"] for row in shown} == {"mixture", "reranker"}
    card = factory.workspace / ".metier" / "releases" / made.release / "card.md"
    assert "words first" in card.read_text(encoding="utf-8")
    factory.run("release", "promote", made.release[:12])
    assert factory.ask(question(NAMES[0]))["release"] == made.release
    factory.run("release", "rollback")
    assert factory.run("specialize", "--without", cold_start.NAME, "--json", code=1).json["release"] == ""
