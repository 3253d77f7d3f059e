"""`/metrics` for Prometheus, computed from the tables at scrape time."""

from collections.abc import Iterator

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.flows.desk import Desk
from app.store import views


class _Tables(Collector):
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        now = self._desk.clock.now()
        with self._desk.database.reading() as session:
            found = views.counts(session)
        messages = GaugeMetricFamily("zhiban_messages", "Messages handled, by action", labels=["action"])
        for action, number in found.messages.items():
            messages.add_metric([action or "none"], number)
        yield messages
        cases = GaugeMetricFamily("zhiban_cases", "Cases, by state", labels=["state"])
        for state, number in found.cases.items():
            cases.add_metric([state], number)
        yield cases
        outbox = GaugeMetricFamily(
            "zhiban_outbox", "Outbox rows, by channel, way and state", labels=["channel", "way", "state"]
        )
        for key, number in found.outbox.items():
            outbox.add_metric(list(key), number)
        yield outbox
        errors = GaugeMetricFamily("zhiban_send_errors", "Last errors of rows, by code", labels=["channel", "code"])
        for place, number in found.errors.items():
            errors.add_metric(list(place), number)
        yield errors
        for name, text, since in (
            ("zhiban_outbox_oldest_due_seconds", "Age of the oldest line not yet sent", found.oldest_due),
            (
                "zhiban_oldest_waiting_case_seconds",
                "Age of the oldest case nobody took",
                found.oldest_waiting,
            ),
        ):
            age = max(0.0, (now - since).total_seconds()) if since else 0.0
            yield GaugeMetricFamily(name, text, value=age)


def metrics_routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Tables(desk))

    @router.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router
