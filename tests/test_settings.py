"""metier.yaml is read strictly, and every refusal names place and remedy."""

import re
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from metier.errors import UserError
from metier.settings import Settings, glob_matches, load_settings, parse_settings
from metier.store.workspace import TEMPLATE


def parse(text: str, **environment: str) -> Settings:
    return parse_settings(yaml.safe_load(text), "metier.yaml", environment)


def refusal(text: str, **environment: str) -> str:
    with pytest.raises(UserError) as caught:
        parse(text, **environment)
    return str(caught.value)


def test_the_empty_file_is_all_defaults() -> None:
    assert parse("") == Settings()


def test_the_template_says_the_defaults() -> None:
    template = parse(TEMPLATE.replace("__FOLDER__", "documents"))
    plain = Settings()
    for name in (
        "audience",
        "language",
        "scope",
        "models",
        "extract",
        "retrieve",
        "thresholds",
        "autonomy",
        "serve",
    ):
        assert getattr(template, name) == getattr(plain, name), name
    assert template.sources[0].exclude == type(template.sources[0])(folder="x").exclude


@pytest.mark.parametrize(
    ("text", "place", "near"),
    [
        ("purpos: x", "'purpos'", "'purpose'"),
        ("retrieve: {wid: 3}", "'retrieve.wid'", "'wide'"),
        ("users: [{id: a, group: [x]}]", "'users.0.group'", "'groups'"),
        ("models: {generator: {source: 'path:x', key: secret}}", "'models.generator.key'", "'key_env'"),
        ("scope: {prohibited: [{use: x, example: [y]}]}", "'scope.prohibited.0.example'", "'examples'"),
        ("scope: {within: [x]}", "'scope.within'", "in"),
    ],
)
def test_an_unknown_key_is_refused_naming_the_nearest(text: str, place: str, near: str) -> None:
    message = refusal(text)
    assert message.startswith("metier.yaml: unknown key " + place)
    assert near in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("extract: {timeout_s: 0}", "extract.timeout_s"),
        ("serve: {port: 99999}", "serve.port"),
        ("serve: {port: many}", "serve.port"),
        ("extract: {ocr: sometimes}", "extract.ocr"),
        ("models: {generator: {source: gguf}}", "models.generator.source"),
        ("thresholds: {abstain: 1.5}", "thresholds.abstain"),
        ("users: [{id: a}, {id: a}]", "'a' is given twice"),
        ("version: 2", "version"),
        ("[a, b]", "expected keys and values"),
        ("just words", "expected keys and values"),
        ("1: x", "metier.yaml"),
    ],
)
def test_a_wrong_value_names_its_place(text: str, words: str) -> None:
    assert words in refusal(text)


def test_all_problems_are_named_at_once() -> None:
    message = refusal("purpos: x\nserve: {port: 0}\n")
    assert "purpos" in message
    assert "serve.port" in message


def test_off_may_stand_without_quotes() -> None:
    """YAML 1.1 reads a bare off as false."""
    assert parse("extract: {ocr: off}").extract.ocr == "off"
    assert "extract.ocr" in refusal("extract: {ocr: on}")


