"""The reader's training data is whole; with the extra `train`, its trainer starts at the bi-encoder and learns."""

import json
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks" / "reading"
DOCUMENTS = [
    json.loads(line)
    for path in sorted(FOLDER.glob("*.jsonl"))
    for line in path.read_text(encoding="utf-8").splitlines()
]


def test_every_question_points_at_pieces_of_its_document():
    assert len(DOCUMENTS) > 600
    for document in DOCUMENTS:
        assert document["lang"] in ("en", "de")
        assert all(piece["t"].strip() for piece in document["pieces"])
        for item in document["qs"]:
            assert item["q"].strip()
            assert item["g"]
            assert all(0 <= place < len(document["pieces"]) for place in item["g"])
        assert document["none"]


def test_no_question_of_the_example_company_is_among_them(tmp_path):
    from examples.company.generate import generate
    from metier.evaluate.cases import read_cases

    generate(tmp_path / "company", 3, 120)
    asked = {case.question for case in read_cases(tmp_path / "company" / "cases.jsonl")}
    learnt = {item["q"] for document in DOCUMENTS for item in (*document["qs"], *document["none"])}
    assert not asked & learnt


def test_the_trainer_begins_where_the_bi_encoder_is_and_writes_what_the_reader_reads(tmp_path):
    torch = pytest.importorskip("torch", reason="training needs the extra `train`")
    from safetensors.numpy import save_file

    from benchmarks import fit_reader
    from metier.models.e5 import find_e5, find_file, read_layers
    from metier.models.reader import Reader, read_weights

    model = fit_reader.Upper(read_layers(find_file())[fit_reader._DEPTH :])
    save_file(fit_reader.arrays(model), tmp_path / "reader.safetensors")
    weights = read_weights(tmp_path / "reader.safetensors")
    read = Reader(find_e5(), lambda: weights)
    texts = ["Hours: It opens at nine.", "Pay: Cards are taken."]
    question = fit_reader.lower_states(["When does it open?"], fit_reader.START, 40)["When does it open?"]
    states = fit_reader.lower_states(texts, fit_reader.END, 72)
    model.eval()
    with torch.no_grad():
        expected = model([(question, states[text]) for text in texts]).numpy()
    assert read.score("When does it open?", texts) == pytest.approx(np.asarray(expected), abs=0.3)
    assert expected[0] > expected[1]
