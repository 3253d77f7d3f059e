"""On what somebody uses the mailbox, as far as the words tell, and which steps are for it."""

import re

PHONE, OUTLOOK, FOXMAIL, WEB, PC = "手机", "Outlook", "Foxmail", "网页", "电脑"
ADMIN = "管理员"
_NAMES = (
    (PHONE, re.compile(r"手机|手機|安卓|苹果|iphone|ipad|android|\bios\b|华为|小米|平板", re.I)),
    (OUTLOOK, re.compile(r"outlook|outlok|奥特look", re.I)),
    (FOXMAIL, re.compile(r"fox ?mail", re.I)),
    (WEB, re.compile(r"网页|網頁|浏览器|瀏覽器|webmail", re.I)),
    (PC, re.compile(r"电脑|電腦|台式|笔记本|桌面端|\bpc\b|windows|\bmac\b", re.I)),
)
# What follows a device that works: “电脑好了”, “网页能登”.
_WORKS = re.compile(r"^(?:上|端|那边|这边)?(?:都|是|倒|已经)?(?:好了|可以|能|正常|没问题|没事|秒到|行了|ok)", re.I)
# Whose steps also serve whom.
_SERVED_BY = {
    PHONE: (PHONE,),
    OUTLOOK: (OUTLOOK, PC),
    FOXMAIL: (FOXMAIL, PC),
    WEB: (WEB, PC),
    PC: (PC, OUTLOOK, FOXMAIL),
}


def device_in(text: str) -> str:
    """The one device on which it does not work; '' where none or several are named."""
    named = []
    for name, pattern in _NAMES:
        found = [match for match in pattern.finditer(text) if not _WORKS.match(text[match.end() :])]
        if found:
            named.append(name)
    if PC in named and (OUTLOOK in named or FOXMAIL in named):
        named.remove(PC)
    return named[0] if len(named) == 1 else ""


def works_elsewhere(text: str) -> bool:
    """Whether the text says of some device that it works there: “电脑好了，手机还不行”."""
    return any(_WORKS.match(text[match.end() :]) for _, pattern in _NAMES for match in pattern.finditer(text))


def suits(audience: str, device: str) -> bool:
    """Whether a step for `audience` is for somebody on `device`; unknown devices take every step but the admin's."""
    if audience == ADMIN:
        return False
    return audience in ("", WEB) or not device or audience in _SERVED_BY[device]


def is_asked_for(audiences: set[str]) -> bool:
    """Whether these steps differ so much by device that it is worth asking."""
    return PHONE in audiences and bool(audiences & {PC, OUTLOOK, FOXMAIL})
