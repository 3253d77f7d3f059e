"""What this process counts and times itself: lost when it ends, and every replica has its own. Prometheus adds them up.

Labels hold configured names, fixed words and cleaned codes only: nobody's words, no address, no number of a case.
"""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter that nothing here looks at
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)  # memory, open files, processor time

MOST_CODES = 120  # a vendor's codes that are told apart on one channel; the documented ones are fewer
OTHER = "other"
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}|-\d{1,9}")
_OURS = "Of this process, from 0 at its start."

_sends = Counter(
    "zhiban_process_sends",
    f"Attempts to say a line, by what became of them: sent, retry, failed (for good), unknown. {_OURS}",
    ["channel", "way", "outcome"],
    registry=REGISTRY,
)
_waited = Histogram(
    "zhiban_process_send_wait_seconds",
    f"From the moment a line was put into the outbox until it was sent. {_OURS}",
    ["way"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600),
    registry=REGISTRY,
)
_vendor_errors = Counter(
    "zhiban_process_vendor_errors",
    f"Sends that a platform refused or lost, by kind (permanent, temporary, unknown) and the platform's code. {_OURS}",
    ["channel", "kind", "code"],
    registry=REGISTRY,
)
_refusals = Counter(
    "zhiban_process_webhook_refusals",
    f"Webhook calls that were turned away, by reason. {_OURS}",
    ["channel", "reason"],
    registry=REGISTRY,
)
_duplicates = Counter(
    "zhiban_process_duplicates",
    f"Messages that a platform delivered again and that changed nothing. {_OURS}",
    ["channel"],
    registry=REGISTRY,
)
_webhook = Histogram(
    "zhiban_process_webhook_seconds",
    f"How long a platform waited for the answer to its call. {_OURS}",
    ["channel"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 10),
    registry=REGISTRY,
)
_matching = Histogram(
    "zhiban_process_matching_seconds",
    f"Reading one message: cues, follow-ups and the matcher. {_OURS}",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
    registry=REGISTRY,
)
_transaction = Histogram(
    "zhiban_process_transaction_seconds",
    f"A writing transaction with its wait for the writer and its commit. {_OURS}",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
_takeovers = Counter(
    "zhiban_process_lease_takeovers",
    f"Lines that another process had begun to say and this one took over. {_OURS}",
    registry=REGISTRY,
)
_worker_errors = Counter(
    "zhiban_process_worker_errors",
    f"Turns of a background loop that ended in an error; the loop goes on. {_OURS}",
    registry=REGISTRY,
)
_heartbeats = Counter(
    "zhiban_process_heartbeats",
    f"Heartbeats: sent, withheld (the desk was not well), failed (the watcher did not take it). {_OURS}",
    ["outcome"],
    registry=REGISTRY,
)

_codes: dict[str, set[str]] = {}


def expect(channels: Iterable[str], pagers: Iterable[str]) -> None:
    """Show the series of these names from 0 on: a counter that begins at 1 has no increase that an alert could see."""
    doors = list(channels)
    for name in doors:
        _duplicates.labels(name)
        _webhook.labels(name)
    for name, way in [(name, way) for name in doors for way in ("reply", "room")] + [(name, "page") for name in pagers]:
        _waited.labels(way)
        for outcome in ("sent", "retry", "failed", "unknown", *(["moved"] if way == "page" else [])):
            _sends.labels(name, way, outcome)


def expect_heartbeats() -> None:
    """Show the heartbeat's series: it is configured."""
    for outcome in ("sent", "withheld", "failed"):
        _heartbeats.labels(outcome)


def attempt(channel: str, way: str, outcome: str, waited: timedelta) -> None:
    """A line was sent, or not; `waited` since it was put into the outbox."""
    _sends.labels(channel, way, outcome).inc()
    if outcome == "sent":
        _waited.labels(way).observe(max(0.0, waited.total_seconds()))


def vendor_error(channel: str, kind: str, code: str) -> None:
    """A platform answered with this code, or did not answer."""
    _vendor_errors.labels(channel, kind, _known_code(channel, code)).inc()


def clean_code(code: str) -> str:
    """The code, or `other` where a platform's answer holds something that is none."""
    return code if _CODE.fullmatch(code) else OTHER


def _known_code(channel: str, code: str) -> str:
    code = clean_code(code)
    known = _codes.setdefault(channel, set())
    if code not in known and len(known) >= MOST_CODES:  # two threads at once may go one beyond: worth no lock
        return OTHER
    known.add(code)
    return code


def webhook_refused(channel: str, reason: str) -> None:
    """A webhook call was turned away; `reason` is one of our own words."""
    _refusals.labels(channel, reason).inc()


def duplicate(channel: str) -> None:
    """A message came again."""
    _duplicates.labels(channel).inc()


def webhook(channel: str) -> AbstractContextManager[object]:
    """Times the block as the answer to a platform's call."""
    return _webhook.labels(channel).time()


def matching() -> AbstractContextManager[object]:
    """Times the block as the reading of one message."""
    return _matching.time()


def transaction() -> AbstractContextManager[object]:
    """Times the block as a writing transaction."""
    return _transaction.time()


def lease_takeover(number: int = 1) -> None:
    """Lines of a dead or stuck process were taken over."""
    _takeovers.inc(number)


def worker_error() -> None:
    """A turn of a background loop ended in an error."""
    _worker_errors.inc()


def heartbeat(outcome: str) -> None:
    """A heartbeat was `sent`, `withheld` or `failed`."""
    _heartbeats.labels(outcome).inc()
