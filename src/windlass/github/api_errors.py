"""GitHub's refusals in words: what it said, which right is lacking, and what to do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from windlass.errors import RemoteRefusedError
from windlass.http import Http, retry_after_s, without_secrets

if TYPE_CHECKING:
    import httpx

_REMEDIES = {
    401: "the token is wrong, or has expired: make a new one, and set GITHUB_TOKEN",
    403: "give the token the right to write contents (in a workflow: `permissions: contents: write`)",
    404: "see that OWNER/NAME is right; GitHub also answers 404 where the token may not look",
    422: "mend what it says, then run the same again: what was done stays done",
}
_AGAIN = "run the same again later: what was done stays done"


class GitHubHttp(Http):
    """The edge to the network, with GitHub's own form of errors."""

    def refusal_error(self, method: str, url: str, answer: httpx.Response) -> RemoteRefusedError:
        """The error for an answer that is a no."""
        facts = {
            "request": f"{method} {without_secrets(url)}",
            "it said": error_message(answer),
        }
        if needs := answer.headers.get("X-Accepted-GitHub-Permissions", ""):
            facts["it needs"] = needs
        if (wait_s := limited_s(answer)) is not None:
            return RemoteRefusedError(
                "GitHub's rate limit is reached",
                facts={**facts, "it asks to wait": f"{wait_s:.0f} s"},
                remedy="wait as long as it asks, then run the same again: what was done stays done",
            )
        remedy = _REMEDIES.get(answer.status_code, _AGAIN)
        return RemoteRefusedError(f"{self.remote} refused with {answer.status_code}", facts=facts, remedy=remedy)


def error_message(answer: httpx.Response) -> str:
    """The message of an answer and its errors in one line, cut short; a proxy's page as plain words."""
    try:
        body = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        body = None
    if not isinstance(body, Mapping):
        return " ".join(answer.text.split())[:300] or "(nothing)"
    errors = body.get("errors")
    rows = [_row(row) for row in errors] if isinstance(errors, list) else []
    words = ": ".join(part for part in (str(body.get("message", "")), ", ".join(rows)) if part)
    return " ".join(words.split())[:500] or "(nothing)"


def _row(row: Any) -> str:
    if not isinstance(row, Mapping):
        return str(row)
    if row.get("message"):
        return str(row["message"])
    return " ".join(str(row[key]) for key in ("resource", "field", "code") if row.get(key))


_SECONDARY = ("secondary rate limit", "abuse detection")


def limited_s(answer: httpx.Response) -> float | None:
    """How many seconds a rate limit asks to wait; None when the answer is about something else.

    Such an answer did nothing, so that even a write may be sent again.
    Source: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if answer.status_code not in {403, 429}:
        return None
    if (asked_s := retry_after_s(answer)) is not None:
        return asked_s
    reset = answer.headers.get("X-RateLimit-Reset", "")
    if answer.headers.get("X-RateLimit-Remaining") == "0" and reset.isdigit():
        return max(float(reset) - time.time(), 1.0)
    secondary = any(words in answer.text.lower() for words in _SECONDARY)  # nothing else tells this one
    return 60.0 if answer.status_code == 429 or secondary else None
