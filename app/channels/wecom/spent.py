"""What is known of reply addresses that were tried: whether an earlier attempt can have used one up.

Kept in memory only: after a restart the answer is the careful one.
"""

from app.core.message import OutboundMessage

_MOST = 1_000  # messages remembered


class SpentAddresses:
    """By message. The platform's refusal alone does not tell a used address from one that never worked."""

    def __init__(self) -> None:
        self._refused: dict[str, None] = {}
        self._clean: dict[str, int] = {}  # key -> the attempt up to which surely nothing left

    def left_nothing(self, message: OutboundMessage) -> None:
        """This attempt was told to come later, or never reached the platform."""
        if self.was_untouched(message):
            self._clean[message.key] = message.attempt
            _trim(self._clean)

    def was_untouched(self, message: OutboundMessage) -> bool:
        """Whether no attempt before this one can have arrived."""
        return message.attempt == 1 or self._clean.get(message.key) == message.attempt - 1

    def add(self, message: OutboundMessage) -> None:
        """The platform refuses this address, and not since it was used: it need not be tried again."""
        self._refused[message.key] = None
        _trim(self._refused)

    def __contains__(self, message: OutboundMessage) -> bool:
        return message.key in self._refused


def _trim(known: dict[str, int] | dict[str, None]) -> None:
    while len(known) > _MOST:
        del known[next(iter(known))]
