"""Bytes that only the holder of a key reads, and marks that only the holder can set.

Encrypt-then-MAC from the standard library: a SHAKE-256 stream under a key of its own for each nonce, and HMAC-SHA256.
It keeps a file unreadable to who has no key. It does not protect against who may read the key or this process.
"""

import hashlib
import hmac
import os
from pathlib import Path

from metier.errors import UserError

_NONCE, _TAG = 32, 32
FEWEST_BYTES = 32  # of a key: what HMAC-SHA256 can use


def read_key(path: Path) -> bytes:
    """The key in the file. Raises UserError if it cannot be read or is too short."""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise UserError(f"the vault's key {path} cannot be read: {error.strerror or error}") from None
    if len(key) < FEWEST_BYTES:
        raise UserError(f"the vault's key {path} has {len(key)} bytes; it needs {FEWEST_BYTES} random ones")
    return key


def make_key(path: Path) -> bytes:
    """A new random key, readable by its owner alone. Raises UserError if the file is there or cannot be written."""
    key = os.urandom(FEWEST_BYTES)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UserError(f"the vault's key {path} cannot be written: {error.strerror or error}") from None
    return key


def seal(data: bytes, key: bytes, context: str) -> bytes:
    """The data encrypted and authenticated; the context must be the same on opening."""
    nonce = os.urandom(_NONCE)
    hidden = _mixed(data, key, nonce)
    return nonce + hidden + _tag(key, nonce + hidden, context)


def unseal(sealed: bytes, key: bytes, context: str) -> bytes:
    """What was sealed. Raises UserError if the key is another one or a byte was changed."""
    body, tag = sealed[:-_TAG], sealed[-_TAG:]
    if len(sealed) < _NONCE + _TAG or not hmac.compare_digest(tag, _tag(key, body, context)):
        raise UserError("the vault does not open: the key is another one, or the vault was changed")
    return _mixed(body[_NONCE:], key, body[:_NONCE])


def mark(key: bytes, text: str) -> str:
    """A mark of the text in hexadecimal that nobody sets or checks without the key."""
    return hmac.new(_part(key, b"mark"), text.encode(), hashlib.sha256).hexdigest()


def _part(key: bytes, use: bytes) -> bytes:
    return hmac.new(key, b"metier vault " + use, hashlib.sha256).digest()


def _tag(key: bytes, body: bytes, context: str) -> bytes:
    return hmac.new(_part(key, b"authenticate"), context.encode() + b"\0" + body, hashlib.sha256).digest()


def _mixed(data: bytes, key: bytes, nonce: bytes) -> bytes:
    stream = hashlib.shake_256(_part(key, b"encrypt") + nonce).digest(len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")
