"""A drill as a person reads it: who wrote what, what rang, what went wrong, minute by minute. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.drill.cases import Case, cases_of
from tests.drill.duty import ON_CALL, opened_in, pages_in
from tests.drill.evidence import Bite, Evidence, Said, Shown

WEEKDAYS = "一二三四五六日"
NAMES = {
    "kill": "进程被杀",
    "restart": "正常重启",
    "lost_reply": "平台收下了，答复丢了",
    "vendor_temporary": "平台暂时出错",
    "vendor_permanent": "平台拒绝",
    "lock_out": "平台限流",
    "clock_jump": "机器停住，时间跳过",
    "clock_step": "对时",
    "roster_edit": "改名册",
    "database_locked": "数据库被锁",
    "duplicate_delivery": "平台又送了一遍同一条消息",
}
BEFORE, AFTER = 120.0, 600.0  # seconds around a case that are told with it
LONGEST = 60  # characters of a line that are shown


def of_case(evidence: Evidence, number: int) -> list[str]:
    """Everything around one case."""
    case = next((one for one in cases_of(evidence)[0] if one.number == number), None)
    if case is None:
        return []
    last = max([case.due, case.over or 0.0, *(ring.at for rings in case.rings.values() for ring in rings)])
    return _lines(evidence, case.asked - BEFORE, last + AFTER, case)


def whole(evidence: Evidence) -> list[str]:
    """The whole drill."""
    return _lines(evidence, evidence.started, evidence.ended, None)


def _lines(evidence: Evidence, first: float, last: float, case: Case | None) -> list[str]:
    entries = sorted(
        (entry for entry in _entries(evidence, case) if first <= entry[0] <= last), key=lambda entry: entry[0]
    )
    return [f"{_moment(at)}  {text}" for at, text in entries]


def _entries(evidence: Evidence, case: Case | None) -> Iterator[tuple[float, str]]:
    for bite in evidence.bites:
        yield bite.at, _bite(bite)
    for down in evidence.down:
        if down.until > down.at:
            yield down.until, f"✔ 程序又在跑了（停了 {down.until - down.at:.0f} 秒）"
    for said in evidence.said:
        if case is None or said.person == case.who or str(case.number) in said.text.split():
            yield said.posted_at, _said(said)
    for shown in evidence.shown:
        text = _shown(shown, case)
        if text:
            yield shown.at, text


def _bite(bite: Bite) -> str:
    return f"⚡ {NAMES.get(bite.kind, bite.kind)}{f'：{bite.detail}' if bite.detail else ''}"


def _said(said: Said) -> str:
    if said.accepted_at is None:
        return f"  {said.person}：{said.text}（一直没送到）"
    waited = said.accepted_at - said.posted_at
    return f"  {said.person}：{said.text}{f'（{waited:.0f} 秒后才送到）' if waited > 1 else ''}"


def _shown(shown: Shown, case: Case | None) -> str:
    """A line of the desk; with a case, only what is about it."""
    unsure = "" if shown.answered else "（程序不知道送到了）"
    whom = "、".join(shown.persons) or "没有人被提醒"
    if shown.room == ON_CALL:
        pages = [page for page in pages_in(shown.text) if case is None or page.case == case.number]
        told = "、".join(f"单 {page.case} 第 {page.step} 次" for page in pages)
        return f"☎ {shown.platform} 呼叫 {whom}：{told}{unsure}" if pages else ""
    if case is not None and case.who not in shown.persons and opened_in(shown.text) != case.number:
        return ""
    text = " ".join(shown.text.split())
    return f"  IT小助手 → {whom}：{text[:LONGEST]}{unsure}"


def _moment(at: float) -> str:
    local = datetime.fromtimestamp(at, UTC) + timedelta(hours=8)
    return f"{local:%m-%d} 周{WEEKDAYS[local.weekday()]} {local:%H:%M:%S}"
