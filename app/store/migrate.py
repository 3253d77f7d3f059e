"""Brings the database's tables up to this version, once, whoever starts first."""

from pathlib import Path

from sqlalchemy import text

from app.store.database import Database

_LOCK = 5_917_203  # any number of our own, for PostgreSQL's advisory lock


def migrate(database: Database) -> None:
    """Run what is missing. Several replicas may call it at once; one does the work, the others wait."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
        try:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        except BaseException:
            connection.rollback()  # an aborted transaction would hide the error behind that of the unlock
            raise
        finally:
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()
