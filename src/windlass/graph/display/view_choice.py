"""The view that suits where a run is shown."""

from __future__ import annotations

import os
from typing import TextIO

from windlass.graph.display.plain import Plain
from windlass.graph.display.view import FOLLOWED, View


def view_on(stream: TextIO, explain: bool = False, whole: bool = False) -> View:
    """The view that suits a stream: GitHub's where a job runs, live lines on a terminal, else plain text.

    Where whoever started this process follows it, that is told instead.

    Args:
        whole: text shows a node's words when it has ended, never while it writes.
    """
    from windlass.graph.display.screen import Screen

    if FOLLOWED in os.environ:
        from windlass.graph.display.event_stream import EventView, follower

        following = follower(os.environ[FOLLOWED])
        if following is not None:
            return EventView(following, explain, stream)
    screen = Screen(stream)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from windlass.graph.display.github_actions import Workflow

        return Workflow(screen.write, explain, stream, whole=whole)
    if screen.terminal:
        from windlass.graph.display.live import Live

        return Live(screen, explain)
    return Plain(screen.write, explain, stream, whole)
