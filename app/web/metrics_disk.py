"""How much room the database has: on SQLite the file, its log and the disk they are on."""

import shutil
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from app.store.database import Database
from app.store.serving import sqlite_file

_SEEN = "SQLite only."


def disk(database: Database) -> Iterator[Metric]:
    """Nothing for PostgreSQL, whose own exporter knows better, nor where the file cannot be seen."""
    path = sqlite_file(database.engine.url.render_as_string(hide_password=False))
    if path is None:
        return
    try:
        size = sum(file.stat().st_size for file in (path, path.with_name(f"{path.name}-wal")) if file.exists())
        free = shutil.disk_usage(path.parent).free
    except OSError:
        return
    yield GaugeMetricFamily("zhiban_database_bytes", f"Size of the database file and its log. {_SEEN}", value=size)
    yield GaugeMetricFamily("zhiban_database_free_bytes", f"Free room on the database's disk. {_SEEN}", value=free)
