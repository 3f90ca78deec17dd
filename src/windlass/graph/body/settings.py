"""Invoke's settings for each node: a copy of its own, made once and used again while nobody changed it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from invoke.collection import Collection
from invoke.config import Config

from windlass.graph.body.context import Commands
from windlass.graph.body.invoke_runner import SupervisedRunner


@dataclass
class _ConfigPool:
    base: Config
    commands: Commands
    free: list[Config]


class Settings:
    """Copies of Invoke's settings with our runner in them, by task.

    A copy costs a fifth of a millisecond and a setting's look-up a tenth, so both are kept: a copy that still
    equals what it was made from is lent again, and commands are read from what was read once.
    """

    def __init__(self, make: Callable[[str], Config]) -> None:
        """`make` gives the settings of a task by its name; called once for each."""
        self._make = make
        self._kept: dict[str, _ConfigPool] = {}

    def take(self, name: str) -> tuple[Config, Commands]:
        """A copy for the node of this name, and what it says of commands."""
        kept = self._pool_of(name)
        try:
            config = kept.free.pop()
        except IndexError:
            config = kept.base.clone()
        return config, kept.commands

    def give_back(self, name: str, config: Config) -> None:
        """Kept for the next one, if the node changed nothing."""
        kept = self._pool_of(name)
        if config == kept.base:
            kept.free.append(config)

    def _pool_of(self, name: str) -> _ConfigPool:
        task = name.partition("[")[0]
        if task not in self._kept:
            base = self._make(task)
            base.runners.local = SupervisedRunner
            self._kept[task] = _ConfigPool(base, Commands(base), [])
        return self._kept[task]


def of_one(config: Config | None) -> Settings:
    """The same settings for all."""
    whole = config if config is not None else Config()
    return Settings(lambda _: whole.clone())


def of_collection(config: Config, collection: Collection) -> Settings:
    """The session's settings, plus those of the collection that a task lies in."""

    def make(task: str) -> Config:
        made = config.clone()
        extra: Mapping[str, Any]
        try:
            extra = collection.configuration(task)
        except (KeyError, ValueError):
            extra = collection.configuration()
        if extra:
            made.load_collection(dict(extra))
        made.load_shell_env()
        return made

    return Settings(make)
