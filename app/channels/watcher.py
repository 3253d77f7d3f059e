"""The watcher outside that rings when it hears nothing: a dead man's switch, called with a plain GET."""

from datetime import timedelta

import httpx

TIMEOUT = httpx.Timeout(5.0)


class Watcher:
    """Knows one address, which is a bearer: whoever has it can say that all is well. It is in no log and no error."""

    def __init__(self, url: str, every: timedelta, client: httpx.Client) -> None:
        self.every = every
        self._url = url
        self._client = client

    def tell(self) -> str:
        """Say that all is well. Nothing when that was taken, else a code; never raises."""
        try:
            with self._client.stream("GET", self._url, timeout=TIMEOUT) as response:
                return "" if response.is_success else f"http-{response.status_code}"
        except Exception as error:  # whatever it is: the text of an exception may hold the address
            return type(error).__name__
