"""Which modules a body's code reaches: every one that it may import, wherever that is written."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from windlass.graph.caching.journal import Journal
from windlass.graph.caching.source_code import Sources

EVERYWHERE = """
import at_top
if 1:
    import in_if
elif 2:
    import in_elif
else:
    import in_else
for x in ():
    import in_for
else:
    import after_for
while False:
    import in_while
try:
    import in_try
except ValueError:
    import in_except
else:
    import after_try
finally:
    import in_finally
with open("x") as file:
    import in_with
match 1:
    case 1:
        import in_case
class Holder:
    import in_class
    async def late(self):
        async with self:
            import in_async
def body(c):
    def deeper():
        from pack import in_function
"""


def test_a_module_counts_wherever_its_import_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [line.split()[-1] for line in EVERYWHERE.splitlines() if "import " in line]
    assert len(names) == 16
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    for name in names:
        (tmp_path / ("pack" if name == "in_function" else "") / f"{name}.py").write_text("")
    (tmp_path / "everywhere.py").write_text(EVERYWHERE)
    monkeypatch.syspath_prepend(tmp_path)
    body = lambda c: None  # noqa: E731
    module = types.ModuleType("everywhere")
    module.__file__ = str(tmp_path / "everywhere.py")
    monkeypatch.setitem(sys.modules, "everywhere", module)
    body.__module__ = "everywhere"
    sources = Sources(Journal(tmp_path / "journal.jsonl"), tmp_path)
    sources.digest(body)
    assert {Path(path).stem for path in sources.stamps} == {"everywhere", "__init__", *names}
