"""The proofs that trials share: an answer by a question's digest, in memory, gone with the rehearsal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route, Router

if TYPE_CHECKING:
    from starlette.requests import Request


class ProofStore:
    """What trials proved so far; one for all the stages of a rehearsal.

    Attributes:
        answers: SHA-256 of a question → what was found.
    """

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}

    def app(self) -> Router:
        """Serves them: GET and PUT of a question's digest."""
        one = "/{question}"
        return Router([Route(one, self._answer, methods=["GET"]), Route(one, self._keep, methods=["PUT"])])

    async def _answer(self, request: Request) -> Response:
        found = self.answers.get(request.path_params["question"])
        return Response(status_code=404) if found is None else Response(found)

    async def _keep(self, request: Request) -> Response:
        self.answers[request.path_params["question"]] = (await request.body()).decode()
        return Response(status_code=201)
