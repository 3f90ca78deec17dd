"""Changelog: Conventional Commits to notes in the form of Keep a Changelog, the same for the same commits."""

from __future__ import annotations

from windlass.changelog.commit_lint import CommitProblem, faults
from windlass.changelog.file import prepend, section, whole
from windlass.changelog.notes import notes
from windlass.changelog.style import SECTIONS, Style

__all__ = ["SECTIONS", "CommitProblem", "Style", "faults", "notes", "prepend", "section", "whole"]
