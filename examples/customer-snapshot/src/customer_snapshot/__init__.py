"""customer-snapshot: the transcript of a customer call as a one-page snapshot.

>>> from customer_snapshot import parse, summarise, to_markdown
>>> print(to_markdown(summarise(parse(text), title="Acme renewal")))  # doctest: +SKIP
"""

from customer_snapshot.errors import SnapshotError
from customer_snapshot.markdown import to_markdown
from customer_snapshot.page import to_html
from customer_snapshot.snapshot import Snapshot, summarise
from customer_snapshot.webvtt import Transcript, Utterance, parse

__version__ = "1.2.2"

__all__ = [
    "Snapshot",
    "SnapshotError",
    "Transcript",
    "Utterance",
    "__version__",
    "parse",
    "summarise",
    "to_html",
    "to_markdown",
]
