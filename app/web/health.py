"""Health: alive, and ready to take messages."""

from collections.abc import Callable

from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from app.flows.desk import Desk


def health_routes(desk: Desk, worker_is_well: Callable[[], bool]) -> APIRouter:
    """`/healthz`: the process answers. `/readyz`: the database is there and the worker turns."""
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    def readyz(response: Response) -> dict[str, str]:
        try:
            desk.database.ping()
        except SQLAlchemyError:
            response.status_code = 503
            return {"status": "database", "reason": "数据库连不上"}
        if not worker_is_well():
            response.status_code = 503
            return {"status": "worker", "reason": "后台任务停了"}
        return {"status": "ready"}

    return router
