"""Fetch the Debian packages that debian.lock names for one architecture, check each digest, unpack them.

Usage: unpack.py LOCK ARCHITECTURE FOLDER. Needs dpkg-deb, and no tar; runs while an image is built.
"""

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path


def main(lock: str, architecture: str, folder: str) -> None:
    """Unpack every package of the architecture into `folder`."""
    rows = [line.split() for line in Path(lock).read_text().splitlines()]
    for _, digest, url in (row for row in rows if row[0] == architecture):
        with urllib.request.urlopen(url, timeout=120) as answer:  # noqa: S310  addresses come from the lock
            content = answer.read()
        if hashlib.sha256(content).hexdigest() != digest:
            sys.exit(f"{url} is not the file that debian.lock names; refresh it with docker/lock")
        with tempfile.NamedTemporaryFile(suffix=".deb") as package:
            package.write(content)
            package.flush()
            unpacked = subprocess.run(["dpkg-deb", "--fsys-tarfile", package.name], check=True, capture_output=True)
        with tarfile.open(fileobj=io.BytesIO(unpacked.stdout)) as files:
            files.extractall(folder)  # noqa: S202  no filter in Debian 12; each package is the one that the lock names


if __name__ == "__main__":
    main(*sys.argv[1:])
