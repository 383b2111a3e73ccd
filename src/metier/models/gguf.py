"""A language model from a GGUF file, run in this process by llama.cpp (extra `local`: xllamacpp).

The engine is llama.cpp's own server, called without its HTTP door. That door cannot be switched off, so it is bound to
a socket file in a private folder that is deleted as soon as the model is loaded, and it asks for a random key.
A crash inside the engine takes the process with it; whoever cannot have that runs a server of their own and names it
as `endpoint:`.
"""

import contextlib
import json
import os
import queue
import secrets
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from metier.errors import ModelUnavailable
from metier.models.completion import (
    Completion,
    Request,
    SchemaRefused,
    Scored,
    Spent,
    delta_text,
    error_text,
    scored_from,
    spent_from,
)
from metier.models.memory import memory_gib
from metier.models.sources import ModelFile

_MAGIC = b"GGUF"  # first bytes of every GGUF file (ggml docs/gguf.md)
_SOCKET_PATH_MAX = 100  # sun_path holds 108 bytes on Linux, 104 on macOS
_GIB = 1 << 30

_Item = str | Spent | Scored | ModelUnavailable | None  # None: the engine is done


class GgufModel:
    """A LanguageModel in this process. Loads at the first question (seconds); safe to share between threads.

    Questions asked at the same time wait for each other: on a CPU two at once are slower than one after the other,
    and one sequence keeps the unchanging beginning of the prompt in its cache.
    """

    def __init__(
        self,
        file: ModelFile,
        context_tokens: int = 4096,
        threads: int = 0,
        adapter: ModelFile | None = None,
    ) -> None:
        """`adapter` is a LoRA in GGUF, made for this very file; it is applied whole."""
        self._file = file
        self._adapter = adapter
        self._context_tokens = context_tokens
        self._threads = threads or _cores()
        self._lock = threading.Lock()
        self._server: Any = None
        self._closed = False

    @property
    def identity(self) -> str:
        """File name and first hash digits, and those of the adapter."""
        own = f"gguf:{self._file.path.name}@{self._file.sha256[:12]}"
        return own if self._adapter is None else f"{own}+{self._adapter.sha256[:12]}"

    @property
    def file(self) -> ModelFile:
        """The model's file, without the adapter."""
        return self._file

    def with_adapter(self, adapter: ModelFile) -> "GgufModel":
        """The same model with an adapter, to be loaded on its own."""
        return GgufModel(self._file, self._context_tokens, self._threads, adapter)

    def load(self) -> None:
        """Loads the model if it is not loaded. Raises ModelUnavailable saying what is missing."""
        with self._lock:
            if self._closed:
                raise ModelUnavailable(f"{self.identity} was closed")
            if self._server is None:
                self._server = self._start()

    def close(self) -> None:
        """Frees the model's memory."""
        with self._lock:
            self._server, self._closed = None, True

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Completion:
        """Pieces of text as they come; with temperature 0 the same for the same messages."""
        return self.ask(Request(messages, max_tokens, temperature, seed))

    def ask(self, request: Request) -> Completion:
        """Likewise; raises SchemaRefused (at the first piece) where the engine does not take the schema."""
        body = {
            **request.body(),
            "cache_prompt": True,
            # Models that think aloud first (Qwen3) would spend the whole budget on it.
            "chat_template_kwargs": {"enable_thinking": False},
        }
        pieces = self._stream(body)
        if request.schema is not None:
            pieces = _refusing(pieces)
        return Completion(pieces, asked_characters=request.characters)

    def _stream(self, request: dict[str, Any]) -> Iterator[str | Spent | Scored]:
        self.load()
        items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        stop = threading.Event()
        worker = threading.Thread(
            target=self._run, args=(self._server, request, items, stop), name="metier-gguf", daemon=True
        )
        worker.start()
        try:
            while (item := items.get()) is not None:
                if isinstance(item, ModelUnavailable):
                    raise item
                yield item
        finally:
            stop.set()
            worker.join()  # the engine notices at its next token

    def _run(
        self, server: Any, request: dict[str, Any], items: "queue.SimpleQueue[_Item]", stop: threading.Event
    ) -> None:
        def on_chunk(raw: Any) -> bool:
            chunk = json.loads(raw) if isinstance(raw, str | bytes) else raw
            if message := error_text(chunk):
                items.put(ModelUnavailable(f"{self.identity}: {message}{self._hint(message)}"))
                return True
            items.put(delta_text(chunk))
            if scored := scored_from(chunk):
                items.put(scored)
            if spent := spent_from(chunk.get("usage") if isinstance(chunk, dict) else None):
                items.put(spent)
            return stop.is_set()

        try:
            server.handle_chat_completions(request, on_chunk)
        except (RuntimeError, ValueError, MemoryError) as error:  # what the binding raises for C++ exceptions
            items.put(ModelUnavailable(f"{self.identity} failed: {error}"))
        finally:
            items.put(None)

    def _hint(self, message: str) -> str:
        if "context size" in message:
            return f"; models.generator.context_tokens is {self._context_tokens}"
        return ""

    def _start(self) -> Any:
        engine = _engine()
        _check_file(self._file.path)
        if self._adapter is not None:
            _check_file(self._adapter.path)
        folder = tempfile.mkdtemp(prefix="metier-")
        try:
            return engine.Server(self._parameters(engine, folder))
        except (RuntimeError, ValueError, MemoryError) as error:
            raise ModelUnavailable(
                f"{self._file.path} could not be loaded ({error}); {_memory_note(self._file.path)}, and the file must be "
                "a chat model of a kind that this version of xllamacpp knows"
            ) from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _parameters(self, engine: Any, folder: str) -> Any:
        parameters = engine.CommonParams()
        parameters.model.path = str(self._file.path)
        if self._adapter is not None:
            adapter = engine.CommonAdapterLoraInfo()
            adapter.path, adapter.scale = str(self._adapter.path), 1.0
            parameters.lora_adapters = [adapter]
        parameters.n_ctx = self._context_tokens
        parameters.n_parallel = 1
        if self._threads:
            parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = self._threads
        parameters.enable_reasoning = 0
        # a second store of old prompts (8 GiB by default); the sequence's own is enough
        parameters.cache_ram_mib = 0
        parameters.verbosity = -1
        parameters.offline = True
        parameters.ui = False
        socket = str(Path(folder) / "s.sock")
        if sys.platform != "win32" and len(os.fsencode(socket)) <= _SOCKET_PATH_MAX:
            parameters.hostnames = [socket]
        else:
            parameters.hostnames, parameters.port = ["127.0.0.1"], 0
        parameters.api_keys = [secrets.token_hex(32)]
        return parameters


def _refusing(pieces: Iterator[str | Spent | Scored]) -> Iterator[str | Spent | Scored]:
    """The pieces; a failure before the first is laid to the schema, because without one the engine may answer."""
    try:
        yield next(pieces, "")
    except ModelUnavailable as error:
        raise SchemaRefused(str(error)) from None
    yield from pieces


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error.strerror or error}") from None
    if magic != _MAGIC:
        raise ModelUnavailable(f"{path} is not a GGUF file; `metier model list` names some that are")


def _cores() -> int:
    # what this process may use, which in a container is less than the machine has; 0 lets the engine decide
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


def _engine() -> Any:
    # libgomp reads this when it is loaded: without it idle threads spin and take the cores from everybody else.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelUnavailable(
            f"a GGUF model needs the extra `local` ({error}); `pip install 'metier[local]'`"
        ) from None
    return xllamacpp


def _memory_note(path: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        size = path.stat().st_size / _GIB
        free = memory_gib("MemAvailable")
        told = "" if free is None else f", {free:.1f} GiB are free"
        return f"it needs about {size * 1.2:.1f} GiB of memory{told}"
    return "it needs somewhat more memory than the file is large"
