"""The cases as pages: a list, one case with its words and pictures."""

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from app.flows.desk import Desk
from app.flows.detail import event_line
from app.store import timeline, views
from app.web.pages import HEADERS, templates


def case_routes(desk: Desk) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/cases", response_class=HTMLResponse)
    def cases(request: Request) -> Response:
        with desk.database.reading() as session:
            rows = views.list_cases(session)
        return templates.TemplateResponse(request, "cases.html", {"cases": rows, "desk": desk}, headers=HEADERS)

    @router.get("/cases/{number}", response_class=HTMLResponse)
    def case(request: Request, number: int) -> Response:
        with desk.database.reading() as session:
            found = views.one_case(session, number)
            events = timeline.of(session, number)
        if found is None:
            raise HTTPException(404, "没有这个单")
        lines = [event_line(desk.roster, event) for event in events]
        context = {"case": found, "timeline": lines, "desk": desk}
        return templates.TemplateResponse(request, "case.html", context, headers=HEADERS)

    @router.get("/pictures/{number}")
    def picture(number: int) -> Response:
        with desk.database.reading() as session:
            found = views.picture(session, number)
        if found is None:
            raise HTTPException(404, "没有这张图，或已过保存期")
        media_type, content = found
        # Never sniffed, never run, never of use to another site: it came from outside.
        safe = {
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": f'inline; filename="{number}.{media_type.removeprefix("image/")}"',
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        return Response(content, media_type=media_type, headers=safe)

    return router
