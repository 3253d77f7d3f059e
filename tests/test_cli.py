"""The command line: what is printed where, which exit code scripts see, and that faults name file and line."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from app.cli import app
from app.core.library import Library
from tests.conftest import ROOT

FULL = "邮箱容量已达上限，收不到邮件"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: Library) -> Iterator[None]:
    """In an empty folder, with the trained models of the repository; logs go back to where they were."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZHIBAN_DATA_DIR", str(ROOT / "data"))
    monkeypatch.setenv("ZHIBAN_DATABASE_URL", f"sqlite:///{tmp_path / 'cli.db'}")
    yield
    structlog.reset_defaults()


def _run(*words: str, given: str = "", code: int = 0) -> Result:
    result = CliRunner().invoke(app, words, input=given)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def _write(name: str, *rows: Any) -> str:
    Path(name).write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return name


def test_ask_says_what_the_desk_would() -> None:
    """The whole guidance, on standard output."""
    said = _run("ask", FULL).stdout
    assert "已用空间/总空间" in said and "出处：手册" in said


def test_ask_explains_why() -> None:
    """Decision, threshold, ranking and evidence."""
    said = _run("ask", FULL, "--explain").stdout
    assert "判断：answer" in said and "quota.full" in said and "门槛" in said and "排名" in said


def test_ask_without_a_text_is_a_slip_of_usage() -> None:
    """Exit code 2, as every program does."""
    assert "请写一句话" in _run("ask", code=2).stderr


def test_ask_in_lines_of_json() -> None:
    """One in, one out, in order; at least three candidates, topics only, whatever the action is."""
    given = [{"text": FULL}, {"text": "人工"}, {"text": "你好"}, {"text": ""}]
    lines = _run("ask", "--jsonl", given="\n".join(map(json.dumps, given)) + "\n\n").stdout.splitlines()
    got = [json.loads(line) for line in lines]
    assert [row["text"] for row in got] == [row["text"] for row in given]
    assert [row["action"] for row in got[:3]] == ["answer", "handoff", "smalltalk"]
    assert got[0]["intents"] == ["quota.full"] and set(got[0]) == {
        "text", "action", "intents", "confidence", "candidates", "reply",
    }  # fmt: skip
    for row in got:
        confidences = [candidate["confidence"] for candidate in row["candidates"]]
        assert len(confidences) >= 3 and confidences == sorted(confidences, reverse=True) and row["reply"]
        assert 0 <= row["confidence"] <= 1 and all("." in candidate["intent"] for candidate in row["candidates"])


def test_a_bad_line_is_named() -> None:
    """What stood before it is answered; then exit code 1."""
    result = _run("ask", "--jsonl", given='{"text": "你好"}\n{\n', code=1)
    assert len(result.stdout.splitlines()) == 1 and "标准输入:2: 这一行不是 JSON" in result.stderr


def test_ask_with_other_peoples_phrases() -> None:
    """The same matcher on their data; `none` may be among the labels."""
    rows = [
        {"text": f"{words}{n}", "label": label}
        for label, words in (("print", "打印机卡纸"), ("net", "网线断了"), ("none", "中午吃什么"))
        for n in "一二三四五六"
    ]
    file = _write("phrases.jsonl", *rows)
    got = json.loads(_run("ask", "--jsonl", "--phrases", file, given='{"text": "打印机又卡纸了"}').stdout)
    assert got["candidates"][0]["intent"] == "print" and "none" not in [c["intent"] for c in got["candidates"]]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (({"text": "a", "label": "x"},), "phrases.jsonl:1: 至少要有两个不同的 label"),
        (({"text": "a", "label": "x"}, {"text": "b"}), "phrases.jsonl:2: 每行要有文字 text 和 label"),
    ],
)
def test_phrases_that_cannot_be_learned_are_named(rows: tuple[Any, ...], reason: str) -> None:
    """By file and line."""
    assert reason in _run("ask", "x", "--phrases", _write("phrases.jsonl", *rows), code=1).stderr


def test_a_file_that_is_not_there_is_named() -> None:
    """For every command that reads one."""
    for words in (("eval",), ("replay",), ("ask", "x", "--phrases")):
        assert "nowhere.jsonl:1: 读不了" in _run(*words, "nowhere.jsonl", code=1).stderr


def test_intents_are_listed_for_people_and_for_programs() -> None:
    """Thirty-three, with title, guidance, examples and chapter."""
    rows = json.loads(_run("intents", "--json").stdout)
    assert len(rows) == 33 and all(set(row) == {"id", "title", "text", "examples", "source"} for row in rows)
    assert all(row["examples"] >= 15 and row["source"].startswith("手册") and "{{" not in row["text"] for row in rows)
    assert "quota.full" in _run("intents").stdout


