"""The sandbox in a real browser: ask, be answered, call a person, let time pass, take the case, close it."""

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Locator, Page, Request, expect

from app.core.library import Library
from app.main import DEMO_ROSTER, ROOT, build_demo
from app.settings import Settings
from tests.web.browser import browser

WIDE = {"width": 1120, "height": 760}
PHONE = {"width": 390, "height": 844}
STARTS_WITHIN = 20.0
SCREENSHOTS = os.environ.get("ZHIBAN_SCREENSHOTS")  # read before the tests' environment is cleaned
LOCAL = ("http://127.0.0.1:", "data:")


@pytest.fixture(scope="session")
def learned(library: Library) -> Path:
    """Where trained models are kept between runs; `library` has made sure that they are there."""
    return ROOT / "data" / "cache"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, learned: Path) -> Iterator[str]:
    """A demo house of its own, listening on a free port."""
    place = tmp_path_factory.mktemp("sandbox")
    (place / "cache").symlink_to(learned, target_is_directory=True)
    settings = Settings(database_url=f"sqlite:///{place / 'demo.db'}", data_dir=place, roster_file=DEMO_ROSTER)
    house = build_demo(settings)
    ready = threading.Event()
    server = _Server(ready, house.internal)
    thread = threading.Thread(target=server.run)
    house.worker.start()
    thread.start()
    try:
        assert ready.wait(STARTS_WITHIN), "the server did not start"
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.should_exit = True
        thread.join()
        house.close()


