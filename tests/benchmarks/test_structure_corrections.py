from benchmarks.fit_structure import paper, read_bytes
from benchmarks.structure_corrections import teach, truth_of, wrong_blocks
from metier.extract.structure.numbering import fold


def test_what_is_right_and_wrong_is_known():
    written, content = paper(1)
    raw = read_bytes(content)
    known = truth_of(written)
    for block in raw.blocks:
        if fold(block.text) in known:
            block.kind = "code"
    wrong, judged = wrong_blocks(raw, written)
    assert judged == len(wrong) > 10


def test_twenty_corrections_do_not_make_a_layout_worse():
    taught = teach(0)
    assert taught.corrections <= 20
    assert taught.after <= taught.before
