"""WeCom: screenshots and quotes. Pictures are fetched at once and kept for the case; reading them comes later."""

import pytest

from app.store.tables import CaseRow, PictureRow
from tests.platforms.wecom.attachments import (
    TINY_PNG,
    Attachment,
    broken_download,
    huge_picture,
    wrong_type,
)
from tests.platforms.wecom.faults import Endpoint, server_error
from tests.stories.house import eventually
from tests.stories.wecom_scene import WeComScene
from tests.stories.words import QUESTION


def kept(scene: WeComScene, count: int = 1) -> list[PictureRow]:
    eventually(f"存下 {count} 张图", lambda: len(scene.house.rows(PictureRow)) == count)
    return scene.house.rows(PictureRow)


def test_a_question_with_a_screenshot_is_answered_and_the_picture_kept(wecom: WeComScene) -> None:
    wecom.lin.says(wecom.support, QUESTION, at=wecom.bot, pictures=[Attachment()])
    wecom.support.expect(wecom.house.answer, times=1)
    (picture,) = kept(wecom)
    assert (picture.media_type, picture.content, picture.case_id) == ("image/png", TINY_PNG, None)


def test_the_picture_goes_with_the_case_and_the_page_says_so(wecom: WeComScene) -> None:
    wecom.lin.says(wecom.support, QUESTION, at=wecom.bot, pictures=[Attachment(), Attachment()])
    kept(wecom, 2)
    wecom.asks("人工")
    assert "截图：2 张" in wecom.expect_pages(1)[0].text
    assert {picture.case_id for picture in kept(wecom, 2)} == {1}


def test_a_picture_sent_while_the_case_is_open_joins_it(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.lin.says(wecom.support, "屏幕是这样", at=wecom.bot, pictures=[Attachment()])
    assert kept(wecom)[0].case_id == 1


def test_a_screenshot_that_comes_after_the_words_joins_the_dialog_and_then_the_case(wecom: WeComScene) -> None:
    wecom.lin.says(wecom.bot, QUESTION)
    wecom.house.advance(minutes=1)
    wecom.lin.sends_picture(wecom.bot)
    wecom.lin.expect("和刚才说的放在一起", times=1)
    kept(wecom)
    wecom.lin.says(wecom.bot, "下一步")
    wecom.lin.expect("再试试这个", times=1)
    wecom.lin.says(wecom.bot, "人工")
    assert "截图：1 张" in wecom.expect_pages(1)[0].text
    wecom.lin.sends_picture(wecom.bot)
    wecom.lin.expect("已经放进单子里", times=1)
    assert {picture.case_id for picture in kept(wecom, 2)} == {1}


def test_a_colleagues_picture_does_not_join_the_case(wecom: WeComScene) -> None:
    wecom.lin.says(wecom.support, QUESTION, at=wecom.bot, pictures=[Attachment()])
    kept(wecom)
    wecom.asks("人工", by=wecom.chen)
    assert kept(wecom)[0].case_id is None


@pytest.mark.parametrize("where", ["group", "private"])
def test_a_picture_without_words_is_kept_and_the_prompts_text_asked_for(wecom: WeComScene, where: str) -> None:
    if where == "group":
        wecom.lin.says(wecom.support, "", at=wecom.bot, pictures=[Attachment()])
        wecom.support.expect("麻烦把提示那句话打出来", times=1)
    else:
        wecom.lin.sends_picture(wecom.bot)
        wecom.lin.expect("麻烦把提示那句话打出来", times=1)
    assert kept(wecom)[0].content == TINY_PNG
    assert wecom.house.rows(CaseRow) == []


def test_a_quoted_picture_is_kept_and_attached(wecom: WeComScene) -> None:
    shown = wecom.chen.sends_picture(wecom.support).message
    wecom.lin.says(wecom.support, "人工", at=wecom.bot, quoting=shown)
    eventually("图归到单里", lambda: [p.case_id for p in wecom.house.rows(PictureRow)] == [1])


def test_a_quoted_error_text_is_what_the_question_is_about(wecom: WeComScene) -> None:
    shown = wecom.chen.says(wecom.support, QUESTION).message
    wecom.lin.says(wecom.support, "这个怎么处理", at=wecom.bot, quoting=shown)
    wecom.support.expect(wecom.house.answer)


def test_quoting_the_desks_own_answer_is_no_new_question(wecom: WeComScene) -> None:
    wecom.asks(QUESTION)
    wecom.lin.says(wecom.support, "还是不行", at=wecom.bot, quoting=wecom.support.last())
    wecom.support.expect("那再试试这个", times=1)


@pytest.mark.parametrize("picture", [wrong_type(), huge_picture(), broken_download()], ids=["exe", "20MB", "broken"])
def test_what_is_no_picture_is_not_kept_and_costs_nothing_else(wecom: WeComScene, picture: Attachment) -> None:
    wecom.lin.says(wecom.support, QUESTION, at=wecom.bot, pictures=[picture])
    wecom.support.expect(wecom.house.answer, times=1)
    eventually("记下没存成", lambda: "picture_not_kept" in wecom.house.log.text)
    assert wecom.house.rows(PictureRow) == []


def test_a_media_host_that_is_down_costs_only_the_picture(wecom: WeComScene) -> None:
    wecom.wecom.fail(Endpoint.MEDIA, server_error(503))
    wecom.lin.says(wecom.support, QUESTION, at=wecom.bot, pictures=[Attachment()])
    wecom.support.expect(wecom.house.answer, times=1)
    eventually("记下没存成", lambda: "picture_not_kept" in wecom.house.log.text)


def test_a_redelivered_picture_is_kept_once(wecom: WeComScene) -> None:
    delivery = wecom.lin.says(wecom.support, QUESTION, at=wecom.bot, pictures=[Attachment()])
    kept(wecom)
    delivery.again_at_once(2)
    assert len(wecom.wecom.recorder.calls_to(Endpoint.MEDIA)) == 1
    kept(wecom, 1)


def test_pictures_are_forgotten_after_their_time(wecom: WeComScene) -> None:
    wecom.lin.says(wecom.support, QUESTION, at=wecom.bot, pictures=[Attachment()])
    kept(wecom)
    wecom.house.advance(minutes=15 * 24 * 60)
    wecom.house.tidy()
    assert wecom.house.rows(PictureRow) == []
