"""The whole example company on disk: documents, settings and gold cases."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pypdfium2

from examples.company.cases import build_cases
from examples.company.library import build_library, load_content
from examples.company.model import GoldCase, Rendered
from examples.company.settings_file import settings_text
from examples.company.writers.broken import broken_files
from examples.company.writers.office import write_docx, write_pptx, write_xlsx
from examples.company.writers.paper import write_pdf
from examples.company.writers.plain import write_csv, write_eml, write_html, write_md, write_txt

_WRITERS: Mapping[str, Callable[[Rendered], bytes]] = {
    "pdf": write_pdf,
    "docx": write_docx,
    "xlsx": write_xlsx,
    "pptx": write_pptx,
    "html": write_html,
    "eml": write_eml,
    "md": write_md,
    "txt": write_txt,
    "csv": write_csv,
}
_BROKEN = 6  # files that `broken_files` adds


def generate(folder: Path, seed: int, documents: int) -> dict[str, int]:
    """Write the company of that seed into `folder`; how many documents and cases of each kind there are.

    `folder/documents` must not exist or be empty (FileExistsError), so that no file of an earlier run stays behind.
    """
    target = folder / "documents"
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty; choose another folder or remove it first")
    content = load_content()
    library = build_library(content, seed, documents - _BROKEN)
    wanted = {library.anchors[key].document for case in content.cases for key in case.get("e", [])}
    pages: dict[str, list[str]] = {}
    for document in library.documents:
        written = _WRITERS[document.ending](document)
        _put(target / document.uri, written)
        if document.id in wanted and document.ending == "pdf" and not document.scanned:
            pages[document.uri] = _page_texts(written)
    for uri, broken in broken_files(library.documents[0], seed).items():
        _put(target / uri, broken)
    cases = build_cases(content.cases, library, seed, pages)
    (folder / "cases.jsonl").write_text("".join(f"{_line(case)}\n" for case in cases), "utf-8")
    (folder / "metier.yaml").write_text(settings_text(library.world), "utf-8")
    kinds = [case.kind for case in cases]
    return {
        "documents": len(library.documents) + _BROKEN,
        **{kind: kinds.count(kind) for kind in sorted(set(kinds))},
    }


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _page_texts(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]
    finally:
        document.close()


def _line(case: GoldCase) -> str:
    row: dict[str, Any] = asdict(case)
    row["evidence"] = [{k: v for k, v in item.items() if v is not None} for item in row["evidence"]]
    return json.dumps(row, ensure_ascii=False)
