"""What a turn of the dialogue asks to be done; the flows do it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Say:
    """Something for the person who wrote."""

    markdown: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A human must take it: open a case and page, or join the one that is open. `opening` says why."""

    opening: str
    guesses: tuple[str, ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class AddNote:
    """What was said belongs to the open case that an engineer has; the desk says nothing."""


@dataclass(frozen=True, slots=True)
class SettleCase:
    """The person needs nobody any more: it works, or he takes it back."""

    withdrawn: bool


@dataclass(frozen=True, slots=True)
class TellProgress:
    """The person asks how far the case is."""


@dataclass(frozen=True, slots=True)
class MakeUrgent:
    """The open case cannot wait: from now on it goes by the urgent plan."""


@dataclass(frozen=True, slots=True)
class JoinIncident:
    """Others have the same: one incident for all, declared if it is not open yet. Not `anew`: he knows already."""

    fault: str
    anew: bool = True


Effect = Say | OpenCase | AddNote | SettleCase | TellProgress | MakeUrgent | JoinIncident
