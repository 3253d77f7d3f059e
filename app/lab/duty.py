"""Shows roster and cases on the command line."""

from zoneinfo import ZoneInfo

from app.clock import CHINA, SystemClock
from app.core.roster import gaps, on_duty
from app.settings import Settings
from app.store import views
from app.store.opening import open_database
from app.store.roster import read_roster

_STATES = {"waiting": "等人接", "taken": "处理中", "resolved": "已解决"}


def describe(settings: Settings) -> str:
    """Who is on duty now, in which order, and the gaps of the next seven days."""
    roster, now = read_roster(settings.roster_file), SystemClock().now()
    duty = on_duty(roster, now)
    local = now.astimezone(ZoneInfo(roster.timezone))
    lines = [f"{local:%Y-%m-%d %H:%M} 值班：{' → '.join(p.shown for p in duty.order)}（{duty.reason}）"]
    for begin, end in gaps(roster, now):
        lines.append(f"没有排班：{begin:%m-%d %H:%M} 到 {end:%m-%d %H:%M}")
    return "\n".join(lines)


def list_cases(settings: Settings) -> str:
    """The newest cases, one a line."""
    database = open_database(settings.database_url)
    try:
        with database.reading() as session:
            rows = views.list_cases(session, 50)
    finally:
        database.close()
    if not rows:
        return "还没有单。"
    return "\n".join(
        f"{row.number:>5}  {_STATES.get(row.state, row.state)}  {row.opened_at.astimezone(CHINA):%m-%d %H:%M}  "
        f"{row.who}：{' / '.join(row.words)[:60]}"
        for row in rows
    )
