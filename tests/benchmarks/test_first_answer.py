import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.first_answer import journey, size_mb, step
from metier.errors import UserError


def test_a_step_is_timed_and_a_failed_one_says_what_it_printed(tmp_path: Path) -> None:
    seconds, output = step("hello", [sys.executable, "-c", "print('hello')"], tmp_path)
    assert seconds > 0
    assert output == "hello\n"
    with pytest.raises(UserError, match=r"first_answer: broken ended with 3:\n.*no luck"):
        step(
            "broken",
            [sys.executable, "-c", "import sys; print('no luck', file=sys.stderr); sys.exit(3)"],
            tmp_path,
        )


def test_size_counts_a_linked_file_once(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").write_bytes(b"x" * 1_000_000)
    os.link(tmp_path / "sub" / "a", tmp_path / "b")
    (tmp_path / "c").symlink_to(tmp_path / "sub" / "a")
    assert size_mb(tmp_path) == 1.0


def test_a_package_that_cannot_be_installed_ends_the_journey_with_the_step_named(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "place"
    source.mkdir()
    place.mkdir()
    (source / "README").write_text("nothing to install here")
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "README"], ["commit", "-qm", "x"]):
        subprocess.run(["git", *identity, *command], cwd=source, check=True)
    with pytest.raises(UserError, match="install ended with"):
        journey(place, source, no_cache=False)
