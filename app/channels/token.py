"""The access token of one app: fetched once for all threads, fetched again when the platform refuses it."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from app.channels.base import SendFailed
from app.channels.dial import left
from app.channels.http import SEND_SECONDS
from app.core.delivery import Failure

_EARLY = timedelta(minutes=3)
_SHORTEST, _LONGEST = timedelta(seconds=30), timedelta(hours=2)
_LET_BE = timedelta(seconds=1)  # after a failure: who waited behind it is told the same, and does not ask once more

Granted = tuple[Any, int | None]  # the token, if it is one, and for how many seconds the platform says that it holds


class AccessToken:
    """Safe to be asked by many threads at once."""

    def __init__(self, fetch: Callable[[], Granted]) -> None:
        """`fetch` asks the platform. Raises SendFailed."""
        self._ask = fetch
        self._lock = threading.Lock()
        self._token = ""
        self._until: datetime | None = None
        self._failed: SendFailed | None = None
        self._failed_until: datetime | None = None

    def get(self, now: datetime, *, refused: str = "") -> str:
        """A token other than `refused`, as far as the platform gives one. Raises SendFailed."""
        if not self._lock.acquire(timeout=max(0.0, min(left(), SEND_SECONDS))):
            raise SendFailed(Failure.TEMPORARY, "deadline", "等 access_token 的时间用完了，稍后自动重试")
        try:
            if not self._token or self._token == refused or self._until is None or now >= self._until:
                self._fetch(now)
            return self._token
        finally:
            self._lock.release()

    def _fetch(self, now: datetime) -> None:
        if self._failed and self._failed_until and now < self._failed_until:
            raise _of_token(self._failed)
        self._token = ""
        try:
            token, seconds = self._ask()
            if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
                raise SendFailed(Failure.TEMPORARY, "no-token", "平台没有给 access_token，会自动重试")
        except SendFailed as error:
            self._failed, self._failed_until = error, now + _LET_BE
            raise _of_token(error) from None
        life = timedelta(seconds=max(0, min(seconds or 7200, 7200)))
        self._token, self._failed = token, None
        self._until = now + min(_LONGEST, max(_SHORTEST, life - _EARLY))


def _of_token(error: SendFailed) -> SendFailed:
    """Nothing has been said to anybody yet, so even a lost answer is harmless to repeat."""
    failure = Failure.PERMANENT if error.failure is Failure.PERMANENT else Failure.TEMPORARY
    reason = f"拿不到 access_token：{error.reason}"
    return SendFailed(failure, error.code, reason, error.retry_after, locks_target=error.locks_target)
