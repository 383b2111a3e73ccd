"""Archives as Inspect writes them: packed with Zstandard, which Python's zipfile does not read before 3.14."""

import json
import struct
import zlib
from pathlib import Path

import pytest
import zstandard

from metier.errors import UserError
from metier.evaluate.inspect_logs import conversation_text
from metier.evaluate.tools import read_results

HEAD = {"version": 2, "status": "success", "eval": {"task": "t", "model": "m"}}


def sample(number: int, **more: object) -> dict[str, object]:
    return {
        "id": number, "epoch": 1, "input": f"How long is {number}?", "target": "six weeks", "output": {"completion": "six weeks"},
        "scores": {"match": {"value": "C"}, "multi": {"value": {"tone": 0.5, "style": "P"}}}, "total_time": 2.5, **more,
    }  # fmt: skip


def archive(path: Path, members: dict[str, object], spoil: str = "") -> Path:
    """A ZIP file by hand, each member one Zstandard frame."""
    body, central = b"", b""
    for name, value in members.items():
        data = json.dumps(value).encode()
        packed = zstandard.compress(data)
        size = 5 if spoil == "size" else len(data)
        crc = zlib.crc32(data) + (spoil == "crc")
        fields = (20, 0, 93, 0, 0, crc, len(packed), size, len(name), 0)
        at = 7 if spoil == "place" else len(body)
        central += (
            b"PK\x01\x02"
            + struct.pack("<H5H3I2H", 20, *fields)
            + struct.pack("<3H2I", 0, 0, 0, 0, at)
            + name.encode()
        )
        body += b"PK\x03\x04" + struct.pack("<5H3I2H", *fields) + name.encode() + packed
    end = b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, len(members), len(members), len(central), len(body), 0)
    path.write_bytes(body + central + end)
    return path


def members() -> dict[str, object]:
    return {
        "_journal/start.json": {},
        "header.json": HEAD,
        **{f"samples/{i}_epoch_1.json": sample(i) for i in range(12)},
    }


def test_an_archive_packed_with_zstandard_is_read(tmp_path: Path) -> None:
    (found,) = read_results(archive(tmp_path / "log.eval", members()))
    assert (found.tool, found.system, len(found.rows)) == ("inspect", "m", 12)
    assert found.rows[3].scores == {"match": 1.0, "multi/tone": 0.5, "multi/style": 0.5}
    assert {row.seconds for row in found.rows} == {2.5}


@pytest.mark.parametrize("spoil", ["size", "crc", "place"])
def test_a_damaged_archive_is_refused_in_words(tmp_path: Path, spoil: str) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_results(archive(tmp_path / "log.eval", members(), spoil))


def test_a_sample_that_broke_is_an_error_and_no_score(tmp_path: Path) -> None:
    broken = {
        **members(),
        "samples/12_epoch_1.json": sample(12, scores={}, error={"message": "ValueError('broke')"}),
    }
    (found,) = read_results(archive(tmp_path / "log.eval", broken))
    assert [row.error for row in found.rows if row.error] == ["ValueError('broke')"]


def test_the_question_of_a_conversation_is_the_last_of_the_user() -> None:
    said = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "How long?"}]},
    ]
    assert conversation_text(said) == "How long?"
    assert conversation_text(None) == ""
