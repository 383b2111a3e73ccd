import pytest
from typer.testing import CliRunner

from metier.cli.model import app
from metier.errors import UserError


@pytest.mark.parametrize("source", ["foo", "ollama:llama3", "path:"])
def test_a_source_that_is_none_is_told_what_one_looks_like(source: str) -> None:
    found = CliRunner().invoke(app, ["test", source])
    assert isinstance(found.exception, UserError)
    assert "path:FILE, hf:OWNER/REPO/FILE or endpoint:URL" in str(found.exception)
