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
        self.rows, self.optimized = [], 0

    def add(self, rows, vectors):
        assert np.shape(vectors) == (len(rows), WordEmbedder.dimension)
        self.rows += rows

    def delete_documents(self, documents):
        self.rows = [row for row in self.rows if row[0].document not in set(documents)]

    def groups_of_documents(self):
        return {row[0].document: row[0].groups for row in self.rows}

    def optimize(self):
        self.optimized += 1


def entry(identity, groups=("all",), passages=1):
    return Entry(identity, f"{identity}.txt", "", "", State.LIVE, groups=groups, passages=passages)


def run(ledger, sentences, seconds=60.0, should_stop=lambda: False, clock=lambda: 0.0):
    def passages_of(item):
        return [passage("One sentence here. Another sentence there.", item.id, groups=item.groups)]

    parts = Deepening(ledger, sentences, WordEmbedder(), passages_of, seconds, clock)
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
