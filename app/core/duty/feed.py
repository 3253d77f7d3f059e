"""The roster as an iCalendar feed (RFC 5545), for one person or the whole team."""

from datetime import datetime

from icalendar import Calendar, Event

from app.core.duty.plan import Plan, stints


def feed(plan: Plan, person: str, start: datetime, end: datetime, now: datetime) -> bytes:
    """The shifts of `person` (empty: of everybody) that reach into [start, end). Stable ids, so that moves are seen."""
    calendar = Calendar()
    calendar.add("prodid", "-//zhiban//duty//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"值班 {_name(plan, person)}" if person else "值班")
    calendar.add("refresh-interval;value=duration", "PT1H")
    for stint in stints(plan, start, end):
        if not stint.who or person not in ("", stint.who[0]):
            continue
        event = Event()
        event.add("uid", f"{stint.layer}-{stint.start:%Y%m%dT%H%M%S}@zhiban")
        event.add("dtstamp", now)
        event.add("dtstart", stint.start)
        event.add("dtend", stint.end)
        event.add("summary", "值班 " + "、".join(_name(plan, id) for id in stint.who))
        event.add("description", stint.reason)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _name(plan: Plan, id: str) -> str:
    person = plan.roster.engineer(id)
    return person.name if person else id
