"""The root collection: windlass's ready-made tasks, plus what only this repository needs (tasks/)."""

from pathlib import Path

from windlass import collection

__path__ = [str(Path(__file__).with_name("tasks"))]

from tasks import lint, peers, reference, suite

ns = collection()
ns.add_collection(lint.namespace)
ns.add_collection(peers.namespace)
ns.add_collection(reference.namespace)
ns.add_collection(suite.namespace)
