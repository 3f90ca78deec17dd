"""Cut GitHub's own OpenAPI down to the operations that windlass uses: makes contract.json.

    npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz
    python tests/github/slice_contract.py package

Source: https://github.com/octokit/openapi, `generated/api.github.com.json`, MIT License: GitHub's description of its
API with Octokit's extensions. Nothing is changed; prose, examples and extensions are left out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_REPO = "/repos/{owner}/{repo}"
OPERATIONS = {
    "/rate_limit": ("get",),
    _REPO: ("get",),
    f"{_REPO}/releases": ("get", "post"),
    f"{_REPO}/releases/latest": ("get",),
    f"{_REPO}/releases/tags/{{tag}}": ("get",),
    f"{_REPO}/releases/assets/{{asset_id}}": ("get", "delete"),
    f"{_REPO}/releases/{{release_id}}": ("get", "patch", "delete"),
    f"{_REPO}/releases/{{release_id}}/assets": ("get", "post"),
    f"{_REPO}/git/ref/{{ref}}": ("get",),
    f"{_REPO}/git/matching-refs/{{ref}}": ("get",),
    f"{_REPO}/git/tags/{{tag_sha}}": ("get",),
    f"{_REPO}/branches/{{branch}}": ("get",),
    f"{_REPO}/rules/branches/{{branch}}": ("get",),
    f"{_REPO}/pages": ("get",),
    f"{_REPO}/pulls": ("get", "post"),
    f"{_REPO}/pulls/{{pull_number}}": ("get", "patch"),
    f"{_REPO}/pulls/{{pull_number}}/merge": ("put",),
}
_PROSE = frozenset({"description", "example", "examples", "summary", "tags", "externalDocs", "operationId", "title"})


def sliced(whole: dict[str, Any], package: dict[str, Any]) -> dict[str, Any]:
    """The slice, with what it refers to."""
    paths = {path: {m: bare(whole["paths"][path][m]) for m in methods} for path, methods in OPERATIONS.items()}
    components: dict[str, dict[str, Any]] = {}
    waiting = sorted(references(paths))
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = bare(whole["components"][kind][name])
            waiting += references(components[kind][name])
    return {
        "x-source": f"npm {package['name']} {package['version']}, generated/api.github.com.json",
        "x-license": f"{package['license']}, https://github.com/octokit/openapi/blob/main/LICENSE",
        "openapi": whole["openapi"],
        "info": {"version": whole["info"]["version"]},
        "servers": whole["servers"],
        "paths": paths,
        "components": components,
    }


def bare(node: Any, *, names: bool = False) -> Any:
    """A part without prose and extensions; `names` where the keys are names of properties, which all stay."""
    if isinstance(node, list):
        return [bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {k: v for k, v in node.items() if names or not (k in _PROSE or k.startswith("x-"))}
    return {k: bare(v, names=k in ("properties", "responses") and not names) for k, v in kept.items()}


def references(node: Any) -> set[str]:
    """Every `$ref` of a part."""
    if isinstance(node, list):
        return {ref for item in node for ref in references(item)}
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own | {ref for value in node.values() for ref in references(value)}


def main(folder: Path) -> None:
    """Write contract.json beside this file."""
    whole = json.loads((folder / "generated/api.github.com.json").read_text())
    package = json.loads((folder / "package.json").read_text())
    text = json.dumps(sliced(whole, package), separators=(",", ":"), sort_keys=True)
    Path(__file__).with_name("contract.json").write_text(text + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
