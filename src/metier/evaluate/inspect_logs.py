"""Inspect's logs, as JSON or as an .eval archive: samples with scores by scorer."""

import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import zstandard

from metier.errors import UserError
from metier.evaluate.tool_rows import MOST_BYTES, Results, as_object, as_objects, put, result

_MARKS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}  # correct, incorrect, partial, no answer
_ZSTANDARD = 93  # the method's number in PKWARE's APPNOTE 6.3.8
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")  # of a member, before its name: APPNOTE 4.3.7


def inspect_log(path: Path, data: Mapping[str, Any]) -> Results:
    """An Inspect log: samples with scores by scorer; C, I, P and N are 1, 0, one half and 0."""
    head = as_object(data.get("eval"))
    rows = []
    for number, sample in enumerate(as_objects(data.get("samples"))):
        scores: dict[str, float] = {}
        for scorer, told in as_object(sample.get("scores")).items():
            value = as_object(told).get("value")
            if isinstance(value, Mapping):
                put(scores, {f"{scorer}/{key}": _inspect_value(item) for key, item in value.items()})
            else:
                put(scores, {str(scorer): _inspect_value(value)})
        question = conversation_text(sample.get("input"))
        target = sample.get("target")
        rows.append(
            result(
                f"{sample.get('id', number)}#{sample.get('epoch', 1)}", question,
                str(as_object(sample.get("output")).get("completion") or ""), target, scores,
                str(as_object(sample.get("error")).get("message") or ""), sample.get("total_time"),
                group=str(sample.get("id", number)),
            )
        )  # fmt: skip
    return Results("inspect", path.stem, str(head.get("model") or head.get("task") or path.stem), tuple(rows))


def _inspect_value(value: object) -> object:
    return _MARKS.get(value, value) if isinstance(value, str) else value


def conversation_text(value: object) -> str:
    """A question that is a text, or the last message of a user in a conversation."""
    if isinstance(value, str):
        return value
    said = [item for item in as_objects(value) if item.get("role") == "user"]
    content = said[-1].get("content") if said else ""
    if isinstance(content, str):
        return content
    return " ".join(str(item.get("text", "")) for item in as_objects(content))


def unzipped(path: Path) -> dict[str, Any]:
    """The log in an .eval archive: its header and its samples. Raises UserError if it is none, or too large."""
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if info.filename.endswith(".json")]
        if sum(info.file_size for info in infos) > MOST_BYTES:
            raise UserError(f"{path} unpacks to more than {MOST_BYTES >> 20} MB")
        known = {info.filename: info for info in infos}
        samples = sorted(name for name in known if name.startswith("samples/"))
        if not samples:
            raise UserError(f"{path} holds no samples of an Inspect log")
        try:
            head = json.loads(_member(archive, known["header.json"])) if "header.json" in known else {}
            rows = [json.loads(_member(archive, known[name])) for name in samples]
        except (
            json.JSONDecodeError, UnicodeDecodeError, NotImplementedError, RuntimeError, OSError, zipfile.BadZipFile, zstandard.ZstdError
        ) as error:  # fmt: skip
            raise UserError(f"{path} cannot be read as an Inspect log: {error}") from None
    return {**as_object(head), "samples": rows}


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The bytes of one member. Inspect packs with Zstandard since 2026, which Python's own reader knows from 3.14 on."""
    if info.compress_type != _ZSTANDARD:
        return archive.read(info)
    assert archive.fp is not None
    archive.fp.seek(info.header_offset)
    local = archive.fp.read(_LOCAL_HEADER.size)
    if len(local) < _LOCAL_HEADER.size:
        raise zipfile.BadZipFile(f"{info.filename} is cut off")
    mark, *_, name_length, extra_length = _LOCAL_HEADER.unpack(local)
    if mark != b"PK\x03\x04":
        raise zipfile.BadZipFile(f"{info.filename} is not where the archive says")
    archive.fp.seek(name_length + extra_length, os.SEEK_CUR)
    packed = io.BytesIO(archive.fp.read(info.compress_size))
    with zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as reader:
        data = reader.read(
            info.file_size + 1
        )  # one byte more shows a size that is not the one told, and no bomb gets further
    if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
        raise zipfile.BadZipFile(f"{info.filename} is damaged")
    return data
