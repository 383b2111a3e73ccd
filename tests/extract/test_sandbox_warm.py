"""Starting all children early and ending them at once must not wait for each other."""

import threading
import time

import pytest

from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract


@pytest.mark.parametrize("head_start_s", [0.0, 0.05])
def test_closing_while_warming_comes_to_an_end(head_start_s: float) -> None:
    extractor = SandboxExtractor(Extract(), workers=2)
    warming = threading.Thread(target=extractor.warm, daemon=True)
    closing = threading.Thread(target=extractor.close, daemon=True)
    warming.start()
    time.sleep(head_start_s)
    closing.start()
    for thread in (warming, closing):
        thread.join(timeout=60)
        assert not thread.is_alive(), "two threads wait for each other's slots"