class _Server(uvicorn.Server):
    """Tells when it listens, and where."""

    def __init__(self, ready: threading.Event, app: Any) -> None:
        super().__init__(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none"))
        self._ready = ready

    @property
    def port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self._ready.set()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def size() -> dict[str, int]:
    return WIDE


@pytest.fixture
def page(chromium: Browser, address: str, size: dict[str, int]) -> Iterator[Page]:
    """The sandbox, opened. Fails when anything but this machine is asked or the browser complains."""
    asked: list[str] = []
    complaints: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    context = chromium.new_context(viewport={"width": size["width"], "height": size["height"]}, locale="zh-CN")
    opened = context.new_page()
    opened.on("request", note)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    opened.goto(f"{address}/sandbox")
    yield opened
    context.close()
    assert asked
    assert [url for url in asked if not url.startswith(LOCAL)] == []
    assert complaints == []


def picture(page: Page, name: str, part: str = "body") -> None:
    """Keep a screenshot when ZHIBAN_SCREENSHOTS names a folder."""
    if SCREENSHOTS:
        folder = Path(SCREENSHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        page.locator(part).screenshot(path=folder / f"{name}.png")


def be(page: Page, who: str) -> None:
    page.locator(f"label[for=who-{who}]").first.click()
    expect(page.locator(f"#who-{who}")).to_be_checked()


def desk_lines(page: Page, place: str) -> Locator:
    return page.locator(f"#lines-{place} .line.by-desk")


def say(page: Page, place: str, text: str) -> None:
    box = page.locator(f"#text-{place}")
    box.fill(text)
    box.press("Enter")
    expect(box).to_have_value("")


def quick(page: Page, place: str, words: str) -> None:
    page.locator(f"#lines-{place} .card").last.get_by_role("button", name=words, exact=True).click()


def case_number(page: Page, place: str = "support") -> int:
    """The number of the case that the desk has just opened."""
    line = desk_lines(page, place).last
    expect(line).to_contain_text("单号")
    found = re.search(r"单号 (\d+)", line.inner_text())
    assert found
    return int(found[1])


def test_an_example_is_answered_in_steps(page: Page) -> None:
    be(page, "xiaolin")
    page.locator("#room-support .examples button").first.click()
    mine = page.locator("#lines-support .line.mine").last
    expect(mine).to_contain_text("@IT小助手 outlook 报 0x800CCC0E 发不出去")
    answer = desk_lines(page, "support").last
    expect(answer).to_contain_text("@小林")
    expect(answer.locator("ol.steps li").nth(1)).to_be_visible()
    card = answer.locator(".card button")
    expect(card).to_have_text(["已解决", "下一步", "转人工"])
    shown = answer.get_attribute("id")
    quick(page, "support", "已解决")
    expect(desk_lines(page, "support").last).to_contain_text("解决了就好")
    tapped = page.locator(f"#{shown} .card button")
    expect(tapped).to_have_text(["✓ 已解决"])
    expect(tapped).to_be_disabled()


def test_another_persons_card_can_be_tapped_but_moves_nobody(page: Page) -> None:
    be(page, "laozhou")
    page.locator("#room-support .examples button").nth(2).click()
    expect(desk_lines(page, "support").last).to_contain_text("@老周")
    be(page, "zhaojie")
    quick(page, "support", "转人工")
    expect(desk_lines(page, "support").last).to_contain_text("那张卡片是别人的")
    be(page, "laozhou")
    page.locator("#lines-support .card").last.get_by_role("button", name="下一步", exact=True).click()
    expect(desk_lines(page, "support").last).to_contain_text("@老周")


def test_a_case_from_the_call_to_its_end(page: Page) -> None:
    be(page, "xiaochen")
    page.locator("#room-support .examples button").nth(1).click()
    expect(desk_lines(page, "support").last).to_contain_text("@小陈")
    quick(page, "support", "转人工")
    number = case_number(page)
    calls = page.locator("#lines-oncall .line.page").filter(has_text=f"【单 {number}】")
    expect(calls).to_have_count(1)
    expect(calls.locator(".ring")).to_contain_text("呼叫 @")
    expect(page.locator("#duty .next")).to_contain_text(f"单 {number} 还没人接，10 分钟后呼叫")
    picture(page, "sandbox")

    page.get_by_role("button", name="10 分钟").click()
    expect(calls).to_have_count(2)
    expect(calls.last).to_contain_text("第 2 次呼叫")
    expect(calls.last).to_contain_text("等了：10 分钟")
    picture(page, "oncall", "#room-oncall")

    buttons = page.locator(f"#case-{number}")
    buttons.get_by_role("button", name=f"接单 {number}").click()
    expect(desk_lines(page, "oncall").last).to_contain_text("只有值班名册上的工程师")
    buttons.locator("label").click()
    buttons.get_by_role("button", name=f"接单 {number}").click()
    expect(desk_lines(page, "oncall").last).to_contain_text(f"单 {number} 归您了")
    expect(calls.last.locator(".state")).to_have_text("处理中")
    taken = desk_lines(page, "support").last
    expect(taken).to_contain_text(f"接了单 {number}")
    expect(taken).to_contain_text("@小陈")

    buttons.get_by_role("button", name=f"解决 {number}").click()
    expect(desk_lines(page, "support").last).to_contain_text(f"单 {number} 已经处理好")
    expect(buttons).to_have_count(0)
    page.goto(page.url.replace("/sandbox", f"/cases/{number}"))
    expect(page.locator("h1")).to_contain_text("已解决")
    expect(page.locator(".trail li")).to_have_count(5)


def test_the_desk_does_not_hear_what_does_not_name_it(page: Page) -> None:
    be(page, "zhaojie")
    page.locator("#room-support .at-desk").click()
    say(page, "support", '<img src="//evil.example/x" onerror="alert(1)">**大家早**')
    mine = page.locator("#lines-support .line.mine").last
    expect(mine.locator(".plain")).to_have_text('<img src="//evil.example/x" onerror="alert(1)">**大家早**')
    expect(mine.locator(".note")).to_have_text("没有 @，IT小助手收不到")
    expect(mine.locator("img, strong")).to_have_count(0)
    expect(page.locator("#lines-support .line").last).to_have_class(re.compile("mine"))


def test_the_private_chat_needs_no_name_and_is_private(page: Page) -> None:
    be(page, "laozhou")
    page.locator("label[for=tab-private]").click()
    say(page, "private", "转人工")
    number = case_number(page, "private")
    quick(page, "private", "问进度")
    expect(desk_lines(page, "private").last).to_contain_text(f"单 {number} 正在等")
    be(page, "sunzong")
    expect(page.locator("#lines-private .line")).to_have_count(0)
    expect(page.locator("#lines-private .empty")).to_contain_text("孙总")
    be(page, "laozhou")
    quick(page, "private", "已解决")
    expect(desk_lines(page, "private").last).to_contain_text("解决了就好")


def test_what_is_being_typed_outlives_the_news(page: Page, address: str) -> None:
    box = page.locator("#text-oncall")
    box.press_sequentially("我在看，")
    with page.expect_response(lambda answer: "/feed" in answer.url and answer.status == 200):
        heard = {"who": "sunzong", "room": "oncall", "text": "有人吗"}
        httpx.post(f"{address}/sandbox/say", data=heard, trust_env=False).raise_for_status()
    expect(page.locator("#lines-oncall .line").last).to_contain_text("有人吗")
    box.press_sequentially("马上回")
    expect(box).to_have_value("我在看，马上回")
    expect(box).to_be_focused()


@pytest.mark.parametrize("size", [PHONE])
def test_everything_is_at_hand_on_a_phone(page: Page, size: dict[str, int]) -> None:
    expect(page.locator("#lines-support .intro, #lines-support .line").first).to_be_visible()
    page.locator("#room-support .sender").click()
    page.locator("#people-sheet label[for=who-sunzong]").click()
    expect(page.locator("#people-sheet")).to_be_hidden()
    expect(page.locator("#room-support .sender")).to_contain_text("孙总")
    page.locator("#room-support .examples button").nth(2).click()
    expect(page.locator("#lines-support .card button").first).to_be_visible()
    page.locator("#lines-support .line.mine").last.evaluate("line => line.scrollIntoView()")
    picture(page, "phone")
    narrow(page, size)
    for place in ("private", "oncall", "support"):
        page.locator(f"label[for=tab-{place}]").click()
        expect(page.locator(".room:visible")).to_have_id(f"room-{place}")
        expect(page.locator(f"#text-{place}")).to_be_in_viewport(ratio=1)
        narrow(page, size)
    before = page.locator("#now").inner_text()
    page.locator(".tabs button").click()
    page.locator("#travel").get_by_role("button", name="1 小时").click()
    expect(page.locator("#travel")).to_be_hidden()
    expect(page.locator("#now")).not_to_have_text(before)


def narrow(page: Page, size: dict[str, int]) -> None:
    """Nothing stands out to the side, and what is pressed is low enough for the thumb."""
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    wide = "[...document.querySelectorAll('.scroll')].filter(x => x.scrollWidth > x.clientWidth).length"
    assert page.evaluate(wide) == 0
    for handle in page.locator(".composer:visible button, .tabs button:visible, .tabs label:visible").all():
        place = handle.bounding_box()
        assert place
        assert place["x"] >= 0 and place["x"] + place["width"] <= size["width"]
        assert place["y"] > size["height"] / 2


def test_other_sites_and_too_much_are_refused(address: str) -> None:
    with httpx.Client(base_url=address, trust_env=False) as client:
        answer = client.get("/sandbox")
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        said = {"who": "xiaolin", "room": "support", "text": "在吗"}
        foreign = ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"})
        for headers in foreign:
            assert client.post("/sandbox/say", data=said, headers=headers).status_code == 403
            assert client.post("/sandbox/travel", data={"minutes": "1"}, headers=headers).status_code == 403
        assert client.post("/sandbox/say", data={**said, "text": "长" * 5001}).status_code == 413
        assert client.post("/sandbox/say", data={**said, "who": "nobody"}).status_code == 422
        assert client.post("/sandbox/say", data={**said, "room": "elsewhere"}).status_code == 422
        assert client.post("/sandbox/travel", data={"minutes": "-1"}).status_code == 422
        assert client.get("/sandbox/say").status_code == 405


def test_nothing_new_means_nothing_sent(address: str) -> None:
    with httpx.Client(base_url=address, trust_env=False) as client:
        first = client.get("/sandbox/feed", params={"who": "xiaolin"})
        seen = re.search(r'id="seen" value="(\w+)"', first.text)
        assert seen
        again = client.get("/sandbox/feed", params={"who": "xiaolin", "seen": seen[1]})
        assert again.status_code in (200, 204)  # a minute may have passed between
        assert bool(again.content) == (again.status_code == 200)


def test_no_page_shows_a_secret(address: str) -> None:
    """Neither the room in which it was written, to the desk or past it, nor the case, nor the list of cases."""
    same = {"Origin": address}
    with httpx.Client(base_url=address, trust_env=False, headers=same) as client:
        for room, at in (("support", "1"), ("support", ""), ("private", "")):
            said = {"who": "sunzong", "room": room, "text": "密码 Hunter2#2026 登不上，转人工", "at": at}
            assert "〔已隐去〕" in client.post("/sandbox/say", data=said).text
        pages = [client.get("/sandbox", params={"who": "sunzong"}), client.get("/cases")]
        pages += [client.get(path) for path in re.findall(r'href="(/cases/\d+)"', pages[1].text)]
    assert len(pages) > 2 and "像是有密码" in pages[0].text
    assert [page.url for page in pages if "Hunter2" in page.text or page.status_code != 200] == []
