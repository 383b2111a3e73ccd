"""A damaged PDF written anew by qpdf (through pikepdf): its index of objects is rebuilt from what is in the file.

Runs in the child and returns bytes, because a child may not write files; the parent hands them to the next child.
"""

import importlib.metadata
import io
from pathlib import Path

import pikepdf

from metier.extract.raw import Unreadable

WARNING = "the file is damaged and was repaired before reading; text may be missing; export it again"
# What qpdf opens is asked for its password even if only attachments are encrypted.
LOCKED = "the PDF needs a password; save it without one"


def engine() -> str:
    """Name and version."""
    return f"pikepdf {importlib.metadata.version('pikepdf')}"


def repair(path: Path) -> bytes:
    """The repaired file. Raises Unreadable: "encrypted", "corrupt" (nothing left that could be written)."""
    out = io.BytesIO()
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            if not len(pdf.pages):
                raise Unreadable("corrupt", "there is no page in it; print it anew as PDF")
            pdf.save(out)
    except pikepdf.PasswordError:
        raise Unreadable("encrypted", LOCKED) from None
    except FileNotFoundError:
        raise  # gone meanwhile, which says nothing about what was in it
    except (pikepdf.PdfError, pikepdf.ForeignObjectError, ValueError, RuntimeError, OSError) as error:
        raise Unreadable(
            "corrupt", f"cannot be repaired ({str(error)[:200]}); print it anew as PDF"
        ) from None
    return out.getvalue()


def is_locked(path: Path) -> bool:
    """True if the file (or what is attached to it) needs a password that nobody gave."""
    if b"/Encrypt" not in path.read_bytes():
        return False
    try:
        pikepdf.open(path, suppress_warnings=True).close()
    except pikepdf.PasswordError:
        return True
    except (pikepdf.PdfError, ValueError, RuntimeError, OSError):
        return False
    return False
