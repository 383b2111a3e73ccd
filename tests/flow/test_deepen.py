import numpy as np

from metier.flow.deepen import Deepening, deepen
from metier.types import Entry, State
from tests.builders import WordEmbedder, passage


class FakeLedger:
    def __init__(self, entries):
        self.entries = {entry.id: entry for entry in entries}

    def live(self):
        return self.entries


class FakeSentences:
    """Implements flow.deepen.SentenceStore in memory."""

    def __init__(self):
        self.rows, self.optimized, self.foreign = [], 0, False

    def renew(self):
        was_foreign, self.foreign = self.foreign, False
        if was_foreign:
            self.rows = []
        return was_foreign

    def add(self, rows, vectors):
        assert np.shape(vectors) == (len(rows), WordEmbedder.dimension)
        self.rows += rows

    def delete_documents(self, documents):
        self.rows = [row for row in self.rows if row[0].document not in set(documents)]

    def groups_of_documents(self):
        return {row[0].document: row[0].groups for row in self.rows}

    def optimize(self):
        self.optimized += 1


class FakeBegun:
    """Implements flow.deepen.BegunStore in memory."""

    def __init__(self):
        self.kept = {}

    def read(self, document):
        return self.kept.get(document)

    def write(self, document, vectors):
        self.kept = {document: vectors}

    def keep_only(self, documents):
        self.kept = {name: kept for name, kept in self.kept.items() if name in documents}


def entry(identity, groups=("all",), passages=1):
    return Entry(identity, f"{identity}.txt", "", "", State.LIVE, groups=groups, passages=passages)


SHORT = "One sentence here. Another sentence there."
LONG = " ".join(f"Line {number} of the list." for number in range(300))


def run(
    ledger, sentences, seconds=60.0, should_stop=lambda: False, clock=lambda: 0.0, begun=None, embedder=None
):
    def passages_of(item):
        return [passage(LONG if item.id == "long" else SHORT, item.id, groups=item.groups)]

    parts = Deepening(
        ledger, sentences, begun or FakeBegun(), embedder or WordEmbedder(), passages_of, seconds, clock
    )
    seen = []
    return deepen(parts, seen.append, should_stop), seen


def test_every_sentence_of_every_live_document_gets_a_vector_once():
    sentences = FakeSentences()
    report, seen = run(FakeLedger([entry("a"), entry("b")]), sentences)
    assert (report.deep, report.live, report.sentences) == (2, 2, 4)
    assert len(sentences.rows) == 4
    assert seen[-1].done == seen[-1].total == 2
    again, _ = run(FakeLedger([entry("a"), entry("b")]), sentences)
    assert again.sentences == 0
    assert len(sentences.rows) == 4


def test_what_is_gone_or_has_other_readers_is_taken_out():
    sentences = FakeSentences()
    run(FakeLedger([entry("a"), entry("b")]), sentences)
    run(FakeLedger([entry("b", groups=("hr",))]), sentences)
    assert sentences.groups_of_documents() == {"b": ("hr",)}


def test_it_stops_when_asked_and_when_time_is_up():
    sentences = FakeSentences()
    report, _ = run(FakeLedger([entry("a"), entry("b")]), sentences, should_stop=lambda: bool(sentences.rows))
    assert report.deep == 1
    times = iter([0.0, 0.0, 0.0, 100.0, 100.0, 100.0])
    report, _ = run(
        FakeLedger([entry("a"), entry("b"), entry("c")]), sentences, 10.0, clock=lambda: next(times)
    )
    assert report.deep == 2


class CountingEmbedder(WordEmbedder):
    """Counts what it embeds."""

    def __init__(self):
        self.count = 0

    def embed_passages(self, texts):
        self.count += len(texts)
        return super().embed_passages(texts)


def test_a_long_document_stops_when_asked_and_the_next_run_goes_on_inside_it():
    ledger, sentences, begun, embedder = (
        FakeLedger([entry("long")]),
        FakeSentences(),
        FakeBegun(),
        CountingEmbedder(),
    )
    report, _ = run(ledger, sentences, should_stop=lambda: embedder.count > 0, begun=begun, embedder=embedder)
    assert (report.deep, sentences.rows) == (0, [])
    first = embedder.count
    assert 0 < first < 300
    run(FakeLedger([entry("long"), entry("short")]), sentences, begun=begun, embedder=embedder)
    assert len(sentences.rows) == 302
    assert embedder.count == 302
    assert begun.kept == {}


def test_a_long_document_ends_in_time_and_tells_how_far_it_is():
    times = iter(range(0, 1000, 4))
    report, seen = run(
        FakeLedger([entry("long", passages=300)]), FakeSentences(), 10.0, clock=lambda: float(next(times))
    )
    assert report.deep == 0
    assert 0 < seen[0].done < 300
    assert seen[0].seconds_left <= 10.0 - seen[0].seconds


def test_what_was_begun_is_forgotten_with_its_document():
    begun = FakeBegun()
    begun.write("gone", np.zeros((1, WordEmbedder.dimension)))
    run(FakeLedger([entry("a")]), FakeSentences(), begun=begun)
    assert begun.kept == {}


def test_vectors_of_another_model_are_made_anew_and_that_is_told():
    sentences, ledger = FakeSentences(), FakeLedger([entry("a")])
    first, _ = run(ledger, sentences)
    sentences.foreign = True
    report, _ = run(ledger, sentences)
    assert not first.renewed
    assert (report.renewed, report.deep, report.sentences) == (True, 1, 2)
