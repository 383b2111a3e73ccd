"""Length-prefixed messages between parent and child: a JSON head and a body of bytes."""

import json
import struct
from typing import Any, BinaryIO

_PREFIX = struct.Struct("<II")
# A child is not trusted: no head is longer than this, no body longer than a large document with all its words.
MAX_HEAD = 1 << 20
MAX_BODY = 1 << 30
# Nor does it get more time than this many pages are given, whatever it says of itself: a file that hangs ends.
MOST_PAGES_WORTH = 1_000


def write_frame(pipe: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Sends one message. Raises OSError if the other side is gone, ValueError if the message is too long."""
    encoded = json.dumps(head).encode()
    if len(encoded) > MAX_HEAD or len(body) > MAX_BODY:
        raise ValueError(f"message of {len(body)} bytes is longer than {MAX_BODY}")
    pipe.write(_PREFIX.pack(len(encoded), len(body)) + encoded)
    pipe.write(body)
    pipe.flush()


def read_frame(pipe: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """The next message. Raises EOFError when the other side is gone, ValueError if it breaks the form."""
    head_length, body_length = _PREFIX.unpack(_exactly(pipe, _PREFIX.size))
    if head_length > MAX_HEAD or body_length > MAX_BODY:
        raise ValueError(f"message announces {head_length}+{body_length} bytes")
    head = json.loads(_exactly(pipe, head_length))
    if not isinstance(head, dict):
        raise ValueError("message head is not an object")
    return head, _exactly(pipe, body_length)


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError(f"expected {size} bytes, got {len(data)}")
    return data