def test_check_passes_on_what_the_house_ships() -> None:
    """Exit code 0, with a summary; a roster is needed only when a channel is configured."""
    result = _run("check")
    assert "检查通过：33 个主题" in result.stdout and "还没有值班名册" in result.stderr


@pytest.mark.parametrize(
    ("file", "good", "bad", "fault"),
    [
        ("quota.yaml", "topic: quota.still_full", "topic: quota.never", "quota.full 的 not 指向不存在的“quota.never”"),
        ("quota.yaml", "choice:", "choose:", "不认识“topics.0.choose”这一项"),
        ("login.yaml", "- 邮箱密码忘了怎么办", "- 转人工", "“转人工”在"),
        ("special.yaml", "family: special", "family: [special", "YAML 写法有误"),
    ],
)
def test_check_finds_what_is_wrong_in_a_copy(
    monkeypatch: pytest.MonkeyPatch, file: str, good: str, bad: str, fault: str
) -> None:
    """Exit code 1 and `file:line: reason` on standard error."""
    shutil.copytree(ROOT / "intents", "intents")
    monkeypatch.setenv("ZHIBAN_INTENTS_DIR", "intents")
    lines = (Path("intents") / file).read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if good in line)
    lines[at] = lines[at].replace(good, bad)
    (Path("intents") / file).write_text("\n".join(lines), encoding="utf-8")
    faults = [line for line in _run("check", code=1).stderr.splitlines() if fault in line]
    assert faults and all(line.split(":")[1].isdigit() and "intents/" in line for line in faults)


def test_check_names_everything_that_is_wrong_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder that is missing and the roster that points at nobody."""
    monkeypatch.setenv("ZHIBAN_INTENTS_DIR", "/nowhere")
    Path("roster.yaml").write_text("people:\n- {id: zhang, name: 张工}\nfallback: li\n", encoding="utf-8")
    refused = _run("check", code=1).stderr
    assert "roster.yaml:1: " in refused and "/nowhere:1: 没有这个目录" in refused


def test_check_warns_while_the_manuals_examples_stand_in_production() -> None:
    """And of what cannot work: no pager, no key."""
    Path("zhiban.yaml").write_text(
        "channels:\n  ding: {kind: dingtalk, app_key: k, app_secret: s3cret}\n", encoding="utf-8"
    )
    shutil.copy(ROOT / "docs/examples/roster.yaml", "roster.yaml")
    warned = _run("check").stderr
    for part in ("service_desk_phone", "示例值", "pagers：", "secret_key："):
        assert part in warned
    assert "s3cret" not in warned


def test_settings_that_are_wrong_stop_every_command() -> None:
    """By key and line, never by value."""
    Path("zhiban.yaml").write_text("listen:\n  port: hunter2\n", encoding="utf-8")
    for words in (("check",), ("ask", "x"), ("roster",), ("serve",)):
        refused = _run(*words, code=1).stderr
        assert "zhiban.yaml:2: “listen.port”要写成整数" in refused and "hunter2" not in refused


def test_a_settings_file_that_was_named_must_be_there() -> None:
    """The default one need not."""
    assert "other.yaml:1: 没有这个设置文件" in _run("intents", "--settings", "other.yaml", code=1).stderr


def test_serve_needs_a_channel() -> None:
    """And says what to do."""
    assert "一个渠道也没有" in _run("serve", code=1).stderr


def test_the_roster_is_shown_with_its_gaps() -> None:
    """Who is on duty now; where there is no roster, that is said."""
    _run("roster", code=1)
    shutil.copy(ROOT / "docs/examples/roster.yaml", "roster.yaml")
    assert "值班：" in _run("roster").stdout and "没有排班" not in _run("roster").stdout


def test_without_cases_that_is_said() -> None:
    """On a fresh database."""
    assert _run("cases").stdout == "还没有单。\n"


def test_a_new_key_fits_the_settings() -> None:
    """It can be put into the file as it is."""
    key = _run("new-key").stdout.strip()
    Path("zhiban.yaml").write_text(f"secret_key: {key}\n", encoding="utf-8")
    _run("cases")


def test_help_is_there_for_every_command() -> None:
    """And the bare program shows it."""
    shown = _run("--help").stdout
    for command in ("serve", "demo", "ask", "replay", "eval", "intents", "check", "roster", "cases", "audit"):
        assert command in shown and _run(command, "--help").stdout


def test_cards_are_registered_where_there_are_some() -> None:
    """Nothing is called where the settings name none."""
    assert "没有写了 cards" in _run("register-cards", "https://desk.example.com", code=1).stderr
