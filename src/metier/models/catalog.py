"""Language models worth pulling, by memory of the machine, and those that are there already.

Listed are models whose licence allows commercial use without asking (Qwen2.5-3B is under a research licence, so it is
not here). A sha256 stands here only where several independent public projects pin the same one for the same file;
elsewhere it is recorded at the first pull. What metier measured itself is said in docs/design/models.md; `metier model
test` measures any of them on this machine.
"""

from dataclasses import dataclass
from pathlib import Path

import httpx

from metier.models.sources import HubFile, parse_hub

OLLAMA_URL = "http://127.0.0.1:11434"
# It is on this machine: the system refuses or accepts a connection at once. An answer may take longer on a busy one.
_OLLAMA_TIMEOUT = httpx.Timeout(2.0, connect=0.5)


@dataclass(frozen=True, slots=True)
class Profile:
    """A language model one can pull. `memory_gb` is the machine it suits, not what it needs at the least."""

    name: str
    source: str
    memory_gb: int
    licence: str
    size_bytes: int  # of the file; about, where no sha256 is given
    sha256: str  # "" = recorded at the first pull
    note: str

    @property
    def hub(self) -> HubFile:
        """Repository and file."""
        return parse_hub(self.source)


@dataclass(frozen=True, slots=True)
class Found:
    """A language model that is on this machine: `source` and `name` are what metier.yaml wants."""

    source: str
    name: str
    where: str  # "pulled" or "ollama"
    size_bytes: int


PROFILES: tuple[Profile, ...] = (
    Profile(
        "qwen2.5-1.5b",
        "hf:Qwen/Qwen2.5-1.5B-Instruct-GGUF/qwen2.5-1.5b-instruct-q4_k_m.gguf",
        4,
        "Apache-2.0",
        1_117_320_736,
        "6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
        "the smallest that answers usefully; English, German and 27 more languages",
    ),
    Profile(
        "smollm2-1.7b",
        "hf:HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF/smollm2-1.7b-instruct-q4_k_m.gguf",
        4,
        "Apache-2.0",
        1_060_000_000,
        "",
        "English only",
    ),
    Profile(
        "qwen3-4b",
        "hf:Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf",
        8,
        "Apache-2.0",
        2_497_280_256,
        "7485fe6f11af29433bc51cab58009521f205840f5b4ae3a32fa7f92e8534fdf5",
        "the best choice for a laptop; many languages",
    ),
    Profile(
        "mistral-7b",
        "hf:bartowski/Mistral-7B-Instruct-v0.3-GGUF/Mistral-7B-Instruct-v0.3-Q4_K_M.gguf",
        16,
        "Apache-2.0",
        4_372_812_000,
        "1270d22c0fbb3d092fb725d4d96c457b7b687a5f5a715abe1e818da303e562b6",
        "English, French, German, Spanish, Italian",
    ),
    Profile(
        "qwen3-8b",
        "hf:Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf",
        16,
        "Apache-2.0",
        5_027_783_488,
        "d98cdcbd03e17ce47681435b5150e34c1417f50b5c0019dd560e4882c5745785",
        "needs a GPU or patience",
    ),
    Profile(
        "qwen3-14b",
        "hf:Qwen/Qwen3-14B-GGUF/Qwen3-14B-Q4_K_M.gguf",
        32,
        "Apache-2.0",
        9_001_752_960,
        "500a8806e85ee9c83f3ae08420295592451379b4f8cf2d0f41c15dffeb6b81f0",
        "for machines with a GPU",
    ),
)


def profile_of(name: str) -> Profile | None:
    """The profile with this name or source, or None."""
    return next((profile for profile in PROFILES if name in (profile.name, profile.source)), None)


def profiles_for(memory_gb: float) -> tuple[Profile, ...]:
    """Profiles that suit a machine with this much memory, largest first."""
    # a machine sold as 8 GB reports 7.6
    fitting = [profile for profile in PROFILES if profile.memory_gb <= memory_gb * 1.1]
    return tuple(sorted(fitting, key=lambda profile: (-profile.memory_gb, PROFILES.index(profile))))


def find_local(folder: Path, ollama_url: str = OLLAMA_URL) -> tuple[Found, ...]:
    """Language models on this machine: files pulled into `folder`, then those of a running Ollama.

    Asks nobody but Ollama's own address, for at most two seconds.
    """
    return (*_pulled(folder), *_ollama(ollama_url))


def _pulled(folder: Path) -> tuple[Found, ...]:
    found: list[Found] = []
    for path in sorted(folder.glob("*/*/**/*.gguf")):
        if not path.with_name(path.name + ".json").is_file():
            continue  # not finished
        source = "hf:" + path.relative_to(folder).as_posix()
        found.append(Found(source, path.name, "pulled", path.stat().st_size))
    return tuple(found)


def _ollama(url: str) -> tuple[Found, ...]:
    try:
        # trust_env: a proxy must not be asked for this machine
        with httpx.Client(timeout=_OLLAMA_TIMEOUT, trust_env=False) as client:
            answer = client.get(f"{url}/api/tags")
            models = answer.json().get("models") if answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError, AttributeError):
        return ()  # not running, or something else listens there
    found: list[Found] = []
    for model in models if isinstance(models, list) else ():
        match model:
            case {"name": str(name), "size": int(size)}:
                found.append(Found(f"endpoint:{url}/v1", name, "ollama", size))
            case {"name": str(name)}:
                found.append(Found(f"endpoint:{url}/v1", name, "ollama", 0))
    return tuple(found)
