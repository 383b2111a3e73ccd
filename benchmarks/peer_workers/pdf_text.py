"""What one engine finds in one PDF, in a process of its own: `python -m benchmarks.peer_workers.pdf_text ENGINE FILE`.

Prints one JSON object: `{"alnum": letters and digits found, "password": who asks for one}` or `{"error": why}`. A crash
is the process's own, which is why it is a process.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pikepdf
import pypdfium2
from liteparse import LiteParse
from pdf_oxide import PdfDocument

_PASSWORD = 4  # FPDF_ERR_PASSWORD


def with_pdfium(path: Path) -> str:
    """All text, pages without one as nothing."""
    document = pypdfium2.PdfDocument(path)
    return "\n".join(document[number].get_textpage().get_text_bounded() for number in range(len(document)))


def with_oxide(path: Path) -> str:
    """All text; a page that cannot be read is nothing."""
    document = PdfDocument(str(path))
    texts = []
    for number in range(document.page_count()):
        try:
            texts.append(document.extract_text(number))
        except Exception as error:  # noqa: BLE001  # one page of a broken file; whatever it raises
            print(error, file=sys.stderr)
    return "\n".join(texts)


def with_liteparse(path: Path) -> str:
    """All text without OCR."""
    parser = LiteParse(ocr_enabled=False, quiet=True, continue_on_page_error=True)
    return "\n".join(page.text for page in parser.parse(path.read_bytes()).pages)


def who_asks_for_a_password(path: Path) -> list[str]:
    """Who cannot read the file for want of a password: pdfium (in this fresh process), qpdf, both, or nobody."""
    asking = []
    try:
        pypdfium2.PdfDocument(path).close()
    except pypdfium2.PdfiumError as error:
        asking += ["pdfium"] if getattr(error, "err_code", None) == _PASSWORD else []
    try:
        pikepdf.open(path).close()
    except pikepdf.PasswordError:
        asking.append("qpdf")
    except (pikepdf.PdfError, OSError, ValueError, RuntimeError):
        pass
    return asking


ENGINES: Mapping[str, Callable[[Path], str]] = {
    "pypdfium2": with_pdfium,
    "pdf_oxide": with_oxide,
    "liteparse": with_liteparse,
}


def main() -> None:
    """Runs one engine (or "password") over one file."""
    engine, path = sys.argv[1], Path(sys.argv[2])
    try:
        if engine == "password":
            result: dict[str, object] = {"password": who_asks_for_a_password(path)}
        else:
            result = {"alnum": sum(char.isalnum() for char in ENGINES[engine](path))}
    except Exception as error:  # noqa: BLE001  # hostile bytes make engines raise anything; that is the finding
        result = {"error": f"{type(error).__name__}: {str(error)[:200]}"}
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
