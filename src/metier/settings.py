"""metier.yaml -> one frozen tree.

Unknown keys are rejected naming the nearest known key; `${NAME}` and `${NAME:-default}` are filled from the
environment; every number has bounds and every name its unit. Secrets never stand in the file: `key_env` names the
environment variable that holds one.
"""

import difflib
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from metier.errors import UserError
from metier.types import Access, Principal

# Between a container's uri and the name of what is inside it; no file of a folder has a uri with two slashes.
INSIDE = "//"


class Section(BaseModel):
    """Base of all sections: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class User(Section):
    """A person who may ask, and the groups that say what they may see."""

    id: str = Field(min_length=1)
    name: str = ""
    groups: tuple[str, ...] = ()


class GroupRule(Section):
    """Documents whose uri matches the glob are open to the groups; the last matching rule decides."""

    match: str = Field(min_length=1)
    allow: tuple[str, ...]


class Prohibited(Section):
    """A use that is always declined, with examples of how people ask for it."""

    use: str = Field(min_length=1)
    examples: tuple[str, ...] = ()


class ScopeExamples(Section):
    """Questions that show where the border of the job runs."""

    within: tuple[str, ...] = Field(default=(), alias="in")
    out: tuple[str, ...] = ()


class Scope(Section):
    """What the job covers, what it does not, and what it must never do."""

    within: tuple[str, ...] = Field(default=(), alias="in")
    out: tuple[str, ...] = ()
    prohibited: tuple[Prohibited, ...] = ()
    examples: ScopeExamples = ScopeExamples()

    @field_validator("prohibited", mode="before")
    @classmethod
    def _plain_text_is_a_use(cls, value: Any) -> Any:
        return tuple({"use": item} if isinstance(item, str) else item for item in value or ())


class FolderSource(Section):
    """A folder of documents. Relative paths count from the workspace."""

    folder: str = Field(min_length=1)
    include: tuple[str, ...] = ("**",)
    exclude: tuple[str, ...] = ("**/.*", "**/.*/**", "**/~$*")


_LIMITS = frozenset({"requests_per_minute", "tokens_per_minute", "concurrent", "wait_s"})
_SAMPLES = frozenset({"samples", "samples_s"})


class Model(Section):
    """Where a model comes from: wheel:PACKAGE, path:FILE, hf:REPO/FILE (pulled explicitly) or endpoint:URL."""

    source: str = Field(pattern=r"^(wheel|path|hf|endpoint):.+")
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")  # what the model's file must have
    name: str = ""  # model name sent to an endpoint
    key_env: str = ""  # name of the environment variable with the key
    timeout_s: float = Field(default=60, gt=0, le=3600)
    max_tokens: int = Field(default=300, ge=16, le=8192)
    context_tokens: int = Field(default=4096, ge=512, le=1_000_000)
    price_per_million_in: float = Field(default=0.0, ge=0)
    price_per_million_out: float = Field(default=0.0, ge=0)
    requests_per_minute: int = Field(default=0, ge=0, le=1_000_000)  # to an endpoint; 0 = no limit
    tokens_per_minute: int = Field(default=0, ge=0, le=1_000_000_000)  # read and written; 0 = no limit
    concurrent: int = Field(default=0, ge=0, le=10_000)  # requests of one process at a time; 0 = no limit
    wait_s: float = Field(
        default=10, ge=0, le=600
    )  # most that one question waits for its turn or a busy server
    samples: int = Field(default=1, ge=1, le=8)  # answers of the generator to choose from; 1 = the first one
    samples_s: float = Field(default=20, gt=0, le=600)  # most seconds after which no further one is begun
    # who decides whether the passages answer: the extractive policy, the generator, or (auto) the generator if `metier model test`
    # found that it can
    decides: Literal["auto", "policy", "model"] = "auto"
    labels: tuple[str, ...] = ()  # of an entailment model whose config.json does not name them, in order


class Models(Section):
    """The models of the workspace. Without `generator` the extractive policy answers alone; `reranker` orders evidence,
    `entailment` holds contradicted sentences back and `vision` describes figures only where they are named."""

    static: Model = Model(source="wheel:wordllama")
    dense: Model | None = None
    generator: Model | None = None
    judge: Model | None = None
    reranker: Model | None = None
    entailment: Model | None = None
    vision: Model | None = None

    @field_validator("vision")
    @classmethod
    def _pictures_are_described_elsewhere(cls, value: Model | None) -> Model | None:
        if value is not None and not value.source.startswith("endpoint:"):
            raise ValueError("figures are described by an OpenAI-compatible server alone; use endpoint:URL")
        return value

    @model_validator(mode="after")
    def _nothing_is_named_that_has_no_effect(self) -> "Models":
        for name in type(self).model_fields:
            model: Model | None = getattr(self, name)
            if model is not None and (why := _without_effect(name, model)):
                raise ValueError(why)
        return self


def _without_effect(name: str, model: Model) -> str:
    """Which setting of the model would do nothing, "" if there is none."""
    is_endpoint = model.source.startswith("endpoint:")
    if model.labels and name != "entailment":
        return f"{name}.labels: only an entailment model has labels"
    if model.sha256 and (name == "static" or is_endpoint):
        return f"{name}.sha256: {model.source} has no file that it could be held against"
    if not is_endpoint and (limits := _LIMITS & model.model_fields_set):
        return f"{name}.{min(limits)}: {model.source} is no server whose limits could be kept"
    if name != "generator" and (several := _SAMPLES & model.model_fields_set):
        return f"{name}.{min(several)}: only the generator writes several answers"
    if name != "generator" and "decides" in model.model_fields_set:
        return f"{name}.decides: only the generator answers"
    if model.decides == "model" and model.samples > 1:
        return f"{name}.samples: a generator that decides by itself writes one answer"
    return ""


class Extract(Section):
    """How documents are read."""

    ocr: Literal["off", "auto"] = "auto"
    # who reads PDF pages whose structure is in doubt: the structure engine where it is installed, never, or it reads all
    structure: Literal["off", "auto", "all"] = "auto"
    timeout_s: float = Field(default=30, gt=0, le=3600)  # per document (of a long one: per 200 pages)
    page_timeout_s: float = Field(default=0.5, ge=0, le=60)  # and for each of its pages
    workers: int = Field(default=0, ge=0, le=256)  # 0 = one per core
    memory_mb: int = Field(default=2048, ge=256, le=65536)  # address space per worker
    max_mb: int = Field(default=200, ge=1, le=10240)  # larger files are quarantined
    describe_s: float = Field(
        default=180, ge=0, le=1e9
    )  # most seconds an ingest has figures described; 0 = none

    @field_validator("ocr", "structure", mode="before")
    @classmethod
    def _yaml_reads_off_as_false(cls, value: Any) -> Any:
        return "off" if value is False else value


class Retrieve(Section):
    """How passages are found."""

    legs: tuple[Literal["keyword", "static", "sentence", "structured"], ...] = (
        "keyword",
        "static",
        "sentence",
        "structured",
    )
    deepen_s: float = Field(
        default=180, ge=0, le=1e9
    )  # most seconds an ingest spends on sentence vectors; 0 = none
    wide: int = Field(default=60, ge=5, le=1000)  # passages per retriever and in the mixture
    narrow: int = Field(default=24, ge=1, le=100)  # passages the generator reads
    steps: int = Field(
        default=3, ge=1, le=3
    )  # searches that build on one another for one question; 1 = one pass
    # with a language model: a question that found no answer is searched once more in other words
    reword: bool = True
    rerank_ms: int = Field(default=500, ge=10, le=60_000)  # most that models.reranker may take for one search
    prefer: tuple[str, ...] = ()  # globs of uris to prefer, strongest first
    collapse: bool = True  # near copies of a text count as that text, of which two are kept
    known_items: int = Field(
        default=40, ge=0, le=1000
    )  # questions that check each leg after an ingest; 0 = no check
    memory_mb: int = Field(default=1024, ge=64, le=1_000_000)


class Thresholds(Section):
    """Overrides of the release's thresholds; unset = as released."""

    abstain: float | None = Field(default=None, ge=0, le=1)  # least P(the answer is right) that is shown
    max_risk: float | None = Field(default=None, ge=0, le=1)
    # least P(the cited text says otherwise), by models.entailment, at which a sentence is held back
    contradiction: float = Field(default=0.9, ge=0.5, le=1)


