"""Health: alive, and ready to take messages."""

from collections.abc import Callable

from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from app.flows.desk import Desk
from app.store.trouble import reason_for
from app.web.trouble import database_failed


def health_routes(desk: Desk, trouble: Callable[[], str]) -> APIRouter:
    """`/healthz`: the process answers. `/readyz`: the database takes what is written and the worker turns."""
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    def readyz(response: Response) -> dict[str, str]:
        kind = trouble()
        if not kind:
            try:
                desk.database.ping()
            except SQLAlchemyError as error:
                kind = database_failed(error)  # the loops, on older connections, may not have met it yet
        if kind == "worker":
            response.status_code = 503
            return {"status": "worker", "reason": "后台任务停了：请看日志并重启"}
        if kind:
            response.status_code = 503
            return {"status": "database", "kind": kind, "reason": reason_for(kind)}
        return {"status": "ready"}

    return router
