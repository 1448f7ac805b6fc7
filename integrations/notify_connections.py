"""How the client of GOV.UK Notify reaches out: watched by a deadline, and with an end to what it listens to.

Its own session waits for each byte anew, and unpacks whatever comes, however much it is.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import urllib3
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as Unreachable
from requests.exceptions import ContentDecodingError
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

    from integrations.deadlines import Deadline

LONGEST_ANSWER = 1_048_576  # bytes; Notify's longest are some kilobytes


class BoundedAdapter(HTTPAdapter):
    """What carries a session's requests until ``deadline`` and reads no more than a megabyte of any answer."""

    def __init__(self, deadline: Deadline) -> None:
        self._pools = _pools_watched_by(deadline)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Have all connections be watched."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pools for a proxy, watched as well."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Send ``request`` and return the whole answer.

        Raises:
            requests.RequestException: there is none, it is too long, or it is packed although we asked for plain.
        """
        kwargs["stream"] = True
        request.headers["Accept-Encoding"] = "identity"
        answer = super().send(request, *args, **kwargs)
        try:
            said = answer.raw.read(LONGEST_ANSWER + 1, decode_content=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(request=request) from error
        finally:
            answer.raw.close()
        if len(said) > LONGEST_ANSWER or answer.headers.get("Content-Encoding", "identity") != "identity":
            raise ContentDecodingError(request=request)
        answer.raw = urllib3.HTTPResponse(io.BytesIO(said), answer.headers, answer.status_code, preload_content=False)
        return answer


def _pools_watched_by(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    class Watched(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            deadline.watch(self.sock)

    class WatchedInSecret(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            deadline.watch(self.sock)

    class Pool(HTTPConnectionPool):
        ConnectionCls = Watched

    class SecretPool(HTTPSConnectionPool):
        ConnectionCls = WatchedInSecret

    return {"http": Pool, "https": SecretPool}
