"""What the commands about runs take, said once."""

from pathlib import Path
from typing import Annotated

import typer

RunFile = Annotated[Path, typer.Argument(help="A file that `metier evaluate run` wrote.")]
Alpha = Annotated[float, typer.Option(help="Most answers that may be wrong among those shown, as a share.")]
Delta = Annotated[float, typer.Option(help="Most probability that the certificate is mistaken.")]