def test_the_environment_fills_in() -> None:
    text = "purpose: ${WHY:-nothing} and ${WHAT}\nserve: {port: '${PORT:-8000}'}\n"
    filled = parse(text, WHAT="more")
    assert (filled.purpose, filled.serve.port) == ("nothing and more", 8000)
    assert parse(text, WHAT="x", WHY="y", PORT="81").serve.port == 81
    assert parse("purpose: ${EMPTY:-}").purpose == ""
    message = refusal("purpose: ${UNSET}")
    assert "UNSET is not set" in message
    assert "${UNSET:-default}" in message


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "metier.yaml"
    path.write_text("users: [{id: a}]\npurpose: x\nusers: [{id: b}]\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"(?s)'users' is given twice.*line 3"):
        load_settings(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "metier init"),
        (b"users: [", "not valid YAML"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"a: &a [*a]", "metier.yaml"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "metier.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=words) as caught:
        load_settings(path)
    assert str(path) in str(caught.value)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().purpose = "x"  # type: ignore[misc]


def test_who_asks() -> None:
    settings = parse("users: [{id: a, name: Anna, groups: [hr]}, {id: b}]")
    assert settings.principal(None).name == "Anna"
    assert settings.access("b").groups == frozenset()
    assert settings.principal("b").name == "b"
    with pytest.raises(UserError, match=r"unknown user 'c'; metier.yaml knows a, b"):
        settings.access("c")
    with pytest.raises(UserError, match="nobody may ask"):
        Settings().access(None)


@pytest.mark.parametrize(
    ("uri", "groups"),
    [
        ("a.pdf", ("all",)),
        ("hr/pay.pdf", ("hr",)),
        ("hr/public/menu.pdf", ("all", "guests")),
        ("secret/x.pdf", ()),
        ("Verträge/1.pdf", ("legal",)),
        ("Vertra\u0308ge/1.pdf", ("legal",)),  # as macOS writes it
    ],
)
def test_the_last_matching_rule_decides(uri: str, groups: tuple[str, ...]) -> None:
    rules = [("**", "[all]"), ("hr/**", "[hr]"), ("hr/public/*", "[guests, all, all]"), ("secret/**", "[]"),
             ("Verträge/**", "[legal]")]  # fmt: skip
    text = "groups:\n" + "".join(f'  - {{match: "{glob}", allow: {allow}}}\n' for glob, allow in rules)
    assert parse(text).groups_of(uri) == groups


def test_without_a_rule_nobody_sees_it() -> None:
    assert Settings().groups_of("a.pdf") == ()
    assert parse("groups: [{match: 'hr/**', allow: [hr]}]").groups_of("hrx/a.pdf") == ()


@pytest.mark.parametrize(
    ("glob", "matching", "other"),
    [
        ("**", ["a", "a/b/c", "a\nb"], []),
        ("*.txt", ["a.txt", ".txt"], ["b/a.txt", "a.txt/b"]),
        ("**/*.txt", ["a.txt", "b/a.txt", "b/c/a.txt"], ["a.text"]),
        ("hr/**", ["hr/a", "hr/b/c"], ["hr", "xhr/a"]),
        ("**/.*/**", [".git/", ".git/x", "a/.git/x"], ["a.git/x"]),
        ("a?c[1]", ["abc[1]"], ["a/c[1]", "abc1"]),
    ],
)
def test_globs(glob: str, matching: list[str], other: list[str]) -> None:
    assert [path for path in matching + other if glob_matches(path, glob)] == matching


_names = st.text(alphabet="ab.[]{}()+^$|\\ä", min_size=1, max_size=6).filter(
    lambda name: name not in (".", "..")
)


@given(st.lists(_names, min_size=1, max_size=4))
def test_a_path_without_wildcards_matches_itself_alone(parts: list[str]) -> None:
    path = "/".join(parts)
    assert glob_matches(path, path)
    assert not glob_matches(path + "x", path)
    assert glob_matches(path, "**/" + parts[-1])
    assert glob_matches(path, "/".join("*" for _ in parts))
    assert PurePosixPath(path).name == parts[-1]


def test_every_number_has_bounds_and_every_unit_is_named() -> None:
    """Counts are bare; what has a unit says so in its name."""
    from metier import settings as module

    sections = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, module.Section)
    ]
    for section in sections:
        for name, info in section.model_fields.items():
            if info.annotation in (int, float) or "float | None" in str(info.annotation):
                assert info.metadata, f"{section.__name__}.{name} has no bounds"
            if re.search(r"timeout|memory|max_size|seconds", name):
                assert name.endswith(("_s", "_ms", "_mb")), name


