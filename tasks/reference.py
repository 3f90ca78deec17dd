"""`inv reference`: what the documentation says of the code, written from the code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import msgspec
from invoke.collection import Collection
from invoke.context import Context

import windlass.config
import windlass.errors
from windlass.channels.index import upload_rules
from windlass.config import Table, config_form
from windlass.errors import WindlassError
from windlass.graph import task

BEGIN, END = "<!-- from the code: inv reference -->\n", "<!-- end -->\n"


@task
def reference(c: Context) -> None:
    """Write the generated parts of docs/reference and the JSON Schema anew."""
    Path(windlass.config.__file__).with_name("config.schema.json").write_bytes(windlass.config.schema())
    for name, text in pages().items():
        page = Path(c.cwd) / "docs" / "reference" / name
        page.write_text(within(page.read_text("utf-8"), text), "utf-8")


def pages() -> dict[str, str]:
    """Page → its generated part."""
    return {
        "configuration.md": configuration(),
        "errors.md": errors(),
        "upload-rules.md": upload_rules.as_markdown(),
    }


def within(page: str, generated: str) -> str:
    """A page with its generated part replaced."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{generated}\n{END}{rest.partition(END)[2]}"


def errors() -> str:
    """Every kind of error, by exit code."""
    known = [kind for kind in vars(windlass.errors).values() if isinstance(kind, type)]
    kinds = [kind for kind in known if issubclass(kind, WindlassError) and kind is not WindlassError]
    kinds.sort(key=lambda kind: (kind.exit_code, kind.__name__))
    rows = [f"| {kind.exit_code} | {(kind.__doc__ or '').strip().splitlines()[0]} |" for kind in kinds]
    return "\n".join(["| code | what happened |", "| --- | --- |", *rows])


def configuration() -> str:
    """Every key of `[tool.windlass]`, a table a section."""
    return "\n\n".join(_sections(config_form(), "tool.windlass"))


def _sections(table: type[Table], path: str, many: bool = False) -> Iterator[str]:
    fields = msgspec.structs.fields(table)
    plain = [field for field in fields if _table_in(field.type) is None]
    title = f"## `[[{path}]]`" if many else f"## `[{path}]`"
    about = (table.__doc__ or "").strip().splitlines()[0].removeprefix(f"`[{path}]`: ")
    about = about[:1].upper() + about[1:]
    yield "\n".join([title, "", about, "", "| key | kind | when left out | |", "| --- | --- | --- | --- |"] + [
        f"| `{field.encode_name}` | {_kind(field.type)} | {_default(field)} | {_about(field.type)} |" for field in plain
    ])  # fmt: skip
    for field in fields:
        inner = _table_in(field.type)
        if inner is not None:
            yield from _sections(inner, f"{path}.{field.encode_name}", get_origin(_bare(field.type)) is tuple)


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _about(kind: Any) -> str:
    metas = [meta for meta in getattr(kind, "__metadata__", ()) if isinstance(meta, msgspec.Meta)]
    return next((meta.description for meta in reversed(metas) if meta.description), "").replace("|", "\\|")


def _table_in(kind: Any) -> type[Table] | None:
    bare = _bare(kind)
    candidates = (bare, *map(_bare, get_args(bare)))
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, Table)), None)


def _kind(kind: Any) -> str:
    bare = _bare(kind)
    if isinstance(bare, type) and bare in _NAMES:
        return _NAMES[bare]
    if get_origin(bare) is tuple:
        return "list of strings"
    if get_origin(bare) is dict:
        return "table of strings"
    return " or ".join(f"`{value}`" for value in get_args(bare))


_NAMES: dict[type, str] = {str: "string", bool: "true or false", float: "seconds", int: "number"}


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "must be there"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if value in ("", (), {}):
        return ""
    return ", ".join(f"`{one}`" for one in value) if isinstance(value, tuple) else f"`{value}`"


namespace = Collection("reference")
namespace.add_task(reference, "write", default=True)
