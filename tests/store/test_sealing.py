from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.errors import UserError
from metier.store.sealing import make_key, mark, read_key, seal, unseal

KEY, OTHER = b"k" * 32, b"o" * 32


@given(st.binary(max_size=300))
def test_what_is_sealed_comes_back_and_looks_different_each_time(data: bytes) -> None:
    one, two = seal(data, KEY, "a"), seal(data, KEY, "a")
    assert unseal(one, KEY, "a") == unseal(two, KEY, "a") == data
    assert one != two


@given(st.integers(0, 2**16))
def test_every_changed_byte_another_key_and_another_context_are_refused(at: int) -> None:
    sealed = seal(b"How long is notice?", KEY, "a")
    assert b"notice" not in sealed
    at %= len(sealed)
    changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
    for bad, key, context in ((changed, KEY, "a"), (sealed, OTHER, "a"), (sealed, KEY, "b"), (b"", KEY, "a")):
        with pytest.raises(UserError, match="does not open"):
            unseal(bad, key, context)


def test_the_key_is_the_owners_and_never_replaced(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    assert read_key(tmp_path / "key") == key
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    with pytest.raises(UserError, match="cannot be written"):
        make_key(tmp_path / "key")
    (tmp_path / "short").write_bytes(b"x")
    with pytest.raises(UserError, match="1 bytes"):
        read_key(tmp_path / "short")
    with pytest.raises(UserError, match="cannot be read"):
        read_key(tmp_path / "none")


def test_marks_need_the_key() -> None:
    assert mark(KEY, "x") == mark(KEY, "x") != mark(OTHER, "x")
