"""The channels against the little platforms, without a house around them."""

from collections.abc import Iterator

import pytest

from tests.vendor.dingtalk_desk import DingTalkDesk, open_dingtalk_desk
from tests.vendor.wecom_desk import WeComDesk, open_wecom_desk


@pytest.fixture(scope="session", autouse=True)
def surroundings() -> Iterator[None]:
    """Loopback needs no proxy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def standing_wecom(surroundings: None) -> Iterator[WeComDesk]:
    with open_wecom_desk() as desk:
        yield desk


@pytest.fixture
def wecom(standing_wecom: WeComDesk) -> WeComDesk:
    """A minute later than the test before: its rate is free again, its faults are gone."""
    standing_wecom.scene.clock.advance(61)
    standing_wecom.scene.wecom.heal()
    return standing_wecom


@pytest.fixture
def dingtalk(surroundings: None) -> Iterator[DingTalkDesk]:
    with open_dingtalk_desk() as desk:
        yield desk


@pytest.fixture(scope="module")
def standing_dingtalk(surroundings: None) -> Iterator[DingTalkDesk]:
    """For tests that only ask what one code means; the channel is a new one for each."""
    with open_dingtalk_desk() as desk:
        yield desk
