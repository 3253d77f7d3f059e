"""What a caller gets while the database is in trouble: 503 and why. Nothing is half done: a flow is one transaction."""

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from app.store.trouble import BROKEN, kind_of, reason_for

log = structlog.get_logger(__name__)


def tell_database_trouble(app: FastAPI) -> None:
    """On every route of `app`; the platform may call again, and a person sees what to do."""

    async def told(_request: Request, error: Exception) -> JSONResponse:
        kind = database_failed(error)
        return JSONResponse({"status": "database", "kind": kind, "reason": reason_for(kind)}, 503)

    app.add_exception_handler(SQLAlchemyError, told)


def database_failed(error: Exception) -> str:
    """Log it, with its place only where nobody knows what it is; its kind."""
    kind = kind_of(error)
    where = (type(error), error, error.__traceback__) if kind == BROKEN else None
    log.error("database_failed", kind=kind, error=type(error).__name__, reason=reason_for(kind), exc_info=where)
    return kind
