"""The folder of documents that is ingested, and the changes made to it between kills."""

import hashlib
import os
import random
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

_WORDS = re.findall(
    r"\w+",
    "notice period contract supplier invoice payment delivery warranty pump valve pressure office lease tenant "
    "employee salary holiday travel budget quarter revenue product order customer complaint repair manual safety "
    "training audit insurance claim machine spare part drawing tolerance schedule meeting decision approval",
)
# What a real folder holds besides documents: these end in quarantine, every one with a reason.
_BAD = (b"", b"%PDF-1.7\ngarbage", b"PK\x03\x04 no archive", b"\x00\x01\x02\xff" * 200, b"%PDF-1.4\n%%EOF\n")
_BAD_ENDINGS = (".txt", ".pdf", ".docx", ".bin", ".pdf")


class Corpus:
    """Generated text files, a few broken ones, and copies of PDFs; every change leaves a folder a user could have."""

    def __init__(self, folder: Path, pdfs: Sequence[Path], documents: int, rng: random.Random) -> None:
        self.folder, self._rng, self._number = folder, rng, 0
        self._earlier: dict[Path, bytes] = {}
        folder.mkdir(parents=True)
        for _ in range(documents):
            self._add()
        for number in range(max(3, documents // 30)):
            self._add_bad(number)
        (folder / "pdf").mkdir()
        for path in pdfs:
            shutil.copyfile(path, folder / "pdf" / path.name)
        self._most = int(
            1.1 * len(self.files())
        )  # so that the last run of a campaign takes as long as the first

    def files(self) -> dict[str, str]:
        """sha256 by uri, of what is there now."""
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {
            path.relative_to(self.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in paths
        }

    def must_be_readable(self) -> set[str]:
        """Uris of the generated files that nobody broke."""
        paths = [path for ending in ("md", "txt") for path in self.folder.glob(f"text*/*.{ending}")]
        return {
            path.relative_to(self.folder).as_posix()
            for path in paths
            if path.read_bytes().startswith(b"# Note")
        }

    def change(self, share: float) -> None:
        """Changes about this share of the files: new content, content as it was before, broken, mended, touched,
        moved, deleted; and adds some."""
        rng = self._rng
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        for path in rng.sample(paths, max(1, int(share * len(paths)))):
            generated = path.parent.name.startswith("text")
            rng.choices(
                (self._rewrite, self._go_back, self._break, _touch, self._move, _delete, self._copy),
                (10 if generated else 0, 4 if generated else 0, 1 if generated else 0, 3, 2, 2, 2),
            )[0](path)
        for _ in range(max(1, int(share * len(paths) / 3))):
            self._add()
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        for path in rng.sample(paths, max(0, len(paths) - self._most)):
            path.unlink()
        self._add_bad(rng.randrange(len(_BAD)))

    def _text(self) -> bytes:
        self._number += 1
        rng, parts = self._rng, [f"# Note {self._number}\n"]
        for _ in range(rng.randint(1, 6)):
            sentences = [
                " ".join(rng.choices(_WORDS, k=rng.randint(5, 14))) for _ in range(rng.randint(2, 9))
            ]
            parts.append(
                " ".join(f"{sentence.capitalize()} {rng.randint(1, 999)}." for sentence in sentences)
            )
        return "\n\n".join(parts).encode()

    def _add(self) -> None:
        folder = self.folder / f"text{self._number % 7}"
        folder.mkdir(exist_ok=True)
        data = self._text()
        (folder / f"note{self._number:05d}.{self._rng.choice(('md', 'txt'))}").write_bytes(data)

    def _add_bad(self, number: int) -> None:
        kind = number % len(_BAD)
        self._number += 1
        (self.folder / f"bad{self._number:05d}{_BAD_ENDINGS[kind]}").write_bytes(_BAD[kind])

    def _rewrite(self, path: Path) -> None:
        self._earlier[path] = path.read_bytes()
        path.write_bytes(self._text())

    def _go_back(self, path: Path) -> None:
        now = path.read_bytes()
        path.write_bytes(self._earlier.get(path) or self._text())
        self._earlier[path] = now

    def _break(self, path: Path) -> None:
        self._earlier[path] = path.read_bytes()
        path.write_bytes(b"")

    def _move(self, path: Path) -> None:
        self._number += 1
        os.replace(path, path.with_name(f"moved{self._number:05d}{path.suffix}"))

    def _copy(self, path: Path) -> None:
        self._number += 1
        shutil.copyfile(path, path.with_name(f"copy{self._number:05d}{path.suffix}"))


def _touch(path: Path) -> None:
    os.utime(path)


def _delete(path: Path) -> None:
    path.unlink()
