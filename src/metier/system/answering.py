"""Opened + Release -> the answer journey: which retrievers, mixture, reranker, generator and thresholds answer."""

import dataclasses
import math
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from metier.errors import UserError
from metier.flow.answering import Answering, Rewording, Sampling
from metier.generate.extractive import ExtractiveGenerator
from metier.generate.gated import GatedGenerator
from metier.generate.language_model import LanguageModelGenerator, deciding_writer
from metier.generate.leading import LeadingGenerator
from metier.generate.sampling import WEIGHTS, say_the_same, weighed
from metier.generate.shots import Shot, job_prompt
from metier.generate.stating import restated
from metier.models.endpoint import EndpointModel
from metier.models.gguf import GgufModel
from metier.models.open import open_language_model
from metier.models.sources import ModelFile, sha256_of
from metier.policy.admission import ScopePolicy
from metier.policy.settlement import ThresholdPolicy
from metier.rerank.features import reranker_of
from metier.rerank.pairs import PairOrder
from metier.rerank.versions import Versions, superseded
from metier.retrieve.adapter import adapted
from metier.retrieve.bridging import bridges
from metier.retrieve.dense import DenseRetriever
from metier.retrieve.expansion import Added, Expansion
from metier.retrieve.figures import FigureSearch
from metier.retrieve.filtering import Filtering
from metier.retrieve.keyword import KeywordRetriever
from metier.retrieve.known_item import KnownItemCheck, Switched, check_legs, known_items, row_items
from metier.retrieve.mixture import mixer_of
from metier.retrieve.rewording import Reworder
from metier.retrieve.sentence import SentenceRetriever
from metier.retrieve.structured import StructuredRetriever
from metier.retrieve.titles import Titles
from metier.retrieve.within import legs_within
from metier.settings import Model
from metier.stages import Embedder, Generator, Reorder, Retriever, Space
from metier.store.ledger import utc_now
from metier.store.release_parts import ADAPTER, EXPANSION
from metier.store.releases import ADAPTER as MODEL_ADAPTER
from metier.system.deep import Deep
from metier.system.opened import Opened
from metier.system.shots import Shots
from metier.system.spaces import SentenceSpace, StaticSpace
from metier.text.abbreviations import spelled_out
from metier.text.language import detect_language
from metier.types import Access, Draft, Evidence, FoundFigure, Need, Passage, Query, Release, Reworded, Sample
from metier.verify.checks import all_checks
from metier.verify.combine import SupportModel
from metier.verify.conflict import conflicts

Parts = Mapping[str, Mapping[str, Any]]  # of a release

_CHECK_S = 4.0  # most seconds of the known-item check; a question to one retriever takes 10 to 30 ms
# Least confidence in what another wording finds: from here on 9 of 13 answers were right, below hardly any (docs/design/models.md).
_REWORDED = 0.8
_PER_DOCUMENT = 3  # passages of one document that the check draws from, so that no long one fills the sample


