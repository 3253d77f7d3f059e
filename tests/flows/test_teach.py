"""What an engineer teaches waits for a nod; then it stands in a file of phrases that is checked like the others."""

import shutil
from pathlib import Path

import pytest

from app.documents import Invalid
from app.lab.lessons import decide, list_lessons
from app.settings import Settings
from app.store.library import read_content
from tests.conftest import ROOT
from tests.flows.duty import with_roster
from tests.flows.stage import Stage
from tests.people import XIAOLIN, ZHANG

STRANGE = "我的小鸽子飞不出去了怎么办呀"


@pytest.fixture
def taught(stage: Stage) -> Stage:
    """A case in strange words, closed by 张工."""
    with_roster(stage)
    stage.hears(XIAOLIN, STRANGE)
    stage.hears(XIAOLIN, "人工")
    stage.hears(ZHANG, "接单 1")
    assert "教它 1" in stage.hears(ZHANG, "解决 1 附件太大").reply
    return stage


def test_a_phrase_is_taught_for_a_topic_by_its_title(taught: Stage) -> None:
    """The words that the case began with."""
    assert STRANGE in taught.hears(ZHANG, "教它 1 忘记密码").reply
    assert "没有这个主题" in taught.hears(ZHANG, "教它 1 咖啡机").reply
    assert "名册上的工程师" in taught.hears(XIAOLIN, "教它 1 忘记密码").reply


def test_it_is_learned_when_somebody_nods(taught: Stage, tmp_path: Path) -> None:
    """Written into a file of its own; a second nod finds nothing; a broken folder changes nothing."""
    taught.hears(ZHANG, "教它 1 login.password")
    taught.hears(ZHANG, "教它 1 login.locked")
    intents, knowledge = tmp_path / "intents", ROOT / "knowledge"
    shutil.copytree(ROOT / "intents", intents)
    url = taught.desk.database.engine.url.render_as_string(hide_password=False)
    taught.desk.database.close()
    settings = Settings(database_url=url, data_dir=tmp_path)
    assert STRANGE in list_lessons(settings, intents, knowledge)
    assert "taught.yaml" in decide(settings, intents, knowledge, 1, accept=True)
    learned = [example for example in read_content(intents, knowledge).examples if example.text == STRANGE]
    assert [example.label for example in learned] == ["login.password"]
    with pytest.raises(Invalid, match="没有等着点头的说法 1"):
        decide(settings, intents, knowledge, 1, accept=True)
    before = (intents / "phrases/taught.yaml").read_text(encoding="utf-8")
    with pytest.raises(Invalid):  # the same words cannot stand for two topics
        decide(settings, intents, knowledge, 2, accept=True)
    assert (intents / "phrases/taught.yaml").read_text(encoding="utf-8") == before
    assert "不学" in decide(settings, intents, knowledge, 2, accept=False)
    assert list_lessons(settings, intents, knowledge) == "没有等您点头的说法。"


def test_a_page_tells_device_error_and_how_it_was_solved_before(taught: Stage) -> None:
    """At first sight, without asking for more."""
    for number in (2, 3):
        taught.hears(XIAOLIN, "Outlook 报 0x800CCC0E 发不出去")
        taught.hears(XIAOLIN, "人工")
        taught.works()
        if number == 2:
            taught.hears(ZHANG, "解决 2 换了端口")
    page = taught.pager.sent[-1].markdown
    assert "设备：Outlook" in page and "报错：0x800CCC0E" in page and "以前类似的：单 2 换了端口" in page
