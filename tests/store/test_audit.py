"""The audit chain: whatever is done to the file, it shows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metier.errors import UserError
from metier.store.audit import GENESIS, FileAudit, row_hash


def written(path: Path, number: int = 5) -> FileAudit:
    audit = FileAudit(path, clock=lambda: "2026-01-01T00:00:00Z")
    for place in range(number):
        audit.append(
            "answer", f"subject {place}", "Änna", {"n": place, "nested": {"b": [1, None], "a": "ü\n"}}
        )
    return audit


def test_each_line_holds_the_hash_of_the_one_before(tmp_path: Path) -> None:
    audit = written(tmp_path / "audit.jsonl")
    rows = list(audit.rows())
    assert [row["sequence"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0]["previous"] == GENESIS
    assert [row["previous"] for row in rows[1:]] == [row["hash"] for row in rows[:-1]]
    assert all(row["hash"] == row_hash(row) for row in rows)
    assert audit.broken_at() is None
    assert audit.append("x", "", "", {}) == list(audit.rows())[-1]["hash"]


def test_no_file_is_no_broken_chain(tmp_path: Path) -> None:
    audit = FileAudit(tmp_path / "audit.jsonl")
    assert list(audit.rows()) == []
    assert audit.broken_at() is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_change_of_a_byte_is_found(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "audit.jsonl"
    path.unlink(missing_ok=True)
    audit = written(path, 4)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 2))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(content))
    line = bytes(content[:place]).count(b"\n") + 1
    found = audit.broken_at()
    assert found is not None
    assert found <= line


@pytest.mark.parametrize(
    ("tamper", "first"),
    [
        (lambda lines: lines[1:], 1),
        (lambda lines: lines[:2] + lines[3:], 3),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 1),
        (lambda lines: [*lines[:3], lines[4], lines[3]], 4),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], 3),
        (lambda lines: [*lines[:4], b"[]\n", lines[4]], 5),
        (lambda lines: [*lines[:4], b"\n", lines[4]], 5),
    ],
    ids=["first removed", "removed", "swapped", "last two swapped", "repeated", "foreign", "empty"],
)
def test_lines_removed_moved_or_added_are_found(tmp_path: Path, tamper: object, first: int) -> None:
    path = tmp_path / "audit.jsonl"
    audit = written(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(tamper(lines)))  # type: ignore[operator]
    assert audit.broken_at() == first


def test_a_line_rewritten_with_its_own_hash_is_found_at_the_next(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    audit = written(path)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines[2]["principal"] = "somebody else"
    lines[2]["hash"] = row_hash(lines[2])
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert audit.broken_at() == 4


@pytest.mark.parametrize("cut", [1, 7, 50])
def test_a_torn_last_line_is_cut_off_and_the_chain_goes_on(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "audit.jsonl"
    audit = written(path)
    path.write_bytes(path.read_bytes()[:-cut])
    audit.append("answer", "after the power cut", "", {})
    assert [row["subject"] for row in audit.rows()][-2:] == ["subject 3", "after the power cut"]
    assert audit.broken_at() is None


def test_a_torn_first_line(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b'{"sequence": 1, "at"')
    audit = FileAudit(path)
    audit.append("x", "", "", {})
    assert audit.broken_at() is None
    assert len(list(audit.rows())) == 1


def test_lines_longer_than_the_window(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    audit = FileAudit(path)
    for length in (10, 20_000, 5_000, 70_000):
        audit.append("x", "y" * length, "", {})
    path.write_bytes(path.read_bytes()[:-30_000])
    audit.append("x", "", "", {})
    assert [row["sequence"] for row in audit.rows()] == [1, 2, 3, 4]
    assert audit.broken_at() is None


@pytest.mark.parametrize("line", [b"\x00\x00\x00\n", b"[]\n", b'{"sequence": "x", "hash": "y"}\n', b"\n"])
def test_a_damaged_last_line_stops_the_chain_with_words(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "audit.jsonl"
    audit = written(path)
    with path.open("ab") as file:
        file.write(line)
    before = path.read_bytes()
    with pytest.raises(UserError, match="move it away"):
        audit.append("x", "", "", {})
    assert path.read_bytes() == before


def test_two_processes_append_to_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    code = (
        "import sys; from pathlib import Path; from metier.store.audit import FileAudit\n"
        "audit = FileAudit(Path(sys.argv[1]))\n"
        "for n in range(25): audit.append('x', sys.argv[2], '', {'n': n})\n"
    )
    workers = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "ab"]
    assert [worker.wait() for worker in workers] == [0, 0]
    audit = FileAudit(path)
    assert audit.broken_at() is None
    rows = list(audit.rows())
    for name in "ab":
        assert [row["data"]["n"] for row in rows if row["subject"] == name] == list(range(25))
