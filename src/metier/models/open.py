"""models.* of metier.yaml -> engines that are ready to be asked."""

from collections.abc import Mapping
from pathlib import Path

from metier.errors import UserError
from metier.models.cross_encoder import CrossEncoder, open_cross_encoder
from metier.models.endpoint import EndpointModel
from metier.models.entailment import OnnxEntailment, open_entailment
from metier.models.gguf import GgufModel
from metier.models.pacing import Limits
from metier.models.rerank_endpoint import RerankEndpoint
from metier.models.sources import checked, default_models_folder, model_file, split_source
from metier.models.static_embedder import StaticEmbedder, load_static_embedder
from metier.models.vision import VisionEndpoint
from metier.settings import Model


def open_embedder(model: Model) -> StaticEmbedder:
    """The embedder of `models.static`. Raises UserError if its files are missing or changed."""
    kind, rest = split_source(model.source)
    if kind != "wheel":
        raise UserError(f"models.static: {model.source} is not supported; use wheel:wordllama")
    return load_static_embedder(rest)


def open_language_model(
    model: Model, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> GgufModel | EndpointModel:
    """The language model of `models.generator` or `models.judge`; nothing is loaded or asked yet.

    `folder` is where pulled models are (default: the user's). Raises UserError if the file is missing.
    """
    kind, rest = split_source(model.source)
    if kind == "wheel":
        raise UserError(
            f"models.generator: {model.source} holds no language model; use path:, hf: or endpoint:"
        )
    if kind == "endpoint":
        return EndpointModel(
            rest,
            name=model.name,
            key_env=model.key_env,
            timeout_s=model.timeout_s,
            price_per_million_in=model.price_per_million_in,
            price_per_million_out=model.price_per_million_out,
            environment=environment,
            limits=_limits(model),
        )
    file = model_file(model.source, folder or default_models_folder(environment))
    return GgufModel(checked(file, model.sha256, "models.generator"), context_tokens=model.context_tokens)


def open_reranker(
    model: Model, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> CrossEncoder | RerankEndpoint:
    """The model of `models.reranker`: a file is loaded and tried, an endpoint not asked yet. Raises UserError saying what
    is missing or unfit."""
    kind, rest = split_source(model.source)
    if kind == "endpoint":
        return RerankEndpoint(
            rest,
            model.name,
            model.key_env,
            model.timeout_s,
            model.price_per_million_in,
            environment,
            limits=_limits(model),
        )
    return open_cross_encoder(model, folder or default_models_folder(environment))


def open_vision(model: Model, environment: Mapping[str, str] | None = None) -> VisionEndpoint:
    """The model of `models.vision`; nothing is asked yet."""
    _, url = split_source(model.source)
    return VisionEndpoint(
        EndpointModel(
            url,
            name=model.name,
            key_env=model.key_env,
            timeout_s=model.timeout_s,
            price_per_million_in=model.price_per_million_in,
            price_per_million_out=model.price_per_million_out,
            environment=environment,
            slot="vision",
        ),
        model.max_tokens,
    )


def open_entailer(
    model: Model, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> OnnxEntailment:
    """The model of `models.entailment`, loaded and tried. Raises UserError saying what is missing or unfit."""
    return open_entailment(model, folder or default_models_folder(environment))


def _limits(model: Model) -> Limits:
    return Limits(model.requests_per_minute, model.tokens_per_minute, model.concurrent, model.wait_s)
