"""The internal listener: metrics, the cases with their pictures, and the sandbox when it is on."""

from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from app.flows.desk import Desk
from app.web.cases import case_routes
from app.web.health import health_routes
from app.web.metrics import metrics_routes
from app.web.roster import roster_routes
from app.web.trouble import tell_database_trouble

BODY_BYTES = 200_000  # of a form; the sandbox takes 5,000 characters
STATIC = Path(__file__).parent / "static"


def internal_app(desk: Desk, trouble: Callable[[], str], *extra: APIRouter, home: str = "/cases") -> FastAPI:
    """`extra`: further routes, such as the sandbox. `home` is where `/` leads."""
    app = FastAPI(title="zhiban console", docs_url=None, redoc_url=None, openapi_url=None, max_body_size=BODY_BYTES)
    tell_database_trouble(app)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.include_router(health_routes(desk, trouble))
    app.include_router(metrics_routes(desk, trouble))
    app.include_router(case_routes(desk))
    app.include_router(roster_routes(desk))
    for router in extra:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.get("/", include_in_schema=False)
    def root() -> RedirectResponse:
        return RedirectResponse(home)

    return app


async def _misunderstood(_request: Request, _error: Exception) -> JSONResponse:
    """What was sent is not repeated: it may be anything."""
    return JSONResponse({"reason": "这个请求里有看不懂的内容"}, 422)
