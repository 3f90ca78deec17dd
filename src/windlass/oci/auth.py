"""Being let in: a registry's challenge, and the token it wants."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from windlass import proxies_and_certificates
from windlass.errors import CredentialError, RemoteRefusedError
from windlass.http import Http, without_secrets
from windlass.oci import credentials
from windlass.oci.address import Address

if TYPE_CHECKING:
    import httpx

_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass
class Access:
    """Access to one repository; what was granted is kept for as long as the object lives.

    Attributes:
        address: which repository.
    """

    address: Address
    _header: str = field(default="", repr=False)
    _login: credentials.Login | None = field(default=None, repr=False)
    _looked: bool = False

    def header(self) -> dict[str, str]:
        """What to send with a request: nothing until the registry asked for more."""
        return {"Authorization": self._header} if self._header else {}

    def answer(self, challenge: str, also: str = "") -> bool:
        """Do what a 401's `WWW-Authenticate` asks; whether trying again makes sense.

        Args:
            challenge: the header, such as `Bearer realm="https://…",service="…",scope="…"`.
            also: another repository to read from (a mount's source).

        Raises:
            CredentialError: the registry wants a login and there is none.
            RemoteRefusedError: the token server said no.
        """
        scheme, _, rest = challenge.partition(" ")
        before = self._header
        if scheme.lower() == "basic":
            self._header = self._login_or_fail().basic
        elif scheme.lower() == "bearer":
            self._header = f"Bearer {self._token(dict(_PARAMETER.findall(rest)), also)}"
        return self._header != before

    def _token(self, asked: dict[str, str], also: str) -> str:
        """Source: distribution's token specification; for identity tokens, its OAuth2 form."""
        realm = self._realm(asked.get("realm", ""))
        scopes = [asked["scope"]] if asked.get("scope") else [f"repository:{self.address.repository}:pull"]
        scopes += [f"repository:{also}:pull"] if also else []
        http = Http(f"the token server of {self.address.host}")
        login = self._find()
        try:
            if login is not None and login.is_token:
                form = {"grant_type": "refresh_token", "service": asked.get("service", ""), "client_id": "windlass"}
                form |= {"scope": " ".join(scopes), "refresh_token": login.secret}
                said = http.send("POST", realm, data=form)
            else:
                headers = {"Authorization": login.basic} if login else {}
                params: list[tuple[str, str]] = [("service", asked.get("service", "")), *(("scope", s) for s in scopes)]
                said = http.send("GET", realm, params=params, headers=headers)
        except RemoteRefusedError as refused:
            raise refused if login else self.no_login() from refused
        finally:
            http.close()
        return _token_in(said)

    def _realm(self, named: str) -> str:
        """Where the registry sends us for a token; a login is given to nobody but the registry's owner.

        Raises:
            RemoteRefusedError: the address is none, or somebody else's.
        """
        parts = urlsplit(named)
        host, own = parts.hostname or "", urlsplit(f"//{self.address.host}").hostname or ""
        owner = proxies_and_certificates.is_related(host, own) or (
            proxies_and_certificates.is_loopback(host) and proxies_and_certificates.is_loopback(own)
        )
        if parts.scheme in {"http", "https"} and (owner or self._find() is None):
            return named
        raise RemoteRefusedError(
            f"{self.address.host} sends logins to somebody else; none was sent",
            facts={"registry": self.address.host, "token server": without_secrets(named) if host else "(no address)"},
            remedy="see that the registry's address is right; if it is, its owner must serve tokens below its own name",
        )

    @property
    def anonymous(self) -> bool:
        """Whether there is no login for this registry."""
        return self._find() is None

    def no_login(self) -> CredentialError:
        """The error for what needs a login, where there is none."""
        return CredentialError(
            f"{self.address.host} wants a login",
            facts={"repository": self.address},
            remedy=f"docker login {self.address.host}",
        )

    def _login_or_fail(self) -> credentials.Login:
        login = self._find()
        if login is None:
            raise self.no_login()
        return login

    def _find(self) -> credentials.Login | None:
        if not self._looked:
            self._login, self._looked = credentials.find(self.address.host), True
        return self._login


def _token_in(said: httpx.Response) -> str:
    try:
        raw = said.json()
    except ValueError:
        raw = {}  # what follows is refused for lack of a token, and says so
    return str(raw.get("token") or raw.get("access_token") or "")
