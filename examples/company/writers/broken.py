"""Files that are broken on purpose, as every real share has them."""

import io
import random

import pikepdf

from examples.company.model import Rendered
from examples.company.writers.paper import write_pdf


def broken_files(letter: Rendered, seed: int) -> dict[str, bytes]:
    """Broken files by uri, made from one good document: cut off, empty, encrypted, misnamed, random."""
    good = write_pdf(letter)
    noise = random.Random(f"{seed}:noise").randbytes(4096)
    return {
        "inbox/scan_0001_incomplete.pdf": good[: len(good) // 2],
        "inbox/new-document.docx": b"",
        "inbox/payroll-protected.pdf": _encrypted(good),
        "inbox/offer-final.docx": good,
        "inbox/export.xlsx": noise,
        "inbox/image-upload.pdf": b"%PDF-1.7\n" + noise[:600],
    }


def _encrypted(good: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(good)) as pdf:
        # R=3 (RC4) has no random salt or vector, unlike the AES revisions: the same bytes every time
        lock = pikepdf.Encryption(owner="owner-only", user="please-ask", R=3, aes=False, metadata=False)
        pdf.save(out, encryption=lock, static_id=True)
    return out.getvalue()
