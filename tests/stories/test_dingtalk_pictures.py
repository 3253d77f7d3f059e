"""DingTalk: screenshots and quotes. Pictures are fetched at once and kept for the case; reading them comes later."""

import pytest

from app.store.tables import CaseRow, PictureRow
from tests.platforms.dingtalk.drafts import Quirks
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.media import PICTURE, PNG
from tests.platforms.dingtalk.wire import Endpoint
from tests.stories.dingtalk_scene import DingTalkScene
from tests.stories.house import eventually
from tests.stories.words import QUESTION


def kept(scene: DingTalkScene, count: int = 1) -> list[PictureRow]:
    eventually(f"存下 {count} 张图", lambda: len(scene.house.rows(PictureRow)) == count)
    return scene.house.rows(PictureRow)


@pytest.mark.parametrize("glued", [False, True], ids=["space", "glued"])
def test_a_question_with_a_screenshot_is_answered_and_the_picture_kept(dingtalk: DingTalkScene, glued: bool) -> None:
    dingtalk.lin.sends_rich(dingtalk.support, QUESTION, PICTURE, at=dingtalk.robot, glued=glued)
    dingtalk.support.expect(dingtalk.house.answer)
    (picture,) = kept(dingtalk)
    assert (picture.media_type, picture.content, picture.case_id) == ("image/png", PNG, None)


def test_a_mention_of_its_own_part_is_no_text(dingtalk: DingTalkScene) -> None:
    quirks = Quirks(at_part=True, picture_second_code=False)
    dingtalk.lin.sends_rich(dingtalk.support, QUESTION, PICTURE, at=dingtalk.robot, quirks=quirks)
    dingtalk.support.expect(dingtalk.house.answer)
    kept(dingtalk)


def test_the_picture_goes_with_the_case_and_the_page_says_so(dingtalk: DingTalkScene) -> None:
    dingtalk.lin.sends_rich(dingtalk.support, QUESTION, PICTURE, "还有这张", PICTURE, at=dingtalk.robot)
    kept(dingtalk, 2)
    dingtalk.asks("人工")
    assert "截图：2 张" in dingtalk.expect_pages(1)[0].text
    assert {picture.case_id for picture in kept(dingtalk, 2)} == {1}


def test_a_screenshot_that_comes_after_the_words_joins_the_dialog_and_then_the_case(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(QUESTION)
    dingtalk.support.expect(dingtalk.house.answer)
    dingtalk.house.advance(minutes=1)
    dingtalk.lin.sends_rich(dingtalk.support, "就是这个", PICTURE, at=dingtalk.robot)
    dingtalk.support.expect("和刚才说的放在一起")
    kept(dingtalk)
    dingtalk.asks("下一步")
    dingtalk.support.expect("再试试这个")
    dingtalk.asks("人工")
    assert "截图：1 张" in dingtalk.expect_pages(1)[0].text


@pytest.mark.parametrize("where", ["group", "private"])
def test_a_picture_without_words_is_kept_and_the_prompts_text_asked_for(dingtalk: DingTalkScene, where: str) -> None:
    if where == "group":
        dingtalk.lin.sends_rich(dingtalk.support, PICTURE, at=dingtalk.robot)
        dingtalk.support.expect("麻烦把提示那句话打出来")
    else:
        dingtalk.lin.sends_picture(dingtalk.robot)
        dingtalk.lin.expect("麻烦把提示那句话打出来")
    assert kept(dingtalk)[0].content == PNG
    assert dingtalk.house.rows(CaseRow) == []


def test_a_quoted_picture_is_kept_and_attached(dingtalk: DingTalkScene) -> None:
    shown = dingtalk.chen.sends_picture(dingtalk.support).message
    dingtalk.lin.says(dingtalk.support, "人工", at=dingtalk.robot, quote=shown)
    eventually("图归到单里", lambda: [p.case_id for p in dingtalk.house.rows(PictureRow)] == [1])


def test_a_quoted_error_text_is_what_the_question_is_about(dingtalk: DingTalkScene) -> None:
    shown = dingtalk.chen.says(dingtalk.support, QUESTION).message
    dingtalk.lin.says(dingtalk.support, "这个怎么处理", at=dingtalk.robot, quote=shown)
    assert dingtalk.house.answer in dingtalk.answers()[0].text


def test_quoting_the_desks_own_answer_is_no_new_question(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(QUESTION)
    answer = dingtalk.support.expect(dingtalk.house.answer)
    dingtalk.lin.says(dingtalk.support, "还是不行", at=dingtalk.robot, quote=answer)
    dingtalk.support.expect("那再试试这个")


FAULTS = {
    "html": (Endpoint.FILE, Fault.file(b"<html>not a picture</html>", "image/png")),
    "11 MB": (Endpoint.FILE, Fault.file(PNG + bytes(11 * 1024 * 1024), streamed=True)),
    "redirect": (Endpoint.FILE, Fault.redirect()),
    "502": (Endpoint.FILE, Fault.http(502)),
    "code expired": (Endpoint.DOWNLOAD, Fault.of("invalidParameter.robotCode.downloadCode")),
    "banned": (Endpoint.DOWNLOAD, Fault.punished()),
}


@pytest.mark.parametrize(("endpoint", "fault"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_fetched_is_not_kept_and_costs_nothing_else(
    dingtalk: DingTalkScene, endpoint: Endpoint, fault: Fault
) -> None:
    dingtalk.ding.faults.next(endpoint, fault, times=3)
    dingtalk.lin.sends_rich(dingtalk.support, QUESTION, PICTURE, at=dingtalk.robot)
    dingtalk.support.expect(dingtalk.house.answer)
    eventually("记下没存成", lambda: "picture_not_kept" in dingtalk.house.log.text)
    assert dingtalk.house.rows(PictureRow) == []


def test_a_token_that_died_early_is_fetched_again(dingtalk: DingTalkScene) -> None:
    dingtalk.lin.sends_picture(dingtalk.robot)
    kept(dingtalk, 1)
    dingtalk.ding.expire_tokens()
    dingtalk.lin.sends_picture(dingtalk.robot)
    kept(dingtalk, 2)
    assert len(dingtalk.ding.calls(Endpoint.TOKEN)) == 2


def test_a_redelivered_picture_is_kept_once(dingtalk: DingTalkScene) -> None:
    delivery = dingtalk.lin.sends_picture(dingtalk.robot)
    kept(dingtalk)
    delivery.again(2, concurrently=True)
    dingtalk.house.settle()
    assert len(dingtalk.ding.calls(Endpoint.DOWNLOAD)) == 1
