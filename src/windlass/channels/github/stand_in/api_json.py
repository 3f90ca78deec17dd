"""GitHub's JSON, as the contract has it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from windlass.channels.github.stand_in.bare_repository import BareRepository, Target
from windlass.channels.github.stand_in.store import ForgeAsset, ForgePull, ForgeRelease
from windlass.channels.github.stand_in.tokens import Ask

Json = dict[str, Any]

_USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_REPOSITORY_LINKS = """
archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads
events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages merges
milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees
"""
_COUNTS = (
    *("forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count"),
    *("watchers", "watchers_count", "network_count", "subscribers_count"),
)


def user(ask: Ask, login: str = "rehearser") -> Json:
    """Somebody."""
    url = f"{ask.base}/users/{login}"
    fixed = {
        "login": login,
        "id": 1,
        "node_id": node("User", 1),
        "gravatar_id": "",
        "type": "User",
        "site_admin": False,
    }
    links = {name: url + path for name, path in _USER_LINKS.items()}
    return {**fixed, "avatar_url": f"{url}.png", "url": url, "html_url": f"{ask.base}/{login}", **links}


def node(kind: str, number: int | str) -> str:
    """An opaque name."""
    return base64.b64encode(f"{kind}{number}".encode()).decode()


def release(ask: Ask, held: ForgeRelease) -> Json:
    """A release or draft."""
    uploads = ask.options.uploads or f"{ask.base}/uploads"
    page = f"{ask.web}/releases/tag/{_tag_in_addresses(held)}"
    url = f"{ask.api}/releases/{held.id}"
    archives = None if held.draft else ask.api
    return {
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{uploads}/repos/{ask.owner}/{ask.name}/releases/{held.id}/assets{{?name,label}}",
        "html_url": page,
        "id": held.id,
        "node_id": node("Release", held.id),
        "author": user(ask),
        "tag_name": held.tag_name,
        "target_commitish": held.target_commitish,
        "name": held.name,
        "body": held.body,
        "draft": held.draft,
        "prerelease": held.prerelease,
        "immutable": held.immutable,
        "created_at": held.created_at,
        "updated_at": held.updated_at,
        "published_at": held.published_at,
        "tarball_url": archives and f"{archives}/tarball/{quote(held.tag_name)}",
        "zipball_url": archives and f"{archives}/zipball/{quote(held.tag_name)}",
        "assets": [asset(ask, held, one) for one in held.assets],
    }


def _tag_in_addresses(held: ForgeRelease) -> str:
    return f"untagged-{held.id:020x}" if held.draft else quote(held.tag_name)


def asset(ask: Ask, of: ForgeRelease, held: ForgeAsset) -> Json:
    """A file of a release."""
    return {
        "url": f"{ask.api}/releases/assets/{held.id}",
        "browser_download_url": f"{ask.web}/releases/download/{_tag_in_addresses(of)}/{quote(held.name)}",
        "id": held.id,
        "node_id": node("ReleaseAsset", held.id),
        "name": held.name,
        "label": held.label,
        "state": held.state,
        "content_type": held.content_type,
        "size": held.size,
        "digest": held.digest if ask.options.digests else None,
        "download_count": held.download_count,
        "created_at": held.created_at,
        "updated_at": held.updated_at,
        "uploader": user(ask),
    }


def repository(ask: Ask, default_branch: str, at: str) -> Json:
    """The repository."""
    links = {f"{name}_url": f"{ask.api}/{name}" for name in _REPOSITORY_LINKS.split()}
    counts = dict.fromkeys(_COUNTS, 0)
    flags = {f"has_{name}": True for name in ("issues", "projects", "wiki", "pages", "downloads", "discussions")}
    nothing = dict.fromkeys(("description", "homepage", "language", "license", "mirror_url"))
    return {
        "id": 1,
        "node_id": node("Repository", 1),
        "name": ask.name,
        "full_name": f"{ask.owner}/{ask.name}",
        "owner": user(ask, ask.owner),
        "private": ask.options.private,
        "visibility": "private" if ask.options.private else "public",
        "html_url": ask.web,
        "url": ask.api,
        "git_url": f"{ask.web}.git",
        "ssh_url": f"{ask.web}.git",
        "clone_url": f"{ask.web}.git",
        "svn_url": ask.web,
        "fork": False,
        "archived": False,
        "disabled": False,
        "default_branch": default_branch,
        "created_at": at,
        "updated_at": at,
        "pushed_at": at,
        **links,
        **counts,
        **flags,
        **nothing,
    }


def ref(ask: Ask, name: str, target: Target) -> Json:
    """A ref."""
    kinds = {"tag": "tags", "commit": "commits"}
    about = {"type": target.type, "sha": target.sha, "url": f"{ask.api}/git/{kinds.get(target.type)}/{target.sha}"}
    return {"ref": name, "node_id": node("Ref", name), "url": f"{ask.api}/git/{name}", "object": about}


def tag_object(ask: Ask, sha: str, parts: dict[str, str]) -> Json:
    """An annotated tag's object."""
    who, _, rest = parts["tagger"].rpartition(">")
    name, _, email = who.partition(" <")
    date = datetime.fromtimestamp(int(rest.split()[0]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    target = {"sha": parts["object"], "type": parts["type"], "url": f"{ask.api}/git/commits/{parts['object']}"}
    return {
        "node_id": node("Tag", sha),
        "tag": parts["tag"],
        "sha": sha,
        "url": f"{ask.api}/git/tags/{sha}",
        "message": parts["message"],
        "tagger": {"name": name, "email": email, "date": date},
        "object": target,
    }


def branch(ask: Ask, bare: BareRepository, name: str, sha: str) -> Json:
    """A branch."""
    url, protected = f"{ask.api}/branches/{name}", name in ask.options.protected
    return {
        "name": name,
        "commit": commit(ask, bare, sha),
        "protected": protected,
        "protection": {"enabled": protected},
        "protection_url": f"{url}/protection",
        "_links": {"self": url, "html": f"{ask.web}/tree/{name}"},
    }


def commit(ask: Ask, bare: BareRepository, sha: str) -> Json:
    """A commit."""
    about, url = bare.commit_fields(sha), f"{ask.api}/commits/{sha}"
    who = {name: about[name] for name in ("name", "email", "date")}
    parents = [{"sha": p, "url": f"{ask.api}/commits/{p}"} for p in about["parents"].split()]
    return {
        "sha": sha,
        "node_id": node("Commit", sha),
        "url": url,
        "html_url": f"{ask.web}/commit/{sha}",
        "comments_url": f"{url}/comments",
        "author": None,
        "committer": None,
        "parents": parents,
        "commit": {
            "url": f"{ask.api}/git/commits/{sha}",
            "author": who,
            "committer": who,
            "message": about["message"],
            "comment_count": 0,
            "tree": {"sha": about["tree"], "url": f"{ask.api}/git/trees/{about['tree']}"},
        },
    }


def pull(ask: Ask, bare: BareRepository, held: ForgePull, repo: Callable[[], Json]) -> Json:
    """A pull request, with all that a look at it alone shows."""
    url, page = f"{ask.api}/pulls/{held.number}", f"{ask.web}/pull/{held.number}"
    issue = f"{ask.api}/issues/{held.number}"
    addresses = {
        "self": url,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{ask.api}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{ask.api}/statuses/{held.head_sha}",
    }
    owner, whole = user(ask, ask.owner), repo()
    sides = {
        side: {"label": f"{ask.owner}:{name}", "ref": name, "sha": sha, "user": owner, "repo": whole}
        for side, name, sha in (("head", held.head, held.head_sha), ("base", held.base, held.base_sha))
    }
    counts = dict.fromkeys(("additions", "changed_files", "comments", "deletions", "review_comments"), 0)
    nothing = dict.fromkeys(("assignee", "milestone", "auto_merge"))
    return {
        "url": url,
        "id": held.number,
        "node_id": node("PullRequest", held.number),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{name}_url": to for name, to in addresses.items() if name not in ("self", "html")},
        "number": held.number,
        "state": held.state,
        "locked": False,
        "title": held.title,
        "body": held.body,
        "user": user(ask),
        "labels": [],
        "created_at": held.created_at,
        "updated_at": held.updated_at,
        "closed_at": held.closed_at,
        "merged_at": held.merged_at,
        "merge_commit_sha": held.merge_commit_sha,
        **sides,
        "_links": {name: {"href": to} for name, to in addresses.items()},
        "author_association": "OWNER",
        "merged": held.merged_at is not None,
        "merged_by": user(ask) if held.merged_at else None,
        "mergeable": None if held.merged_at else True,
        "mergeable_state": "unknown" if held.merged_at else "clean",
        "maintainer_can_modify": False,
        "commits": bare.ahead(held.base_sha, held.head_sha),
        **counts,
        **nothing,
    }
