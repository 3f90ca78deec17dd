"""What readers of the index get: the simple API as JSON and HTML, the JSON API, and pages for people."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from windlass.channels.index.stand_in.store import File, IndexProject, IndexRelease

_API = "1.4"


def simple(project: IndexProject, root: str) -> dict[str, Any]:
    """A project's files by the simple API; `root` is the index's address. Source: PEP 691, 700, 714."""
    files = sorted(project.files.values(), key=lambda file: (Version(file.version), file.filename))
    return {
        "meta": {"api-version": _API, "_last-serial": project.serial},
        "name": canonicalize_name(project.name),
        "project-status": {"status": "active"},
        "versions": [str(version) for version in sorted({Version(file.version) for file in files})],
        "files": [_simple_file(project, file, root) for file in files],
    }


def _simple_file(project: IndexProject, file: File, root: str) -> dict[str, Any]:
    metadata = {"sha256": file.metadata_sha256}
    release = project.release(file.version)
    return {
        "filename": file.filename,
        "url": _url(project, file, root),
        "hashes": {"sha256": file.sha256},
        "requires-python": file.requires_python or None,
        "size": file.size_bytes,
        "upload-time": file.uploaded,
        "yanked": (release.yanked_reason or True) if release and release.yanked else False,
        "core-metadata": metadata,
        "data-dist-info-metadata": metadata,
        "provenance": None,
    }


def simple_html(project: IndexProject, root: str) -> str:
    """The same as links. Source: PEP 503, 592, 658."""
    detail = simple(project, root)
    links = "\n".join(f"    {_link(row)}<br />" for row in detail["files"])
    return _page(f"Links for {detail['name']}", links)


def _link(row: dict[str, Any]) -> str:
    metadata = f"sha256={row['core-metadata']['sha256']}"
    attributes = {
        "href": f"{row['url']}#sha256={row['hashes']['sha256']}",
        "data-requires-python": row["requires-python"],
        "data-yanked": "" if row["yanked"] is True else row["yanked"],
        "data-dist-info-metadata": metadata,
        "data-core-metadata": metadata,
    }
    shown = (f'{name}="{escape(value)}"' for name, value in attributes.items() if value not in (None, False))
    return f"<a {' '.join(shown)}>{escape(row['filename'])}</a>"


def projects(names: Iterable[str]) -> dict[str, Any]:
    """Every project by the simple API."""
    return {"meta": {"api-version": _API, "_last-serial": 0}, "projects": [{"name": name} for name in names]}


def projects_html(names: Iterable[str]) -> str:
    """The same as links."""
    return _page("Simple index", "\n".join(f'    <a href="{name}/">{name}</a>' for name in names))


def legacy(project: IndexProject, release: IndexRelease, root: str, *, every_release: bool) -> dict[str, Any]:
    """A release by the JSON API. Source: docs.pypi.org/api/json."""
    answer = {
        "info": _info(project, release, root),
        "urls": [_legacy_file(project, file, root) for file in project.of(release.version)],
        "vulnerabilities": [],
        "last_serial": project.serial,
    }
    if every_release:
        answer["releases"] = {
            each.version: [_legacy_file(project, file, root) for file in project.of(each.version)]
            for each in project.releases.values()
        }
    return answer


def latest(project: IndexProject) -> IndexRelease:
    """The release that the JSON API shows for a project: the newest, yanked ones and pre-releases last."""

    def rank(release: IndexRelease) -> tuple[bool, bool, Version]:
        version = Version(release.version)
        return (not release.yanked, not version.is_prerelease, version)

    return max(project.releases.values(), key=rank)


def _info(project: IndexProject, release: IndexRelease, root: str) -> dict[str, Any]:
    page = f"{root}/project/{canonicalize_name(project.name)}/"
    return {
        **release.info,
        "package_url": page,
        "project_url": page,
        "release_url": f"{page}{release.version}/",
        "yanked": release.yanked,
        "yanked_reason": release.yanked_reason or None,
    }


def _legacy_file(project: IndexProject, file: File, root: str) -> dict[str, Any]:
    release = project.release(file.version)
    return {
        "filename": file.filename,
        "packagetype": file.packagetype,
        "python_version": file.python_version,
        "has_sig": False,
        "comment_text": "",
        "md5_digest": file.md5,
        "digests": {"md5": file.md5, "sha256": file.sha256, "blake2b_256": file.blake2b_256},
        "core-metadata": {"sha256": file.metadata_sha256},
        "size": file.size_bytes,
        "downloads": -1,
        "upload_time": file.uploaded[:19],
        "upload_time_iso_8601": file.uploaded,
        "url": _url(project, file, root),
        "requires_python": file.requires_python or None,
        "yanked": bool(release and release.yanked),
        "yanked_reason": (release.yanked_reason if release else "") or None,
    }


def release_page(project: IndexProject, release: IndexRelease, root: str) -> str:
    """A release for people: its files, and the buttons that only people have."""
    rows = "\n".join(
        f'    <li><a href="{_url(project, file, root)}">{escape(file.filename)}</a> sha256 {file.sha256}</li>'
        for file in project.of(release.version)
    )
    state = f"    <p>Yanked: {escape(release.yanked_reason or 'no reason given')}</p>\n" if release.yanked else ""
    return _page(f"{project.name} {release.version}", f"    <ul>\n{rows}\n    </ul>\n{state}{_form(release)}")


def _form(release: IndexRelease) -> str:
    if release.yanked:
        return '    <form method="post"><button name="action" value="unyank">Un-yank</button></form>'
    return (
        '    <form method="post">\n'
        '      <label>Reason <input name="yanked_reason"></label>\n'
        '      <button name="action" value="yank">Yank</button>\n'
        '      <button name="action" value="delete">Delete for ever</button>\n'
        "    </form>"
    )


def refusal(status: int, words: str) -> str:
    """A refusal as a page that says it where PyPI does."""
    return _page(f"{status} {words}", "")


def _page(title: str, body: str) -> str:
    heading = escape(title)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n  <head>\n'
        f'    <meta name="pypi:repository-version" content="{_API}">\n'
        f"    <title>{heading}</title>\n  </head>\n  <body>\n    <h1>{heading}</h1>\n"
        f"{body}\n  </body>\n</html>\n"
    )


def _url(project: IndexProject, file: File, root: str) -> str:
    return f"{root}/files/{canonicalize_name(project.name)}/{file.filename}"
