"""Plain HTTP to a name at the addresses that its own servers gave, through the one outbound client."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.foundation.outbound import OutboundClient, OutboundError, OutboundRules
from webapp.providers.errors import ProviderError

#: The answer that we look for has 64 bytes.
LONGEST = 1000


class Reach:
    """`here`: the install is on this machine alone, so its names lead to loopback addresses."""

    def __init__(self, port: int = 80, *, here: bool = False, seconds: float = 8.0) -> None:
        self.port = port
        self._here = here
        self._seconds = seconds

    def fetch(self, name: str, addresses: Sequence[str], path: str) -> str:
        """See ReachPort. A redirect is not followed: whoever sends one is not us."""
        try:
            answer = self._client(name, addresses).request("GET", f"http://{name}:{self.port}{path}")
        except OutboundError as problem:
            raise ProviderError(str(problem), problem.permanent) from problem
        if answer.status != 200:
            raise ProviderError(f"{name} answers with status {answer.status}", permanent=False, code=answer.status)
        return answer.body.decode("ascii", "replace").strip()

    def _client(self, name: str, addresses: Sequence[str]) -> OutboundClient:
        rules = OutboundRules(
            ports=frozenset({self.port}),
            loopback_hosts=frozenset({name} if self._here else ()),
            total_seconds=self._seconds,
            max_bytes=LONGEST,
        )
        # What was judged is what is asked: a resolver's memory of yesterday would be somebody else's server.
        return OutboundClient(rules, lambda _host, _port: list(addresses))