AutonomyLevel = Literal["shadow", "assisted", "autonomous"]


class Autonomy(Section):
    """How much the machine may do alone."""

    default: AutonomyLevel = "assisted"
    topics: Mapping[str, AutonomyLevel] = {}


class Serve(Section):
    """Where the web page and the API listen. Until authentication is set up only this machine is allowed."""

    host: str = "127.0.0.1"
    port: int = Field(default=8321, ge=1, le=65535)
    workers: int = Field(default=0, ge=0, le=64)  # processes that answer; 0 = as many as suit the machine


class Settings(Section):
    """The whole of metier.yaml."""

    version: Literal[1] = 1
    purpose: str = ""
    language: Literal["en", "de"] = "en"
    audience: Literal["internal", "customer"] = "internal"
    users: tuple[User, ...] = ()
    groups: tuple[GroupRule, ...] = ()
    scope: Scope = Scope()
    sources: tuple[FolderSource, ...] = ()
    models: Models = Models()
    extract: Extract = Extract()
    retrieve: Retrieve = Retrieve()
    thresholds: Thresholds = Thresholds()
    autonomy: Autonomy = Autonomy()
    serve: Serve = Serve()

    @model_validator(mode="after")
    def _users_are_distinct(self) -> "Settings":
        ids = [user.id for user in self.users]
        if twice := {user for user in ids if ids.count(user) > 1}:
            raise ValueError(f"users: the id {sorted(twice)[0]!r} is given twice")
        return self

    def principal(self, user_id: str | None) -> Principal:
        """The named user, or the first one. Raises UserError for an unknown name or if there are no users."""
        if not self.users:
            raise UserError(
                "metier.yaml: users is empty, so nobody may ask; add `users: [{id: me, groups: [all]}]`"
            )
        if user_id is None:
            return _principal(self.users[0])
        for user in self.users:
            if user.id == user_id:
                return _principal(user)
        known = ", ".join(user.id for user in self.users)
        raise UserError(f"unknown user {user_id!r}; metier.yaml knows {known}")

    def access(self, user_id: str | None) -> Access:
        """What the named user (or the first one) may read."""
        principal = self.principal(user_id)
        return Access(principal.id, principal.groups)

    def answering(self) -> dict[str, str]:
        """What an answer depends on beside documents and release, to be compared with another day's: `settings` (job, models, ways to
        search) and `rights` (users and rules for documents) as 16 hexadecimal digits, and `abstain` as it stands in the file."""
        told = {"purpose", "language", "audience", "scope", "retrieve"}
        own = self.model_dump(mode="json", include=told) | {
            "static": self.models.static.model_dump(mode="json"),
            "generator": self.models.generator and self.models.generator.model_dump(mode="json"),
        }
        others = {name: getattr(self.models, name) for name in ("reranker", "entailment", "vision")}
        own |= {name: model.model_dump(mode="json") for name, model in others.items() if model is not None}
        if self.models.entailment is not None:
            own["contradiction"] = self.thresholds.contradiction
        rights = self.model_dump(mode="json", include={"users", "groups"})
        abstain = self.thresholds.abstain
        return {
            "settings": _print_of(own),
            "rights": _print_of(rights),
            "abstain": "as released" if abstain is None else f"{abstain:g}",
        }

    def groups_of(self, uri: str) -> tuple[str, ...]:
        """Who may see the document: the last matching rule decides, no match = nobody. What is inside an archive or a
        mail is open to whom that is open to."""
        path = PurePosixPath(uri.split(INSIDE, 1)[0])
        for rule in reversed(self.groups):
            if glob_matches(path.as_posix(), rule.match):
                return tuple(sorted(set(rule.allow)))
        return ()


