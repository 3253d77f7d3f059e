"""`/metrics` for Prometheus. `zhiban_process_…`: what this process counts itself. Every other: read from the tables."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

import structlog
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from app import meters
from app.core.cases import CaseState
from app.core.message import Way
from app.flows.desk import Desk
from app.store.figures import SHOWN, Figures, MessageCount, figures
from app.web.metrics_audit import AuditCount
from app.web.metrics_disk import disk

log = structlog.get_logger(__name__)
_Numbers = Iterable[tuple[tuple[str, ...], float]]
_TABLES = "From the tables: the same from every replica, true after a restart."


class _Tables(Collector):
    """One scrape is one look at the database; where it cannot be had, that is told and the rest is left out."""

    def __init__(self, desk: Desk, trouble: Callable[[], str]) -> None:
        self._desk = desk
        self._trouble = trouble
        self._messages = MessageCount()
        self._audit = AuditCount(desk)

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        now = self._desk.clock.now()
        try:
            with self._desk.database.reading() as session:
                found, messages = figures(session, now), self._messages.now(session, now)
                if not self._desk.pagers:
                    found = replace(found, oldest_unpaged=None)  # nobody can be paged, and staff are told to telephone
                wrong = self._audit.now(session, now)
        except SQLAlchemyError as error:
            log.warning("metrics_incomplete", error=type(error).__name__)
            yield from _state(readable=False, ready=False)
            return
        yield from _state(readable=True, ready=not self._trouble())
        yield from _flow(messages, replace(found, outbox=_every_state(self._desk) | found.outbox))
        yield from _ages(found, now)
        yield _labelled(
            "zhiban_audit_findings",
            "What `zhiban audit` finds, by kind; looked up once a minute at most",
            ["kind"],
            [((kind,), number) for kind, number in wrong.items()],
        )
        yield from disk(self._desk.database)


def _every_state(desk: Desk) -> dict[tuple[str, str, str], int]:
    """Zeros for what is configured, so that a line on a screen does not end where there is nothing."""
    ways = [(name, way) for name in desk.channels for way in (Way.REPLY, Way.ROOM)]
    ways += [(name, Way.PAGE) for name in desk.pagers]
    return {(name, way.value, state): 0 for name, way in ways for state in SHOWN}


def _state(*, readable: bool, ready: bool) -> Iterator[Metric]:
    """As this process sees it."""
    told = "1 when this process takes messages and its loops turn, as /readyz says"
    yield GaugeMetricFamily("zhiban_process_ready", told, value=int(ready))
    told = "1 when the figures that come from the tables stand in this scrape"
    yield GaugeMetricFamily("zhiban_process_tables_readable", told, value=int(readable))


def _flow(messages: dict[tuple[str, str], int], found: Figures) -> Iterator[Metric]:
    accepted = CounterMetricFamily(
        "zhiban_messages", f"Messages accepted, by what was decided. {_TABLES}", labels=["channel", "action"]
    )
    for key, number in messages.items():
        accepted.add_metric(list(key), number)
    yield accepted
    told = f"Cases opened, each a hand-off to a person. {_TABLES}"
    yield CounterMetricFamily("zhiban_cases_opened", told, value=sum(found.cases.values()))
    states = {(state.value,): found.cases.get(state.value, 0) for state in CaseState}
    yield _labelled("zhiban_cases", "Cases by state", ["state"], states.items())
    told = "Lines that are due or being sent, and kept lines that failed for good or ended unknown"
    yield _labelled("zhiban_outbox", told, ["channel", "way", "state"], found.outbox.items())
    told = f"Processes that told within ten seconds that they are alive. {_TABLES}"
    yield GaugeMetricFamily("zhiban_replicas", told, value=found.replicas)
    told = f"Waiting cases for which nobody will be called any more. {_TABLES}"
    yield GaugeMetricFamily("zhiban_cases_past_plan", told, value=found.without_timer)


def _ages(found: Figures, now: datetime) -> Iterator[Metric]:
    def age(since: datetime | None) -> float:
        return max(0.0, (now - since).total_seconds()) if since else 0.0

    ways = [way.value for way in Way]
    told = "How late the oldest line is that is due and not taken by a worker, by way"
    late = {(way,): age(found.late.get(way)) for way in ways}
    yield _labelled("zhiban_outbox_oldest_due_seconds", told, ["way"], late.items())
    told = "How long the oldest line that is not settled has waited in all, attempts included, by way"
    unsent = {(way,): age(found.unsent.get(way)) for way in ways}
    yield _labelled("zhiban_outbox_oldest_unsent_seconds", told, ["way"], unsent.items())
    for name, told, since in (
        ("zhiban_oldest_waiting_case_seconds", "Age of the oldest case that nobody took", found.oldest_waiting),
        (
            "zhiban_oldest_unpaged_case_seconds",
            "Age of the oldest waiting case of which no page has surely left; 0 where no pager is set",
            found.oldest_unpaged,
        ),
        ("zhiban_oldest_overdue_timer_seconds", "How late the oldest timer is that has not fired", found.oldest_timer),
    ):
        yield GaugeMetricFamily(name, f"{told}. {_TABLES}", value=age(since))


def _labelled(name: str, told: str, labels: list[str], numbers: _Numbers) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, f"{told}. {_TABLES}", labels=labels)
    for key, number in numbers:
        family.add_metric(list(key), number)
    return family


def metrics_routes(desk: Desk, trouble: Callable[[], str]) -> APIRouter:
    """`trouble` as for `/readyz`."""
    router = APIRouter()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Tables(desk, trouble))
    registry.register(meters.REGISTRY)
    meters.expect(desk.channels, desk.pagers)

    @router.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router
