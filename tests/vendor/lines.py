"""What a person is told about a platform's code."""

import re

from app.channels.meaning import Kind, Meaning

SOMEBODY_ACTS = (Kind.PERMANENT, Kind.GONE, Kind.ROOM_GONE)
BY_ITSELF = re.compile("自动|改走别的路")
TO_DO = re.compile("请|改走别的路")


def reads_well(meaning: Meaning) -> None:
    """Chinese, one line, short enough for the outbox's column; says who acts, or that nobody needs to."""
    line = meaning.line
    assert re.match(r"[一-鿿A-Za-z]", line) and len(re.findall(r"[一-鿿]", line)) >= 6, line
    assert "\n" not in line and len(line) <= 80 and not line.endswith("。"), line
    if meaning.kind is Kind.CREDENTIAL:
        assert TO_DO.search(line) or BY_ITSELF.search(line), line
    else:
        assert (TO_DO if meaning.kind in SOMEBODY_ACTS else BY_ITSELF).search(line), line
    assert (meaning.wait is not None) == (meaning.kind is Kind.LOCKED) or meaning.kind is Kind.TEMPORARY
