"""A reranking service that writes down what it is sent, behind the product's own requests; nothing leaves this process."""

import json
from dataclasses import dataclass, field

import httpx

from metier.models.rerank_endpoint import RerankEndpoint

URL = "http://rerank.invalid"


@dataclass
class RerankService:
    """Implements the /rerank request: what comes last is best."""

    sent: list[str] = field(default_factory=list)  # bodies since they were last taken
    requests: int = 0

    def take(self) -> str:
        """Everything it was sent since."""
        text, self.sent = "\n".join(self.sent), []
        return text

    def reranker(self) -> RerankEndpoint:
        """The product's reranker, connected to it."""
        made = RerankEndpoint(URL)
        made.close()
        made._server.client = httpx.Client(transport=httpx.MockTransport(self._answer))
        return made

    def _answer(self, request: httpx.Request) -> httpx.Response:
        data = json.loads(request.content)
        self.requests += 1
        self.sent.append(json.dumps(data, ensure_ascii=False))
        count = len(data["documents"])
        rows = [{"index": place, "relevance_score": place} for place in range(count)]
        return httpx.Response(200, json={"results": rows})
