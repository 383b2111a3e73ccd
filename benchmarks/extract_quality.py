"""How like the Markdown of `metier extract` is to what people wrote down of the same pages: text, tables, headings.

--data DIR/extract/pages has pages (pdf/), their truth (gt/) and the scores of other engines on each page
(peers_per_document.csv). Every page goes through the sandbox, as in `metier ingest`. The scores are those of
opendataloader-bench (markdown_scores.py); unsuffixed figures are the checking half, which nothing was tuned on.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.common import Metric, emit, half, parser, say
from benchmarks.markdown_scores import Scores, score
from metier.errors import UserError
from metier.evaluate.estimates import bootstrap, paired_difference
from metier.extract.render_markdown import to_markdown
from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract
from metier.types import Failure

SEED = 20261123
METRICS = ("overall", "nid", "teds", "mhs")
PEER = "opendataloader-hybrid 1.6.2"
Known = Mapping[str, Mapping[str, float]]  # document -> metric -> score, as far as the metric applies


def read_peers(path: Path) -> dict[str, dict[str, dict[str, float]]]:
    """engine -> document -> metric -> score, from peers_per_document.csv."""
    peers: dict[str, dict[str, dict[str, float]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            scores = {name: float(row[name]) for name in METRICS if row[name]}
            peers.setdefault(row["engine"], {})[row["document"]] = scores
    return peers


def as_known(scores: Mapping[str, Scores]) -> dict[str, dict[str, float]]:
    """document -> metric -> score without the metrics that do not apply."""
    return {
        document: {name: value for name in METRICS if (value := getattr(row, name)) is not None}
        for document, row in scores.items()
    }


def figures(ours: Known, peer: Known, documents: Sequence[str], suffix: str) -> dict[str, Metric]:
    """Mean of each metric over the documents it applies to, beside the peer's, and the paired difference of overall."""
    metrics = {}
    for name in METRICS:
        known = [document for document in documents if name in ours[document]]
        rng = np.random.default_rng(SEED)
        estimate = bootstrap([ours[document][name] for document in known], rng=rng)
        theirs = [peer[document][name] for document in known if name in peer.get(document, {})]
        beside = float(np.mean(theirs)) if theirs and len(theirs) == len(known) else None
        metrics[name + suffix] = Metric.of(estimate, beside, PEER if beside is not None else None)
    both = [document for document in documents if "overall" in peer.get(document, {})]
    rng = np.random.default_rng(SEED)
    gain = paired_difference(
        [ours[document]["overall"] for document in both],
        [peer[document]["overall"] for document in both],
        rng=rng,
    )
    metrics[f"overall_gain{suffix}"] = Metric.of(gain, 0.0, PEER)
    return metrics


def markdown_of(pages: Path, documents: Sequence[str], extractor: SandboxExtractor) -> dict[str, str]:
    """The Markdown of each page; a page that could not be read is the empty string, as the scorer wants it."""
    out = {}
    for document in documents:
        path = pages / "pdf" / f"{document}.pdf"
        read = extractor.extract(document, path.name, path)
        if isinstance(read, Failure):
            say(f"{document}: {read.reason}: {read.detail}")
        out[document] = "" if isinstance(read, Failure) else to_markdown(read)
    return out


def main() -> None:
    """Prints the JSON of the contract."""
    options = parser("extract_quality", __doc__ or "", needs_data=True)
    options.add_argument("--out", type=Path, help="keep the Markdown of each page in this folder")
    chosen = options.parse_args()
    pages = chosen.data / "extract" / "pages"
    documents = sorted(path.stem for path in (pages / "gt").glob("*.md"))
    if not documents:
        raise UserError(f"no pages under {pages}; --data names the folder of test data")
    with SandboxExtractor(Extract()) as extractor:
        markdown = markdown_of(pages, documents, extractor)
    if chosen.out:
        chosen.out.mkdir(parents=True, exist_ok=True)
        for document, text in markdown.items():
            (chosen.out / f"{document}.md").write_text(text, encoding="utf-8")
    truth = {
        document: (pages / "gt" / f"{document}.md").read_text(encoding="utf-8") for document in documents
    }
    scores = as_known({document: score(truth[document], markdown[document]) for document in documents})
    peers = read_peers(pages / "peers_per_document.csv")
    tuning = [document for document in documents if half(document) == "tuning"]
    checking = [document for document in documents if half(document) == "checking"]
    metrics: dict[str, Metric] = {}
    for suffix, group in (("", checking), ("_all", documents), ("_tuning", tuning)):
        metrics |= figures(scores, peers[PEER], group, suffix)
        for engine, known in sorted({"metier": scores, **peers}.items()):
            say(
                suffix or "_checking",
                f"{engine:28s}",
                *(f"{name} {_mean(known, group, name):.4f}" for name in METRICS),
            )
    emit("extract_quality", metrics, record=chosen.record)


def _mean(known: Known, documents: Sequence[str], name: str) -> float:
    return float(np.mean([known[document][name] for document in documents if name in known[document]]))


if __name__ == "__main__":
    main()
