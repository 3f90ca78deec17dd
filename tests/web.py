"""Requests to a server on this machine: as `httpx.get` and the like, without reading every certificate each time."""

from __future__ import annotations

import httpx

from windlass.http import tls

# No connection is kept: the next test's server may have the port of the last one's.
_client = httpx.Client(verify=tls(), limits=httpx.Limits(max_keepalive_connections=0))

request = _client.request
get = _client.get
put = _client.put
post = _client.post
patch = _client.patch
delete = _client.delete
