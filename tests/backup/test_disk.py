"""The disk is full, read-only, gone or held by another: the house says so, does nothing by halves, and recovers."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL, make_url

from app.core.library import Library
from app.documents import Invalid
from app.main import build
from app.settings import Settings
from app.store.opening import open_database
from tests import postgres
from tests.backup.served import (
    START,
    UNLIMITED,
    Company,
    a_company,
    a_place,
    obey_permissions,
    permissions_hold,
    read_only_but,
    small_disk,
)
from tests.conftest import ROOT
from tests.stories.house import RunningHouse, eventually
from tests.stories.wecom_scene import WeComScene
from tests.stories.words import QUESTION

pytestmark = pytest.mark.xdist_group("disk")  # one process serves most of these tests


@pytest.fixture
def permissions(tmp_path: Path) -> None:
    """A file's mode means something, even to root."""
    if not permissions_hold(tmp_path):
        pytest.skip("root 在这里交不出无视权限的特权")


WATCHED = f"""
import sys
def watch(event, arguments):
    if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.spawn"):
        sys.stderr.write(f"STARTED {{event}} {{arguments[:1]}}\\n")
sys.addaudithook(watch)
{START}
"""


@pytest.fixture(scope="module")
def company(library: Library) -> Iterator[Company]:
    """One process for all; every test leaves it well. Where we may mount: a small disk, and all else is read-only."""
    with (
        a_place() as place,
        small_disk(place / "data"),
        a_company(place, prefix=read_only_but(place / "data"), start=WATCHED) as found,
    ):
        yield found
        assert "Traceback" not in found.process.text and '"event": "worker_error"' not in found.process.text


def _well_again(company: Company) -> None:
    company.process.is_ready()
    before = company.kept()
    assert company.statuses(QUESTION) == [200]
    after = company.kept()
    assert {what: after[what] - before[what] for what in ("messages", "answers")} == {"messages": 1, "answers": 1}


def _refuses_and_keeps_nothing(company: Company) -> None:
    before = company.kept()
    for text in (QUESTION, "人工"):
        statuses = company.statuses(text)
        assert statuses and set(statuses) == {503}, statuses
    assert company.kept() == before


def test_a_full_disk(company: Company) -> None:
    _well_again(company)
    company.process.limit_files_to(0)
    told = company.process.is_in_trouble("full")
    assert told["status"] == "database" and "磁盘满了" in told["reason"]
    _refuses_and_keeps_nothing(company)
    company.process.limit_files_to(UNLIMITED)
    _well_again(company)


def test_a_disk_that_turns_read_only(company: Company, permissions: None) -> None:
    """As a kernel does after errors: first writing fails, then nothing may be opened for writing."""
    database = company.database
    company.process.limit_files_to(0)
    company.process.is_in_trouble("full")
    files = [path for path in database.parent.iterdir() if path.name.startswith("zhiban.db")]
    for path in (*files, database.parent):
        path.chmod(0o555)
    told = company.process.is_in_trouble("read-only", "no-file")  # nothing from before is open any more
    company.process.limit_files_to(UNLIMITED)
    assert "权限" in told["reason"] or "能不能写" in told["reason"]
    # A mode does not bind what was opened before, as a read-only mount would: it goes with the first trouble it has.
    eventually("不再接消息", lambda: set(company.statuses(QUESTION)) == {503})
    for path in (database.parent, *files):
        path.chmod(0o700)
    _well_again(company)


