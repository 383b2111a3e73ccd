"""`python -m tests.skipped` says what the tests could not try on this machine."""

import os
import platform
import shutil
import sys
from importlib.util import find_spec

from tests.conftest import initdb_folder, unprivileged


def missing() -> list[str]:
    """One line per thing that is not here and what is not tested for want of it; empty if everything is."""
    browsers = ("chromium", "chromium-browser", "google-chrome")
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    checks = [
        (any(map(shutil.which, browsers)), "no Chromium: the web page was not tried in a browser"),
        (initdb_folder() is not None, "no Postgres (initdb): databases were tried on SQLite alone"),
        (unprivileged() is not None, "root without setpriv: Postgres could not be started"),
        (not is_root, "run as root, who may read everything: files without read permission were not tried"),
        (
            sys.platform == "linux",
            f"{platform.system()}: what only Linux enforces in the sandbox was not tried",
        ),
        (shutil.which("tesseract"), "no tesseract: reading of scanned pages was not tried"),
        (find_spec("xllamacpp"), "no xllamacpp (extra local): no language model ran in process"),
        (find_spec("trl"), "no trl (extra train): no language model was trained"),
    ]
    return [words for is_here, words in checks if not is_here]


if __name__ == "__main__":
    lines = missing()
    print("not tried on this machine:" if lines else "everything could be tried on this machine")
    for line in lines:
        print(f"  {line}")
