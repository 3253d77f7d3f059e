"""The little DingTalk's interactive cards: what is refused, what an update leaves, how a tap is signed."""

from collections.abc import Iterator
from typing import Any

import pytest

from .dingtalk import client
from .dingtalk.card_taps import SIGNATURE, STAMP, signed
from .dingtalk.cards import GROUP_SPACE, Template
from .dingtalk.clock import FrozenClock
from .dingtalk.little import LittleDingTalk
from .dingtalk.people import User
from .dingtalk.places import Group
from .dingtalk.record import Channel
from .dingtalk.robots import Robot
from .dingtalk.signing import card_sign

CREATE, UPDATE, REGISTER = (
    "/v1.0/card/instances/createAndDeliver",
    "/v1.0/card/instances",
    "/v1.0/card/callbacks/register",
)
SECRET = "fake-api-secret-0001"


class Company:
    """One group with the robot and 张工, and a template with one button."""

    def __init__(self, ding: LittleDingTalk) -> None:
        self.ding = ding
        self.robot: Robot = ding.robot("小值")
        self.zhang: User = ding.user("张工", "zhang01")
        self.oncall: Group = ding.group("值班群", self.zhang, self.robot)
        self.template = ding.template(Template("t-0001.schema", ("title", "status"), (("button1", "says1"),)))

    def body(self, **more: Any) -> dict[str, Any]:
        return {
            "cardTemplateId": self.template.id,
            "outTrackId": "card-1",
            "callbackType": "STREAM",
            "cardData": {"cardParamMap": {"title": "单 1", "button1": "接单", "says1": "接单 1"}},
            "openSpaceId": f"{GROUP_SPACE}{self.oncall.conversation_id}",
            "imGroupOpenSpaceModel": {"lastMessageI18n": {"ZH_CN": "单 1"}},
            "imGroupOpenDeliverModel": {"robotCode": self.robot.robot_code, "atUserIds": {"zhang01": "张工"}},
            **more,
        }

    def posts(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        answer = client.api(self.robot, path, body)
        return answer.status_code, answer.json()

    def puts(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        answer = client.api(self.robot, UPDATE, body, method="PUT")
        return answer.status_code, answer.json()


@pytest.fixture
def company() -> Iterator[Company]:
    with LittleDingTalk(clock=FrozenClock()) as ding:
        yield Company(ding)


def test_a_card_is_shown_in_the_group_and_notifies_whom_it_names(company: Company) -> None:
    status, answer = company.posts(CREATE, company.body())
    assert status == 200 and answer["result"]["deliverResults"][0]["success"] is True
    (shown,) = company.oncall.seen(Channel.CARD)
    assert (shown.title, shown.text, shown.notified) == ("单 1", "单 1", (company.zhang,))
    assert company.posts(CREATE, company.body())[1]["code"] == "param.cardAlreadyExist"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"cardTemplateId": "unknown.schema"}, "param.templateNotExist"),
        ({"outTrackId": ""}, "param.outTrackIdEmpty"),
        ({"openSpaceId": f"{GROUP_SPACE}cidother"}, "param.openSpaceIdInvalid"),
        ({"imGroupOpenSpaceModel": None}, "param.openSpaceModelInvalid"),
        ({"imGroupOpenDeliverModel": None}, "param.openDeliverModelEmpty"),
        ({"imGroupOpenDeliverModel": {"atUserIds": {"nobody": "x"}}}, "param.userIdNotExist"),
        ({"cardData": {"cardParamMap": {}}}, "param.cardPublicDataEmpty"),
        ({"cardData": {"cardParamMap": {"flag": True}}}, "invalidParameter.param.invalid"),
        ({"cardData": {"cardParamMap": {"title": "长" * 342}}}, "invalidParameter.param.invalid"),
        ({"callbackType": "HTTP", "callbackRouteKey": "nowhere"}, "invalidParameter.param.invalid"),
    ],
)
def test_what_is_refused(company: Company, more: dict[str, Any], code: str) -> None:
    status, answer = company.posts(CREATE, company.body(**more))
    assert (status, answer["code"]) == (400, code)
    assert company.oncall.seen() == []


def test_a_template_that_is_not_published_and_a_permission_that_is_missing(company: Company) -> None:
    company.template.published = False
    assert company.posts(CREATE, company.body())[1]["code"] == "param.templateUnpublished"
    company.robot.permissions.remove("Card.Instance.Write")
    status, answer = company.posts(CREATE, company.body())
    assert status == 403 and answer["accessdenieddetail"] == {"requiredScopes": ["Card.Instance.Write"]}


def test_a_success_that_delivered_nothing(company: Company) -> None:
    company.oncall.robots.clear()
    status, answer = company.posts(CREATE, company.body())
    assert status == 200 and answer["result"]["deliverResults"][0]["success"] is False
    assert company.oncall.seen() == []


def test_an_update_replaces_everything_unless_it_says_by_key(company: Company) -> None:
    company.posts(CREATE, company.body())
    card = company.ding.card(company.oncall.seen()[0])
    change = {"outTrackId": "card-1", "cardData": {"cardParamMap": {"status": "张工接了"}}}
    by_key = {"cardUpdateOptions": {"updateCardDataByKey": True}}
    assert company.puts(change | by_key) == (200, {"success": True, "result": True})
    assert card.text == "单 1\n张工接了" and card.buttons == {"接单": "接单 1"}
    company.puts(change)
    assert card.text == "张工接了" and card.buttons == {}
    assert company.puts({"outTrackId": "card-2", "cardData": {}})[1]["code"] == "param.cardNotExist"
    assert company.puts({"outTrackId": "card-1"})[1]["code"] == "param.cardDataAndPrivateDataBothEmpty"


def test_an_address_is_changed_only_by_force(company: Company) -> None:
    first = {"callbackRouteKey": "k", "callbackUrl": "https://one.example.com/", "apiSecret": SECRET}
    company.posts(REGISTER, first)
    _, kept = company.posts(REGISTER, first | {"callbackUrl": "https://two.example.com/"})
    assert kept["result"]["callbackUrl"] == "https://one.example.com/"
    forced = first | {"callbackUrl": "https://two.example.com/", "forceUpdate": True}
    assert company.posts(REGISTER, forced)[1]["result"]["callbackUrl"] == "https://two.example.com/"


def test_a_tap_is_signed_with_the_registered_secret_over_the_timestamp_alone(company: Company) -> None:
    headers = signed(company.ding.world, SECRET)
    assert headers[SIGNATURE] == card_sign(headers[STAMP], SECRET)
    assert headers[STAMP] == str(int(company.ding.clock.now() * 1000))
    assert signed(company.ding.world, "") == {}
