"""Checks what people keep before it is used: faults stop the start, warnings should be looked at."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.clock import SystemClock
from app.core.content import COMPANY, Content
from app.core.duty.plan import Plan
from app.core.duty.weak import weaknesses
from app.core.matching.training import Progress, quiet
from app.core.roster import Engineer, Roster
from app.documents import Fault, Invalid
from app.lab.gate import broken_sentences, pulled_phrases
from app.settings import (
    DingTalkBot,
    DingTalkCardPager,
    DingTalkCustom,
    DingTalkDirect,
    Pager,
    Settings,
    WeComApp,
    WeComAppPager,
    WeComBot,
    WeComPush,
)
from app.store.embedders import wanted_embedder
from app.store.library import build_library, read_content
from app.store.roster import read_roster, read_staff

# The manual's examples: good for trying, wrong for every real company.
DEFAULTS = {
    "company_name": "本公司",
    "mail_system": "腾讯企业邮",
    "mail_web": "https://mail.example.com",
    "password_reset": "https://mail.example.com/reset",
    "attachment_limit": "50 MB",
    "message_limit": "20 MB",
    "cloud_attachment": "微云",
    "cloud_disk": "企业网盘",
    "oa": "企业 OA 系统",
    "service_desk_phone": "6666",
    "support_group": "IT支持群",
    "announcements": "公司公告",
    "settings_guide": "邮箱配置手册",
}


AHEAD = 14  # days of the roster that are looked at
MOST_SHOWN = 8


@dataclass
class Findings:
    """`faults` make the check fail."""

    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    summary: str = ""


def check(settings: Settings, intents: Path, knowledge: Path, progress: Progress = quiet) -> Findings:
    """Everything that can be told without starting. Learns from the phrases when they have changed."""
    found = Findings()
    content, roster = None, None
    try:
        content = read_content(intents, knowledge)
    except Invalid as error:
        found.faults.extend(error.faults)
    if settings.roster_file.exists() or settings.channels:
        try:
            roster = read_roster(settings.roster_file)
        except Invalid as error:
            found.faults.extend(error.faults)
    else:
        found.warnings.append(f"{settings.roster_file}：还没有值班名册，正式运行前照 docs/examples/roster.yaml 写一份")
    try:
        read_staff(settings.staff_file)
    except Invalid as error:
        found.faults.extend(error.faults)
    if content:
        _look_at_content(found, content, settings, knowledge)
        embedder = wanted_embedder(settings.semantic)
        library = build_library(content, settings.data_dir / "cache", settings.promised_wrong, progress, embedder)
        found.faults.extend(broken_sentences(content, library))
        found.warnings.extend(str(fault) for fault in pulled_phrases(content, library))
    if roster:
        _look_at_roster(found, roster, settings, SystemClock().now())
    _look_at_channels(found, settings)
    if content:
        found.summary = (
            f"{len(content.topics)} 个主题，{len(content.examples)} 条说法，"
            f"{len(roster.people) if roster else 0} 位工程师，{len(settings.channels)} 个渠道"
        )
    return found


def _look_at_content(found: Findings, content: Content, settings: Settings, knowledge: Path) -> None:
    if settings.channels:
        for key, default in DEFAULTS.items():
            if content.company.get(key) == default:
                line = _line_of(knowledge / COMPANY, key)
                found.warnings.append(f"{knowledge / COMPANY}:{line}: “{key}”还是手册里的示例值“{default}”")


def _line_of(path: Path, key: str) -> int:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith(f"{key}:"):
            return number
    return 1


def _look_at_roster(found: Findings, roster: Roster, settings: Settings, now: datetime) -> None:
    platforms = sorted({pager.platform for pager in settings.pagers.values()})
    for weakness in weaknesses(Plan(roster), platforms, now, AHEAD)[:MOST_SHOWN]:
        found.warnings.append(f"{settings.roster_file}：{weakness.text}")
    named: set[str] = set()
    if roster.policies:
        policies = [policy for policy in (roster.policies.normal, roster.policies.urgent) if policy]
        named = {pager for policy in policies for step in policy.steps for pager in step.by}
    for pager in sorted(named - set(settings.pagers)):
        found.faults.append(Fault(str(settings.roster_file), 1, f"policies：没有叫“{pager}”的呼叫渠道"))
    for person in roster.people:
        if person.mobile and settings.pagers and not any(_reaches(one, person) for one in settings.pagers.values()):
            found.warnings.append(
                f"{settings.roster_file}：{person.name}只有手机号，呼不到：手机号只有值班群的呼叫用得上，请填账号"
            )


def _reaches(pager: Pager, person: Engineer) -> bool:
    """In a group a mobile is enough to be mentioned; a message to one person wants the id."""
    by_mobile = bool(person.mobile) and isinstance(pager, WeComPush | DingTalkCustom)
    return by_mobile or bool(person.platform_id(pager.platform))


def _look_at_channels(found: Findings, settings: Settings) -> None:
    if settings.channels and not settings.pagers:
        found.warnings.append("pagers：没有呼叫渠道，转人工时工程师收不到通知")
    for name, channel in settings.channels.items():
        if isinstance(channel, WeComBot) and not channel.rooms:
            found.warnings.append(
                f"channels.{name}：没有给任何群配置消息推送（rooms），接单、解决等后续消息发不进群，只能电话联系"
            )
    heard = {door.app for door in settings.channels.values() if isinstance(door, WeComApp | DingTalkBot)}
    for name, pager in settings.pagers.items():
        if isinstance(pager, WeComAppPager | DingTalkDirect) and pager.app not in heard:
            found.warnings.append(f"pagers.{name}：channels 里没有同一个应用，按了按钮收不到，所以呼叫里不带按钮")
        if isinstance(pager, DingTalkCardPager) and not pager.conversation.startswith("cid"):
            found.warnings.append(f"pagers.{name}：conversation 要写值班群的 id，cid 开头，不是群名")
    if settings.channels and settings.heartbeat is None:
        found.warnings.append("heartbeat：没有设置心跳，服务停了或卡住了没有人会知道，见 docs/monitoring.md")
    if settings.channels and not settings.secret_key.get_secret_value():
        found.warnings.append("secret_key：没有设置，正在用数据目录里自动生成的那把；多台部署时必须统一设置")