def test_a_database_locked_by_somebody_else(company: Company) -> None:
    with closing(sqlite3.connect(company.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        before = company.kept()
        asking = threading.Thread(target=company.asks, args=(QUESTION,))
        asking.start()
        assert "占着" in company.process.is_in_trouble("locked")["reason"]
        asking.join()
        company.process.becomes("也不接消息", lambda: '"event": "database_failed"' in company.process.text)
        assert company.kept() == before
        other.execute("ROLLBACK")
    _well_again(company)


def test_a_database_that_is_deleted_and_put_back(company: Company) -> None:
    """What is written to a file without a name would be lost: nothing is taken until the file is back."""
    _well_again(company)
    taken_away = company.database.with_name("taken-away.db")
    company.database.rename(taken_away)
    told = company.process.is_in_trouble("replaced", "no-file")
    assert "放回原来的文件" in told["reason"] or "打不开" in told["reason"]
    assert set(company.statuses(QUESTION)) == {503}
    assert not company.database.exists(), "没有悄悄另建一个空库"
    taken_away.rename(company.database)
    _well_again(company)


def test_another_file_in_its_place_is_not_written_to(company: Company) -> None:
    kept = company.database.with_name("original.db")
    company.database.rename(kept)
    shutil.copy(kept, company.database)
    assert "请重启服务" in company.process.is_in_trouble("replaced")["reason"]
    _refuses_and_keeps_nothing(company)
    kept.rename(company.database)
    _well_again(company)


def test_a_second_process_on_the_same_file_is_refused(company: Company) -> None:
    """With the number of the one that has it; the whole command: exit code 1, one line, no traceback."""
    place = company.process.place
    settings = (place / "zhiban.yaml").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "from app.cli import app; app()", "serve"],
        cwd=place,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"另一个值班进程使用（进程号 {company.process.pid}）" in done.stderr
    assert (place / "zhiban.yaml").read_text(encoding="utf-8") == settings
    _well_again(company)


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ZHIBAN_")}
    return own | {"PYTHONPATH": str(Path(__file__).parents[2])}


def test_a_small_disk_that_is_really_full(company: Company) -> None:
    """Filled up by somebody else's file, and emptied again."""
    disk = company.database.parent
    if not disk.is_mount():
        pytest.skip("这里不许挂载；同样的事由 test_a_full_disk 用文件大小上限测过")
    with (disk / "ballast").open("wb") as ballast, pytest.raises(OSError, match="space"):
        while True:
            ballast.write(b"x" * 65536)
            ballast.flush()
    assert "磁盘满了" in company.process.is_in_trouble("full")["reason"]
    before = company.kept()
    statuses = [company.statuses(QUESTION)[-1] for _ in range(10)]  # what still fits into the log is taken
    assert set(statuses) <= {200, 503} and 503 in statuses
    kept = {what: number - before[what] for what, number in company.kept().items()}
    assert kept["messages"] == kept["answers"] == statuses.count(200)
    (disk / "ballast").unlink()
    _well_again(company)


def test_it_serves_from_a_read_only_root_and_starts_no_other_program(company: Company) -> None:
    """Like `docker run --read-only` without a shell: an answer, a hand-off, and what comes after."""
    if not company.confined:
        pytest.skip("这里不许建命名空间和挂载")
    for said in (QUESTION, "人工", "还是不行", "你好"):
        assert company.statuses(said) == [200]
    _garbage(company.process.public, f"GET /webhooks/wecom?token={company.bot.token} HTTP/9.9\r\n\r\n")
    company.process.becomes("说收到了乱码", lambda: "Invalid HTTP request" in company.process.text)
    assert company.bot.token not in company.process.text and company.bot.aes_key not in company.process.text
    mounts = Path(f"/proc/{company.process.pid}/mountinfo").read_text(encoding="utf-8").splitlines()
    (root,) = [options for _, _, _, _, point, options, *_ in map(str.split, mounts) if point == "/"]
    assert root.split(",")[0] == "ro"
    assert "STARTED" not in company.process.text, company.process.text


def _garbage(port: int, said: str) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        line.sendall(said.encode())
        line.recv(200)


def _data_is_a_file(place: Path) -> str:
    (place / "data").write_text("")
    return "sqlite:///zhiban.db"


def _no_folder(place: Path) -> str:
    return "sqlite:///nowhere/zhiban.db"


def _not_a_database(place: Path) -> str:
    (place / "zhiban.db").write_text("只是笔记" * 500)
    return "sqlite:///zhiban.db"


def _nobody_answers(place: Path) -> str:
    return "postgresql://zhiban:g3heim-word@127.0.0.1:1/zhiban"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_data_is_a_file, "data_dir:1: 建不了目录 data"),
        (_no_folder, "database_url:1: 打不开数据库文件"),
        (_not_a_database, "database_url:1: 数据库出错"),
        (_nobody_answers, "database_url:1: 数据库连不上"),
    ],
)
def test_a_start_that_cannot_be_says_why(
    library: Library,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], str],
    reason: str,
) -> None:
    """One fault of the settings, in Chinese; nothing has been started, and the right to serve is given back."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "docs/examples/roster.yaml", "roster.yaml")
    settings = Settings(database_url=spoil(tmp_path))
    for _ in range(2):
        with pytest.raises(Invalid) as refused:
            build(settings, library=library)
        assert reason in str(refused.value) and "g3heim" not in str(refused.value)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_start_with_a_database_or_a_login_that_is_not_there_says_so(database_url: str) -> None:
    """PostgreSQL's own words are classified, never repeated."""
    for wrong in (
        make_url(database_url).set(database="nowhere"),
        make_url(database_url).set(username="nobody-of-that-name", password="g3heim-word"),
    ):
        with pytest.raises(Invalid, match="database_url:1: 数据库拒绝登录") as refused:
            open_database(wrong.render_as_string(hide_password=False))
        assert "g3heim" not in str(refused.value)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_postgres_that_goes_away_or_turns_read_only_is_told_and_comes_back(
    wecom: WeComScene, postgres_server: URL
) -> None:
    """The same as with a disk: 503, nothing half-written, well again by itself."""
    house, name = wecom.house, make_url(wecom.house.house.settings.database_url).database
    for closed, opened, kinds in (
        ("ALLOW_CONNECTIONS false", "ALLOW_CONNECTIONS true", ("refused", "away", "broken")),
        ("SET default_transaction_read_only = on", "RESET default_transaction_read_only", ("read-only",)),
    ):
        postgres.run(postgres_server, f"ALTER DATABASE {name} {closed}")
        postgres.run(
            postgres_server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        eventually("说出来", lambda kinds=kinds: _readiness(house).get("kind") in kinds, within=30)  # type: ignore[misc]
        assert [attempt.http_status for attempt in wecom.asks(QUESTION).attempts][-1] == 503
        postgres.run(postgres_server, f"ALTER DATABASE {name} {opened}")
        postgres.run(
            postgres_server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        eventually("又能接消息", lambda: _readiness(house)["status"] == "ready", within=30)
    assert house.counts()["InboundRow"] == 0
    wecom.asks(QUESTION)
    assert house.counts()["InboundRow"] == 1


def _readiness(house: RunningHouse) -> dict[str, str]:
    answer: dict[str, str] = httpx.get(f"{house.url}/readyz", trust_env=False, timeout=10).json()
    return answer


@pytest.mark.parametrize(("closed", "reason"), [(".", "打不开数据库文件"), ("zhiban.db", "数据库是只读的")])
def test_a_start_without_the_right_to_write_says_so(
    tmp_path: Path, permissions: None, closed: str, reason: str
) -> None:
    (tmp_path / "zhiban.db").write_bytes(b"")
    (tmp_path / closed).chmod(0o555)
    start = f"from app.store.opening import open_database as o; o('sqlite:///{tmp_path}/zhiban.db', serving=True)"
    done = subprocess.run(
        [sys.executable, "-c", start],
        env=_environment(),
        preexec_fn=obey_permissions,
        capture_output=True,
        text=True,
        check=False,
    )
    (tmp_path / closed).chmod(0o755)
    assert done.returncode == 1 and reason in done.stderr, done.stderr
