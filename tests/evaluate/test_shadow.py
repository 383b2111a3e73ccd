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


def test_a_file_that_was_replaced_is_linked_anew(tmp_path: Path) -> None:
    root = tmp_path / "work"
    create_workspace(root)
    file = root / "documents" / "a.md"
    file.write_text("# six\n")
    shadow = Workspace(tmp_path / "shadow")
    with open_system(root) as system:
        prepare(system, shadow, {"a.md": file}, ["a.md"])
        (root / "new").write_text("# eight\n")
        (root / "new").replace(file)  # as editors save
        assert prepare(system, shadow, {"a.md": file}, ["a.md"]) == 1
        assert (shadow.root / "documents" / "a.md").read_text() == "# eight\n"
        assert prepare(system, shadow, {"a.md": file}, ["a.md"]) == 0


def test_a_models_file_is_the_users(tmp_path: Path) -> None:
    root = tmp_path / "work"
    create_workspace(root).settings.write_text(
        "models: {generator: {source: 'path:m.gguf'}}", encoding="utf-8"
    )
    shadow = Workspace(tmp_path / "shadow")
    with open_system(root) as system:
        prepare(system, shadow, {}, [])
    made = load_settings(shadow.settings).models.generator
    assert made is not None
    assert made.source == f"path:{root / 'm.gguf'}"
