"""The benchmark's arithmetic on invented scores; the scorer has tests of its own."""

from pathlib import Path

import pytest

from benchmarks.extract_quality import PEER, as_known, figures, markdown_of, read_peers
from benchmarks.markdown_scores import Scores
from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract


def test_peers_are_read_per_document(tmp_path: Path) -> None:
    path = tmp_path / "peers.csv"
    path.write_text(f"document,engine,overall,nid,nid_s,teds,teds_s,mhs,mhs_s\n1,{PEER},0.5,0.5,0.5,,,,\n")
    assert read_peers(path) == {PEER: {"1": {"overall": 0.5, "nid": 0.5}}}


def test_means_are_over_the_documents_a_metric_applies_to() -> None:
    ours = as_known(
        {
            "1": Scores(0.8, 0.8, None, None, 0.6, 0.6),
            "2": Scores(0.6, 0.6, None, None, None, None),
            "3": Scores(1.0, 1.0, 0.4, 0.4, None, None),
        }
    )
    peer = {document: {"overall": 0.5, "nid": 0.5, "teds": 0.3, "mhs": 0.5} for document in ours}
    got = figures(ours, peer, ["1", "2", "3"], "_all")
    assert got["nid_all"].value == pytest.approx(0.8)
    assert got["teds_all"].value == pytest.approx(0.4)
    assert got["mhs_all"].value == pytest.approx(0.6)
    assert got["overall_all"].value == pytest.approx((0.7 + 0.6 + 0.7) / 3)
    assert got["overall_all"].peer == 0.5
    assert got["overall_gain_all"].value == pytest.approx(0.5 / 3)
    assert got["overall_gain_all"].n == 3


def test_what_cannot_be_read_is_the_empty_text(tmp_path: Path) -> None:
    (tmp_path / "pdf").mkdir()
    (tmp_path / "pdf" / "1.pdf").write_bytes(b"%PDF-1.4 and nothing else")
    with SandboxExtractor(Extract(), workers=1) as extractor:
        assert markdown_of(tmp_path, ["1"], extractor) == {"1": ""}
