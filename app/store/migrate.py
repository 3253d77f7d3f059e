"""Brings the database's tables up to this version, once, whoever starts first."""

from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text

from app.store.database import Database

log = structlog.get_logger(__name__)

if TYPE_CHECKING:
    from alembic.config import Config

LOCK = 5_917_203  # any number of our own, for PostgreSQL's advisory lock


def migrate(database: Database) -> None:
    """Run what is missing. Several replicas may call it at once; one does the work, the others wait.

    Migrations only add, so that a version may run beside the next one: tables newer than this program are left alone.
    """
    from alembic import command
    from alembic.runtime.migration import MigrationContext

    config = _config()
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            # A table that is in use is waited for this long, not for ever: whoever queues behind us waits as well.
            connection.execute(text("SET lock_timeout = '20s'"))
            connection.commit()
        try:
            found = MigrationContext.configure(connection).get_current_revision()
            connection.rollback()
            config.attributes["connection"] = connection
            if found is None or found in versions():
                command.upgrade(config, "head")
            else:
                log.warning("tables_are_newer", found=found, known=versions()[0])
        except BaseException:
            connection.rollback()  # an aborted transaction would hide the error behind that of the unlock
            raise
        finally:
            if not database.is_sqlite:
                connection.execute(text("RESET lock_timeout"))
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            connection.commit()


def versions() -> list[str]:
    """The schema versions that this program knows, the newest first."""
    from alembic.script import ScriptDirectory

    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
