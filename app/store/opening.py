"""Opens the database and brings its tables up to today; what is wrong is told as a fault of the settings."""

from sqlalchemy.exc import SQLAlchemyError

from app.documents import Fault, Invalid
from app.store.database import Database
from app.store.migrate import migrate
from app.store.serving import InUse
from app.store.trouble import NO_FILE, kind_of, reason_for


def open_database(url: str, *, serving: bool = False) -> Database:
    """`serving`: for this process alone, where it is SQLite. Raises Invalid with what to do, never with a password."""
    try:
        database = Database(url, serving=serving)
    except InUse as error:
        raise _fault(str(error)) from None
    except OSError as error:
        raise _fault(f"{reason_for(NO_FILE)}（{error.strerror}）") from None
    try:
        migrate(database)
    except SQLAlchemyError as error:
        database.close()
        raise _fault(reason_for(kind_of(error))) from None
    return database


def _fault(reason: str) -> Invalid:
    return Invalid([Fault("database_url", 1, reason)])
