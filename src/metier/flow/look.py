"""What people should look at in one document: text that gives orders to machines, pages whose reading is unsure."""

from metier.flow.screen import suspects_in
from metier.types import Document, Findings, UnsurePage

# Below it somebody should look at the page: docs/design/extraction.md, "Who looks again".
UNSURE = 0.8


def findings_in(document: Document) -> Findings:
    """Everything that was found in one document."""
    return Findings(tuple(suspects_in(document)), tuple(unsure_in(document)))


def unsure_in(document: Document) -> list[UnsurePage]:
    """The pages that somebody should compare with what is printed, each with the number of its unsure blocks."""
    found = []
    for page in document.pages:
        if page.confidence is None or page.confidence >= UNSURE:
            continue
        blocks = sum(
            block.page == page.number and block.confidence is not None and block.confidence < UNSURE
            for block in document.blocks
        )
        found.append(
            UnsurePage(
                document.id, document.uri, page.number, page.confidence, blocks, ocr=page.ocr is not None
            )
        )
    return found
