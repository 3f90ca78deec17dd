"""What the tags of an image hold, on every registry: for `docker.tags` and `docker.rollback`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from windlass.builds.artifact_folder import Files
from windlass.channels.oci.oci_channel import Registries, open_channel
from windlass.channels.protocol import ChannelContext
from windlass.errors import ConfigError
from windlass.git import Git
from windlass.oci import ImageRepository

if TYPE_CHECKING:
    from windlass.project import Project


def open_registries(project: Project) -> Registries:
    """The project's registries, to look at.

    Raises:
        ConfigError: it pushes no image.
    """
    found = open_channel(ChannelContext(project, Git(project.root, project.config.remote), Files(project.home)))
    if found is None:
        raise ConfigError(
            "this project pushes no image",
            facts={"project": project.name},
            remedy="set `registries` in [tool.windlass.image], and write a Dockerfile",
        )
    return found


def tags(channel: Registries) -> dict[str, Any]:
    """The stable form of `docker.tags --json`: every tag of every registry."""
    return registries_json(
        channel, {str(one.address): [(tag, one.look(tag), "") for tag in one.tags()] for one in channel.repositories}
    )


def registries_json(channel: Registries, rows: dict[str, list[tuple[str, str, str]]]) -> dict[str, Any]:
    """The stable form of what registries hold.

    Args:
        rows: repository → tag, digest, the digest that it had before.
    """
    return {
        "registries": [
            _registry(name, one, rows.get(str(one.address), []))
            for name, one in zip(channel.registries, channel.repositories, strict=True)
        ]
    }


def _registry(name: str, one: ImageRepository, rows: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    shown = [
        {"tag": tag, "digest": digest, "was": was or None, "platforms": list(one.manifest(digest).platforms)}
        for tag, digest, was in rows
    ]
    return {"name": name, "tags": shown, "requests": one.traffic.requests, "bytes": one.traffic.size_bytes}


def lines(form: dict[str, Any]) -> list[str]:
    """The same for people: a line a tag."""
    found = []
    for registry in form["registries"]:
        found.append(f"{registry['name']} ({registry['requests']} requests, {registry['bytes']} bytes)")
        found += [
            f"  {row['tag']}  {row['digest']}  {', '.join(row['platforms'])}"
            + (f"  (was {row['was']})" if row["was"] and row["was"] != row["digest"] else "")
            for row in registry["tags"]
        ]
    return found
