from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.shadow import check_place, prepare
from metier.settings import load_settings
from metier.store.workspace import Workspace, create_workspace
from metier.system import open_system


def test_the_shadow_has_these_files_and_the_users_settings(tmp_path: Path) -> None:
    root = tmp_path / "work"
    create_workspace(root)
    for name in ("a", "b", "c"):
        (root / "documents" / f"{name}.md").write_text(f"# {name}\n")
    shadow = Workspace(tmp_path / "shadow")
    with open_system(root) as system:
        paths = {item.uri: Path(item.path) for item in system.source_files()}
        assert prepare(system, shadow, paths, ["a.md", "b.md"], ["b.md"]) == 2
        assert prepare(system, shadow, paths, ["b.md", "c.md"], ["b.md"]) == 1  # b is there already
        with pytest.raises(UserError, match="would be read as one of them"):
            check_place(root / "documents" / "shadow", system)
    assert sorted(path.name for path in (shadow.root / "documents").iterdir()) == ["b.md", "c.md"]
    made, own = load_settings(shadow.settings), load_settings(root / "metier.yaml")
    assert [user.id for user in made.users] == [user.id for user in own.users]
    assert made.groups[-1].match == "b.md"
    assert (root / "documents" / "a.md").exists()
