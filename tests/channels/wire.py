"""A wire that a test can look at: what would have gone out, and what comes back."""

from typing import Any

import httpx


class Wire:
    """Remembers every request and gives the same answer to each."""

    def __init__(self, answer: Any = None, status: int = 200) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = {"errcode": 0} if answer is None else answer
        self._status = status

    @property
    def client(self) -> httpx.Client:
        def handle(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return httpx.Response(self._status, json=self._answer)

        return httpx.Client(transport=httpx.MockTransport(handle))