def test_what_an_answer_depends_on_is_told_apart_from_the_rest() -> None:
    def told(text: str, **environment: str) -> dict[str, str]:
        return parse_settings(yaml.safe_load(text), "x", environment).answering()

    bare = told("users: [{id: me, groups: [all]}]")
    assert bare["abstain"] == "as released"
    for same in (
        "serve: {port: 1}",
        "extract: {workers: 3}",
        "sources: [{folder: x}]",
        "retrieve: {wide: 60}",
    ):
        assert told(f"users: [{{id: me, groups: [all]}}]\n{same}") == bare, same
    for key, other in (
        ("settings", "audience: customer"),
        ("settings", "purpose: Travel."),
        ("settings", "scope: {in: [Leave]}"),
        ("settings", "retrieve: {legs: [keyword]}"),
        ("settings", "models: {generator: {source: 'path:m.gguf'}}"),
        ("settings", "models: {reranker: {source: 'path:ranks'}}"),
        ("settings", "models: {entailment: {source: 'path:nli'}}"),
        ("settings", "models: {vision: {source: 'endpoint:http://localhost/v1'}}"),
        ("rights", "groups: [{match: a, allow: [all]}]"),
        ("abstain", "thresholds: {abstain: 0.5}"),
    ):
        found = told(f"users: [{{id: me, groups: [all]}}]\n{other}")
        assert {name for name in bare if found[name] != bare[name]} == {key}, other
    generator = "models: {generator: {source: 'endpoint:http://localhost/v1', name: '${NAME}'}}"
    assert told(generator, NAME="a") != told(generator, NAME="b")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("language: fr", "language: expected 'en' or 'de', not \"fr\""),
        ("extract: {ocr: yes}", "extract.ocr: expected 'off' or 'auto', not true (YAML reads yes"),
        ("users: [{id: me, groups: all}]", 'users.0.groups: expected a list, e.g. [one, two], not "all"'),
        ("models: {generator: {source: 'ollama:x'}}", 'hf:OWNER/REPO/FILE or endpoint:URL, not "ollama:x"'),
        ("serve: {port: abc}", 'serve.port: expected a valid integer, not "abc"'),
        ("retrieve: {wide: 3}", "retrieve.wide: expected at least 5, not 3"),
        ("groups: [{match: a}]", "groups.0.allow: it is missing"),
    ],
)
def test_a_refusal_says_what_is_expected_and_what_stands_there(text: str, told: str) -> None:
    assert told in refusal(text)


def test_a_models_file_counts_from_the_workspace(tmp_path: Path) -> None:
    file = tmp_path / "metier.yaml"
    for source, found in (
        ("path:m/x.gguf", f"path:{tmp_path}/m/x.gguf"),
        ("path:/m/x.gguf", "path:/m/x.gguf"),
        ("path:~/x.gguf", "path:~/x.gguf"),
        ("endpoint:http://localhost/v1", "endpoint:http://localhost/v1"),
    ):
        file.write_text(f"models: {{generator: {{source: '{source}'}}}}", encoding="utf-8")
        generator = load_settings(file).models.generator
        assert generator is not None
        assert generator.source == found


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ({"reranker": {"source": "path:m", "labels": ["a"]}}, r"reranker\.labels: only an entailment model"),
        ({"static": {"source": "wheel:wordllama", "sha256": "0" * 64}}, r"static\.sha256: .* has no file"),
        (
            {"reranker": {"source": "endpoint:http://h", "sha256": "0" * 64}},
            r"reranker\.sha256: .* has no file",
        ),
        ({"generator": {"source": "path:m", "sha256": "0"}}, r"models\.generator\.sha256"),
        ({"generator": {"source": "path:m", "concurrent": 2}}, "no server whose limits"),
        ({"judge": {"source": "endpoint:http://x/v1", "samples": 2}}, "only the generator writes several"),
    ],
)
def test_what_would_have_no_effect_is_refused(models: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_settings({"models": models}, "metier.yaml", {})


def test_models_that_read_pairs_are_named_with_what_they_need() -> None:
    models = {
        "reranker": {"source": "path:m", "sha256": "0" * 64},
        "entailment": {"source": "path:n", "labels": ["a"]},
    }
    found = parse_settings({"models": models}, "metier.yaml", {})
    assert found.models.entailment is not None
    assert found.models.entailment.labels == ("a",)
    assert (found.retrieve.rerank_ms, found.thresholds.contradiction) == (500, 0.9)
