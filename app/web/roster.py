"""The roster as a page, and as calendar feeds behind addresses that only their owner knows."""

import hmac
from datetime import datetime, timedelta

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from app.core.calendar.days import DayKind
from app.core.duty.feed import feed
from app.core.duty.ledger import ledger
from app.core.duty.plan import on_duty, stints
from app.core.duty.weak import weaknesses
from app.flows.desk import Desk
from app.store import duty
from app.web.pages import HEADERS, templates

AHEAD = timedelta(days=14)
FEED_BEHIND, FEED_AHEAD = timedelta(days=31), timedelta(days=90)
TEAM = "team"
CALENDAR = "calendar"  # what the secret part of an address is derived for


def roster_routes(desk: Desk) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/roster", response_class=HTMLResponse)
    def roster(request: Request) -> Response:
        now = desk.clock.now()
        first = _first_of_month(now.astimezone(desk.roster.zone))
        with desk.database.reading() as session:
            plan = duty.plan_for(session, desk.roster, now, since=first - timedelta(days=1))
        platforms = sorted({pager.platform for pager in desk.pagers.values()})
        context = {
            "desk": desk,
            "duty": on_duty(plan, now),
            "now": now,
            "shifts": sorted(stints(plan, now, now + AHEAD), key=lambda stint: stint.start),
            "weak": weaknesses(plan, platforms, now, AHEAD.days),
            "month": first,
            "kinds": list(DayKind),
            "accounts": ledger(plan, first, _first_of_month(first + timedelta(days=32))),
        }
        return templates.TemplateResponse(request, "roster.html", context, headers=HEADERS)

    @router.get("/calendar/{who}/{secret}.ics")
    def calendar(who: str, secret: str) -> Response:
        person = "" if who == TEAM else who
        known = person == "" or desk.roster.engineer(person) is not None
        if not hmac.compare_digest(secret.encode(), desk.vault.address(CALENDAR, person).encode()) or not known:
            raise HTTPException(404, "没有这个日历")
        now = desk.clock.now()
        with desk.database.reading() as session:
            plan = duty.plan_for(session, desk.roster, now, since=now - FEED_BEHIND)
        body = feed(plan, person, now - FEED_BEHIND, now + FEED_AHEAD, now)
        return Response(body, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "no-store"})

    return router


def _first_of_month(local: datetime) -> datetime:
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
