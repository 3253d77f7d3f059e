"""The sandbox's page: two groups and private chats, people to play, and a clock to push forward."""

from collections.abc import Callable

from fastapi import APIRouter

from app.channels.sandbox.room import SandboxRooms
from app.clock import TravelClock
from app.flows.desk import Desk


def sandbox_routes(desk: Desk, rooms: SandboxRooms, clock: TravelClock, nudge: Callable[[], None]) -> APIRouter:
    """Routes below `/sandbox`."""
    return APIRouter(prefix="/sandbox", include_in_schema=False)
