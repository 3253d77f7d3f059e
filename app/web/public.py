"""The public listener: webhooks and health, nothing else."""

from collections.abc import Callable

from fastapi import FastAPI

from app.flows.desk import Desk
from app.web.health import health_routes
from app.web.trouble import tell_database_trouble
from app.web.webhooks import webhook_routes


def public_app(desk: Desk, nudge: Callable[[], None], trouble: Callable[[], str]) -> FastAPI:
    """No documentation pages, no schema: whoever may call it knows how."""
    app = FastAPI(title="zhiban", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    tell_database_trouble(app)
    app.include_router(webhook_routes(desk, nudge))
    app.include_router(health_routes(desk, trouble))
    return app
