"""Small projects with an image, on the base image that .ci/engine makes."""

from __future__ import annotations

import textwrap
import zipfile
from pathlib import Path

from windlass.channels.oci.configuration import ImageTable
from windlass.channels.oci.image_build import Recipe

EPOCH = 1_750_000_000
PROGRAM = """
import sys
if sys.argv[1:] == ["--version"]:
    print("demo {version}")
elif sys.argv[1:] == ["check"]:
    sys.exit({check})
elif sys.argv[1:] == ["serve"]:
    import http.server
    http.server.HTTPServer(("127.0.0.1", 8000), http.server.SimpleHTTPRequestHandler).serve_forever()
elif sys.argv[1:] == ["crash"]:
    sys.exit("it can't go on")
"""
DOCKERFILE = """
FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/opt/demo.whl
COPY dist/*.whl /opt/demo.whl
RUN python3 -c "import demo, pathlib; pathlib.Path('/opt/made-in-the-build').write_text('x')"
ENTRYPOINT ["python3", "-m", "demo"]
"""


def recipe(
    root: Path,
    *lines: str,
    version: str = "1.3.0",
    check: int = 0,
    platforms: tuple[str, ...] = ("linux/amd64",),
    **table: object,
) -> Recipe:
    """A project whose wheel holds PROGRAM; `lines` come at the end of its Dockerfile."""
    (root / "dist").mkdir(parents=True, exist_ok=True)
    wheel = root / "dist" / f"demo-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        program = textwrap.dedent(PROGRAM).format(version=version, check=check)
        archive.writestr(zipfile.ZipInfo("demo/__main__.py", (2020, 1, 1, 0, 0, 0)), program)
        archive.writestr(zipfile.ZipInfo("demo/__init__.py", (2020, 1, 1, 0, 0, 0)), "")
    (root / "Dockerfile").write_text(DOCKERFILE + "\n".join(lines) + "\n")
    image = ImageTable(name="demo", dockerfile="Dockerfile", platforms=platforms, **table)  # type: ignore[arg-type]
    return Recipe(root, image, (wheel,), version, "0123456789abcdef", EPOCH)