def _print_of(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def _principal(user: User) -> Principal:
    return Principal(user.id, user.name or user.id, frozenset(user.groups))


_GLOBS: dict[str, re.Pattern[str]] = {}


def glob_matches(path: str, glob: str) -> bool:
    """True if the forward-slash path matches: `**` crosses folders, `*` and `?` do not; case counts, the spelling of
    accents (macOS writes them apart) does not."""
    if (pattern := _GLOBS.get(glob)) is None:
        pattern = _GLOBS[glob] = re.compile(_glob_regex(unicodedata.normalize("NFC", glob)), re.DOTALL)
    return pattern.fullmatch(unicodedata.normalize("NFC", path)) is not None


def _glob_regex(glob: str) -> str:
    out, i = "", 0
    while i < len(glob):
        if glob.startswith("**/", i):
            out, i = out + "(?:.*/)?", i + 3
        elif glob.startswith("**", i):
            out, i = out + ".*", i + 2
        elif glob[i] == "*":
            out, i = out + "[^/]*", i + 1
        elif glob[i] == "?":
            out, i = out + "[^/]", i + 1
        else:
            out, i = out + re.escape(glob[i]), i + 1
    return out


def load_settings(path: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in the file. Raises UserError naming file, place and remedy."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(
            f"{path} does not exist; `metier init {path.parent}` makes a workspace there"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    try:
        data = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not valid YAML: {error}") from None
    found = parse_settings(data, str(path), os.environ if environment is None else environment)
    return found.model_copy(update={"models": _beside(found.models, path.absolute().parent)})


def _beside(models: Models, folder: Path) -> Models:
    """The models with relative files counted from the folder of metier.yaml, wherever a command is run."""
    found: dict[str, Model] = {}
    for name in Models.model_fields:
        model: Model | None = getattr(models, name)
        file = model.source.removeprefix("path:") if model and model.source.startswith("path:") else ""
        if model and file and not file.startswith("~") and not Path(file).is_absolute():
            found[name] = model.model_copy(update={"source": f"path:{folder / file}"})
    return models.model_copy(update=found) if found else models


class _Loader(yaml.SafeLoader):
    """YAML without repeated keys, of which the first would be lost without a word."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if isinstance(key, str | int) and key in seen:
            raise yaml.MarkedYAMLError("", None, f"the key {key!r} is given twice", key_node.start_mark)
        seen.add(key) if isinstance(key, str | int) else None
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def parse_settings(data: object, where: str, environment: Mapping[str, str]) -> Settings:
    """Settings from parsed YAML. `where` names the file in messages."""
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise UserError(f"{where}: expected keys and values at the top level, e.g. `purpose: ...`")
    try:
        return Settings.model_validate(_fill(data, environment, where))
    except ValidationError as error:
        lines = [_explain(dict(problem), where) for problem in error.errors()]
        raise UserError("\n".join(lines)) from None


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def _fill(value: Any, environment: Mapping[str, str], where: str) -> Any:
    if isinstance(value, dict):
        return {key: _fill(item, environment, where) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_fill(item, environment, where) for item in value)
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        name, default = match.groups()
        if name in environment:
            return environment[name]
        if default is None:
            raise UserError(
                f"{where}: the environment variable {name} is not set; set it or write ${{{name}:-default}}"
            )
        return str(default)

    return _VARIABLE.sub(replace, value)


def _explain(problem: Mapping[str, Any], where: str) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] != "extra_forbidden":
        message = _expected(problem)
        return f"{where}: {place}: {message}" if place else f"{where}: {message}"
    known = _known_keys(problem["loc"])
    near = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1, cutoff=0.0)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{where}: unknown key {place!r}{hint} (known here: {', '.join(known)})"


_PLAINER = (
    ("Input should be", "expected"),
    ("greater than or equal to", "at least"),
    ("less than or equal to", "at most"),
    ("greater than", "more than"),
)
_SAID = 60  # characters of a value that a message repeats


def _expected(problem: Mapping[str, Any]) -> str:
    """What is expected there and what stands there."""
    kind, value = str(problem["type"]), problem.get("input")
    message = str(problem["msg"]).removeprefix("Value error, ")
    if kind == "string_pattern_mismatch":
        message = "expected wheel:PACKAGE, path:FILE, hf:OWNER/REPO/FILE or endpoint:URL"
    elif kind == "tuple_type":
        message = "expected a list, e.g. [one, two]"
    elif kind == "literal_error":
        message = f"expected {problem['ctx']['expected']}"
    elif kind == "missing":
        return "it is missing; every entry here needs it"
    elif kind == "value_error":
        return message
    else:
        for said, plainer in _PLAINER:
            message = message.replace(said, plainer)
        message = message.partition(", unable to parse")[0]
    told = json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bool) and kind in ("literal_error", "string_type"):
        told += " (YAML reads yes, no, on and off without quotes so)"
    return f"{message}, not {told}" if len(told) <= _SAID else message


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in loc[:-1]:
        if isinstance(part, int):
            continue
        for name, info in model.model_fields.items():
            if part in (name, info.alias):
                model = _section(info.annotation) or model
    return [info.alias or name for name, info in model.model_fields.items()]


def _section(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        if found := _section(inner):
            return found
    return None
