"""Options that most commands take, said once."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
As = Annotated[
    str | None, typer.Option("--as", help="Id of the user who asks; default: the first in metier.yaml.")
]
Where = Annotated[
    Path,
    typer.Option(
        "--workspace", "-w", envvar="METIER_WORKSPACE", help="The workspace, or a folder inside it."
    ),
]
HERE = Path(".")
