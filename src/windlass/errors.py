"""What can go wrong: every error says the problem, the facts and the remedy, and carries its exit code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class WindlassError(Exception):
    """A problem with its facts and its remedy; never holds a secret.

    Attributes:
        problem: one sentence without a full stop.
        facts: name → value, shown one a line, in order.
        remedy: what the reader can do now; empty only where nothing can be done.
        exit_code: what the process ends with.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, facts: Mapping[str, object] | None = None, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.facts = {name: str(value) for name, value in (facts or {}).items()}
        self.remedy = remedy

    def __str__(self) -> str:
        """The whole error as a person reads it."""
        rows = [*self.facts.items(), *([("fix", self.remedy)] if self.remedy else [])]
        width = max((len(name) for name, _ in rows), default=0) + 1
        indent = " " * (width + 3)
        lines = [f"  {name + ':':<{width}} {value.replace(chr(10), chr(10) + indent)}" for name, value in rows]
        return "\n".join([self.problem, *lines])


class GateError(WindlassError):
    """A test, a scan, a benchmark or a node of the graph failed."""

    exit_code = 1


class CancelledError(WindlassError):
    """The run was ended (a sibling failed, Ctrl-C, a timeout) before this could be done."""

    exit_code = 1


class ConfigError(WindlassError):
    """`[tool.windlass]` or another setting can't be used as it is."""

    exit_code = 20


class GraphError(WindlassError):
    """The tasks do not form a graph that can run: a cycle, an unknown need, two makers of one output."""

    exit_code = 21


class VersionError(WindlassError):
    """A version that is malformed, lower than one of its line, or already taken."""

    exit_code = 22


class RepositoryError(WindlassError):
    """The repository is not in a state to release from: dirty, shallow, behind, on the wrong branch."""

    exit_code = 23


class UsageError(WindlassError):
    """Options that contradict each other or the state, or a question that nobody is there to answer."""

    exit_code = 24


class CredentialError(WindlassError):
    """A secret that a channel needs is missing; named, never shown."""

    exit_code = 25


class ToolMissingError(WindlassError):
    """A program or an optional library is not installed."""

    exit_code = 30


class ToolError(WindlassError):
    """A program that is there does not work."""

    exit_code = 31


class RemoteRefusedError(WindlassError):
    """A remote answered, and the answer is no."""

    exit_code = 40


class RemoteUnreachableError(WindlassError):
    """A remote did not answer, or its answer was lost: whether it acted must be looked up."""

    exit_code = 41


class ConflictError(WindlassError):
    """A channel holds other bytes, or a ref moved meanwhile."""

    exit_code = 50


class LockedError(WindlassError):
    """Another release holds the lock."""

    exit_code = 51


class NotVerifiedError(WindlassError):
    """Released, but a consumer can't see what was released."""

    exit_code = 60