class Assembly:
    """Puts answer journeys together from what is open; the parts of one release share its stores and models."""

    def __init__(self, opened: Opened) -> None:
        self._open = opened
        self._settings = opened.settings

    def answering(
        self, release: Release, extractive: ExtractiveGenerator, learning: bool = False
    ) -> Answering:
        """The whole journey; `extractive` is that of the release. Where something is to be learned from what is found, a
        leg that does not know nearly all passages finds nothing: weights would be fitted to a state that passes. So it is
        for a release whose weights were fitted where it knew all."""
        is_fitted = "fitted" in release.parts["mixture"] or "signals" in release.parts["reranker"]
        deep = None if learning or is_fitted else self._open.deep
        customer = self._settings.audience == "customer"
        live = self._open.ledger.live
        versions = Versions(live, lambda: datetime.now(UTC).date())
        mixture, wide = release.parts["mixture"], self._settings.retrieve.wide
        generator, rewording, writes_for = self._writing(release, extractive)
        sampling = self._sampling(release, generator)
        return Answering(
            admission=ScopePolicy(
                self._settings.scope,
                self._settings.purpose,
                customer,
                self._open.embedder.embed_queries,
                release.parts["scope"],
            ),
            retrievers=[
                Switched(leg, lambda name: self._is_off(name, release))
                for leg in self._retrievers(release.parts, begun=deep is not None)
            ],
            mixer=mixer_of(
                mixture,
                self._open.vocabulary,
                self._settings.retrieve.collapse,
                (lambda: None) if deep is None else deep.begun,
            ),
            reranker=reranker_of(
                release.parts["reranker"], self._open.vocabulary, versions, self._settings.retrieve.prefer
            ),
            generator=generator,
            needs=self._needs(extractive),
            choose=Filtering(live, self._open.groups_of, superseded).choose,
            steps=self._settings.retrieve.steps,
            sampling=sampling,
            rewording=rewording,
            restate=restated if isinstance(generator, LeadingGenerator) else None,
            writes_for=writes_for,
            engine=self._open.served.engine,
            waits=lambda leg: leg == "sentence" or not self._open.served.is_in_memory,
            conflicts=conflicts,
            reorder=self._reorder(release),
            figures=self._figures(),
            models=self._pair_models(),
            checks=all_checks(self._open.entailer, self._settings.thresholds.contradiction),
            support=SupportModel(release.parts.get("verifier")).probability,
            settlement=ThresholdPolicy(self.thresholds(release), customer),
            ledger=self._open.ledger,
            documents=self._open.documents,
            groups_of=self._open.groups_of,
            answers=self._open.answers,
            audit=self._open.audit,
            release=release.id,
            wide=wide,
            narrow=self._settings.retrieve.narrow,
            new_id=new_id,
            now=utc_now,
        )

    def within(self, journey: Answering, release: Release, document: str, access: Access) -> Answering:
        """The journey through the passages of one document."""
        opened, settings = self._open, self._settings.retrieve
        is_live = document in opened.ledger.live()
        found = opened.passages.of_document(document, access.groups) if is_live else []
        mixture = {**release.parts["mixture"], "per_document": settings.wide}
        return dataclasses.replace(
            journey,
            retrievers=[
                Switched(leg, lambda name: self._is_off(name, release))
                for leg in legs_within(
                    found,
                    opened.vocabulary(),
                    *self._embedders(release.parts),
                    Expansion(release.parts.get(EXPANSION)),
                )
                if leg.name in settings.legs
            ],
            mixer=mixer_of(mixture, opened.vocabulary, settings.collapse),
        )

    def extractive(self, release: Release) -> ExtractiveGenerator:
        """The policy that answers without a language model, and beside one."""
        opened, models = self._open, release.parts["generator"]
        return ExtractiveGenerator(models, opened.embedder, opened.vocabulary, opened.deep, opened.reader)

    def thresholds(self, release: Release) -> dict[str, float]:
        """What a draft and a statement must reach to leave, as settings and the release say."""
        released = {name: value for name, value in release.parts["thresholds"].items() if name != "origin"}
        if (own := self._settings.thresholds.abstain) is not None:
            released["extractive"] = own
        return released

    def language_model_file(self) -> ModelFile | None:
        """The GGUF file of `models.generator`, which can be taught; None if another kind of model answers, or none."""
        chosen = self._settings.models.generator
        model = None if chosen is None else open_language_model(chosen)
        return model.file if isinstance(model, GgufModel) else None

    def spaces(self) -> Mapping[str, Space]:
        """The dense legs as no release moves them."""
        opened = self._open
        found: dict[str, Space] = {"static": StaticSpace(opened.embedder)}
        if opened.deep is not None:
            found["sentence"] = SentenceSpace(opened.deep)
        return {name: space for name, space in found.items() if name in self._settings.retrieve.legs}

    def read(self, uri: str, access: Access) -> list[Passage]:
        """The passages of the live document there, if the asker may see it."""
        entries = [one for one in self._open.ledger.live().values() if one.uri == uri]
        if not access.allows(self._open.groups_of(uri)):
            return []
        return [item for one in entries for item in self._open.passages.of_document(one.id, access.groups)]

    def check_legs(self) -> KnownItemCheck:
        """What every retriever finds of passages that are known to be there; empty where retrieve.known_items is 0."""
        asked = self._settings.retrieve.known_items
        if not asked:
            return KnownItemCheck()
        drawn = self.sample_passages(2 * asked, _CHECK_S / 2)
        rows = {StructuredRetriever.name: row_items(drawn, asked)}
        return check_legs(self._retrievers({}), known_items(drawn, asked), _CHECK_S, time.monotonic, rows)

    def _reorder(self, release: Release) -> Reorder | None:
        scorer, weights = self._open.scorer, release.parts["reranker"]["weights"]
        return None if scorer is None else PairOrder(scorer, self._settings.retrieve.rerank_ms, weights)

    def _figures(self) -> Callable[[Query, Access], Sequence[FoundFigure]] | None:
        """How described figures are found; not at all where models.vision is not set."""
        opened = self._open
        if self._settings.models.vision is None:
            return None

        def passages_of(document: str, access: Access) -> list[Passage]:
            return opened.passages.of_document(document, access.groups)

        described, live = opened.figures.described, opened.ledger.live
        return FigureSearch(described, live, opened.groups_of, passages_of, opened.vocabulary).find

    def _pair_models(self) -> dict[str, str]:
        chosen = {"models.reranker": self._open.scorer, "models.entailment": self._open.entailer}
        return {name: model.identity for name, model in chosen.items() if model is not None}

    def _needs(
        self, extractive: ExtractiveGenerator
    ) -> Callable[[Query, Sequence[Evidence], Access], tuple[Need, ...]]:
        """What to search for next: the question with its abbreviations in full where the evidence explains them (or the other way
        round), people behind roles, things that rows are about, things beside what was named."""
        titles = Titles(self._open.ledger.live, self._open.groups_of)

        def needs(query: Query, evidence: Sequence[Evidence], access: Access) -> tuple[Need, ...]:
            is_whole = not query.rewrites  # a question of several parts, or sides, is answered part by part
            named = bridges(query, evidence, lambda name: titles.is_called(name, access)) if is_whole else ()
            told = spelled_out(query.text, (item.passage.text for item in evidence)) if is_whole else None
            return (*map(Need, filter(None, (told, *extractive.needs(query, evidence)))), *named)

        return needs

    def expanded(self, release: Release, query: Query, groups: Sequence[str]) -> Added:
        """What is searched besides the words of the question for a member of the groups."""
        is_searched = "keyword" in self._settings.retrieve.legs
        return self._keyword(release.parts).added(query, groups) if is_searched else {}

    def _keyword(self, parts: Parts) -> KeywordRetriever:
        return KeywordRetriever(self._open.served, self._open.ledger.live, Expansion(parts.get(EXPANSION)))

    def _retrievers(self, parts: Parts, begun: bool = False) -> list[Retriever]:
        """The legs as the parts of a release move them; with `begun` sentence vectors are searched before nearly all passages
        have them."""
        opened = self._open
        static, deep = self._embedders(parts)
        known: dict[str, Callable[[], Retriever]] = {
            "keyword": lambda: self._keyword(parts),
            "static": lambda: DenseRetriever("static", opened.served, static, opened.ledger.live),
            "structured": lambda: StructuredRetriever(opened.served, opened.ledger.live),
        }
        if deep is not None:
            known["sentence"] = lambda: SentenceRetriever(
                deep.table,
                opened.served,
                deep.embedder,
                opened.ledger.live,
                deep.is_begun if begun else deep.is_ready,
            )
        return [known[name]() for name in self._settings.retrieve.legs if name in known]

    def _embedders(self, parts: Parts) -> tuple[Embedder, Deep | None]:
        """What makes the vectors of questions for each dense leg, as the release moves them."""
        part, deep = parts.get(ADAPTER), self._open.deep
        static = adapted(part, "static", self._open.embedder)
        return static, deep and dataclasses.replace(deep, embedder=adapted(part, "sentence", deep.embedder))

    def _is_off(self, leg: str, release: Release) -> bool:
        """Whether the known-item check switched the leg off; weights fitted on judged questions know better than it."""
        return "fitted" not in release.parts["mixture"] and leg in self._open.legs.read().off()

    def _writing(
        self, release: Release, extractive: ExtractiveGenerator
    ) -> tuple[Generator, Rewording | None, Callable[[Access], Generator] | None]:
        """Who answers, who words a question in another way, and who answers whom where the prompt holds examples of the job: without a
        language model nobody does."""
        prompt = job_prompt(release.parts.get("prompt"))
        chosen = self._settings.models.generator
        if chosen is None:
            return extractive, None, None
        model = open_language_model(chosen)
        thresholds = self.thresholds(release)

        def gated(writer: LanguageModelGenerator) -> GatedGenerator:
            least = (thresholds[name] for name in ("language_model", "extractive", "sure"))
            return GatedGenerator(writer, extractive, *least)

        decides = self._open.model_decides
        taught = self._taught(release, model, chosen)
        if taught is not None:  # what was taught one job does no other, and needs no examples of it
            return gated(taught), None, None

        def writer(shots: Sequence[Shot] = ()) -> Generator:
            if decides:
                leading = deciding_writer(model, chosen.max_tokens, chosen.context_tokens, shots, prompt.job)
                return LeadingGenerator(leading, extractive, thresholds["extractive"])
            return gated(LanguageModelGenerator(model, chosen.max_tokens, shots=shots, job=prompt.job))

        opened = self._open
        shots = Shots(prompt, opened.ledger.live, opened.groups_of, opened.documents)

        def writes_for(access: Access) -> Generator:
            return writer(shots.shown_to(access))

        def sure(query: Query, evidence: Sequence[Evidence]) -> float:
            return extractive.generate(query, evidence).confidence

        rewording = (
            self._rewording(release, Reworder(model), sure) if self._settings.retrieve.reword else None
        )
        return writer(), rewording, writes_for if prompt.examples else None

    def _rewording(
        self, release: Release, reworder: Reworder, sure: Callable[[Query, Sequence[Evidence]], float]
    ) -> Rewording:
        """The question in other words and, where the model decides by itself if passages answer, in the other language of the documents:
        then it reads whatever new is found, else only what the policy is sure of."""
        if not self._open.model_decides:
            return Rewording((reworder.reword,), sure, _REWORDED)
        languages = self._keyword(release.parts).languages

        def translate(query: Query) -> Reworded:
            asked = query.language or detect_language(query.text)
            others = [language for language in languages() if language != asked]
            return reworder.translate(query, others[0]) if asked and others else Reworded("")

        return Rewording((reworder.reword, translate), sure, 0.0, only_new=True)

    def _sampling(self, release: Release, generator: Generator) -> Sampling | None:
        """Who chooses among several answers of the language model; None where one is enough."""
        chosen = self._settings.models.generator
        if chosen is None or chosen.samples == 1 or not isinstance(generator, GatedGenerator):
            return None
        weights = release.parts["generator"].get("sampling", WEIGHTS)

        def weigh(query: Query, draft: Draft, samples: Sequence[Sample]) -> list[Sample]:
            return weighed(query, draft, samples, weights)

        return Sampling(generator.sampler, weigh, say_the_same, chosen.samples, chosen.samples_s)

    def _taught(
        self, release: Release, model: GgufModel | EndpointModel, chosen: Model
    ) -> LanguageModelGenerator | None:
        """The language model with what the release taught it, if it was this very file that was taught."""
        part = release.parts.get("language_model")
        if part is None or not isinstance(model, GgufModel) or model.file.sha256 != part["base"]:
            return None
        taught = model.with_adapter(self._adapter(release, part["adapter"]))
        return LanguageModelGenerator(
            taught, chosen.max_tokens, evidence_tokens=part["evidence_tokens"], form="brief"
        )

    def _adapter(self, release: Release, sha256: str) -> ModelFile:
        """In the release, or, while it is tried before there is one, where it was trained."""
        for path in (self._open.workspace.training / f"{sha256}.gguf", Path(release.path) / MODEL_ADAPTER):
            if path.is_file() and sha256_of(path) == sha256:
                return ModelFile(path, sha256)
        raise UserError(
            f"release {release.id[:12]} names an adapter {sha256[:12]} of the language model that is not there; "
            "make another one live with `metier release rollback`"
        )

    def sample_passages(self, most: int, within_s: float = math.inf) -> list[Passage]:
        """Passages of live documents, drawn by the hash of the documents' ids; for checks, shown to nobody."""
        entries = sorted(
            self._open.ledger.live().values(), key=lambda entry: sha256(entry.id.encode()).digest()
        )
        drawn: list[Passage] = []
        started = time.monotonic()
        for entry in entries:
            if len(drawn) >= most or time.monotonic() - started > within_s:
                break
            drawn += self._open.passages.of_document(entry.id, entry.groups)[:_PER_DOCUMENT]
        return drawn


def new_id() -> str:
    """A fresh id of an answer or a row."""
    return uuid.uuid4().hex
