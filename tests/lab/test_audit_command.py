"""`zhiban audit` as cron calls it: exit codes, text and JSON."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from app.cli import app
from app.store.database import Database
from tests.conftest import ROOT


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_database: Database) -> Iterator[Database]:
    """A folder with settings, roster and an empty database."""
    monkeypatch.chdir(tmp_path)
    Path("zhiban.yaml").write_text("database_url: sqlite:///zhiban.db\n", encoding="utf-8")
    shutil.copy(ROOT / "docs" / "examples" / "roster.yaml", "roster.yaml")
    yield sqlite_database
    structlog.reset_defaults()


def _audit(*words: str, code: int) -> Result:
    result = CliRunner().invoke(app, ["audit", *words])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def test_nothing_found_is_zero_and_says_how_much_was_looked_at(here: Database) -> None:
    told = _audit(code=0).stdout
    assert told.startswith("没有发现问题。") and "看了 0 条消息、0 句要说的话、0 张单" in told


def test_something_found_is_one(here: Database) -> None:
    """With what, in text and JSON; cron mails it."""
    with sqlite3.connect("zhiban.db") as connection:
        _leave(connection)
    assert "收下了却没有答复：1 个\n  消息 1（w）：60 分钟前收到，回答\n" in _audit(code=1).stdout
    whole = json.loads(_audit("--json", code=1).stdout)
    assert whole["counts"]["unanswered"] == 1 and whole["looked_at"]["messages"] == 1
    assert [(item["kind"], item["number"]) for item in whole["findings"]] == [("unanswered", 1)]
    assert _audit("--since", "30m", code=0).stdout.startswith("没有发现问题")


def _leave(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT INTO inbound (channel, message_id, room, person, text, action, intents, received_at) "
        "VALUES ('w', '1', 'r', 'p', '在吗', 'answer', '[]', strftime('%Y-%m-%d %H:%M:%f000', 'now', '-1 hour'))"
    )
    connection.execute(
        "INSERT INTO conversation (channel, room, room_kind, room_title, person, person_name, state, sealed_reply, "
        "updated_at) VALUES ('w', 'r', 'group', '', 'p', '', '{}', '', strftime('%Y-%m-%d %H:%M:%f000', 'now'))"
    )


@pytest.mark.parametrize(
    ("words", "file", "content", "reason"),
    [
        (("--since", "一天"), "other.yaml", "", "--since"),
        ((), "zhiban.yaml", "database_url: sqlite:///none.db", "没有这个数据库文件"),
        ((), "zhiban.yaml", "listen: 3", "zhiban.yaml:1:"),
        ((), "roster.yaml", "people: []", "roster.yaml:1:"),
        (("--settings", "nobody.yaml"), "other.yaml", "", "没有这个设置文件"),
    ],
)
def test_whoever_could_not_look_says_two(
    here: Database, words: tuple[str, ...], file: str, content: str, reason: str
) -> None:
    """Never zero: silence would look like health."""
    Path(file).write_text(content, encoding="utf-8")
    told = _audit(*words, code=2).stderr
    assert told.startswith("没看成：") and reason in told and not Path("none.db").exists()
