"""The facts of a change or receipt as a channel's own type, from this run or read from a ledger."""

from __future__ import annotations

from typing import Any, TypeVar, Union

import msgspec

from windlass.errors import RepositoryError
from windlass.model import Facts, StoredFacts


class TypedFacts(Facts, msgspec.Struct, frozen=True, omit_defaults=True):
    """The facts of one channel, which subclasses it: what `do`, `verify` and a later rollback need; no secrets.

    Fields are of types that JSON has; what a later windlass adds has a default, so that what an earlier one wrote can
    be read.
    """


F = TypeVar("F", bound=TypedFacts)


def read_facts(facts: Facts, *kinds: type[F]) -> F:
    """Facts as a channel's type; which of several is told by their tag.

    What a type does not name is passed over here, and stays in the ledger. Numbers and booleans may stand as text: so
    the first form of ledgers had them.

    Raises:
        RepositoryError: a ledger has others.
    """
    if isinstance(facts, kinds):
        return facts
    wanted: Any = Union[kinds]  # noqa: UP007 - of a tuple
    values = dict(facts) if isinstance(facts, StoredFacts) else facts
    try:
        found: F = msgspec.convert(values, wanted, strict=False)
    except msgspec.ValidationError as misfit:
        raise RepositoryError(
            "a receipt has facts that this channel does not understand",
            facts={"expected": ", ".join(kind.__name__ for kind in kinds), "problem": misfit},
            remedy="use the version of windlass (or of the channel's package) that wrote it, or a newer one",
        ) from misfit
    return found
