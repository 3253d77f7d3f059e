"""Names where a platform tells only an id."""

from dataclasses import replace

import pytest

from app.core.message import InboundMessage, MessageKind, Person
from app.core.staff import Staff, named
from tests.people import GROUP, MONDAY_NINE

STAFF = Staff(wecom={"zhangsan": "张三"}, dingtalk={"lin88": "林小雨"})


@pytest.mark.parametrize(
    ("platform", "person", "shown"),
    [
        ("wecom", Person("zhangsan"), "张三"),
        ("wecom", Person("zhangsan", "zhangsan"), "张三"),
        ("wecom", Person("lisi"), "lisi"),
        ("dingtalk", Person("zhangsan"), "zhangsan"),
        ("dingtalk", Person("lin88", "小林"), "小林"),
        ("sandbox", Person("zhangsan"), "zhangsan"),
    ],
)
def test_a_name_is_found_where_the_platform_gave_none(platform: str, person: Person, shown: str) -> None:
    """What the platform itself says wins; who is not in the file is named by the id."""
    message = InboundMessage("desk", "1", GROUP, person, MessageKind.TEXT, "您好", MONDAY_NINE)
    got = named(message, STAFF, platform)
    assert got.person.shown == shown and replace(got, person=person) == message
