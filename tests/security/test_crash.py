"""A process that serves and breaks says where, never what it had in its hands; and leaves no core behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import logs
from app.cli import app
from tests.conftest import ROOT

CANARY = "Kanarienvogel"
READY = f"""
import asyncio, faulthandler, logging, os, resource, sys, threading
from app import logs
from app.process import harden
logs.configure(); harden(); logs.hide(["{CANARY}-from-the-settings"])
secret = "{CANARY}"
def breaks(body=secret):
    local = body * 2
    raise RuntimeError(f"while handling {{local}}") from ValueError(body)
class Untidy:
    def __del__(self):
        breaks()
"""
ENDS = {
    "in the main thread": "breaks()",
    "in a thread": "t = threading.Thread(target=breaks); t.start(); t.join(); sys.exit(1)",
    "while being forgotten": "u = Untidy(); del u; sys.exit(1)",
    "in a task": """
async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(breaks)
    await asyncio.sleep(0.05)
asyncio.run(main()); sys.exit(1)""",
    "in a record that cannot be formatted": "logging.getLogger('uvicorn.error').error('%d', secret); sys.exit(1)",
    "in a library": """
try:
    breaks()
except RuntimeError:
    logging.getLogger('uvicorn.error').exception('Exception in ASGI application')
sys.exit(1)""",
    "with a secret of the settings": (
        "import structlog\n"
        f"structlog.get_logger().error('lost', place='https://a/{CANARY}-from-the-settings/b'); sys.exit(1)"
    ),
    "as a dump of all stacks": "faulthandler.dump_traceback(); sys.exit(1)",
    "by an abort": "faulthandler.enable(); os.abort()",
}


def _run(program: str, place: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("ZHIBAN_")}
    return subprocess.run(
        [sys.executable, "-c", READY + program],
        cwd=place,
        env=env | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("end", ENDS)
def test_a_crash_shows_no_value(end: str, tmp_path: Path) -> None:
    done = _run(ENDS[end], tmp_path)
    said = done.stdout + done.stderr
    shown = said.replace(ENDS[end], "")
    assert done.returncode != 0 and f"{CANARY}" not in shown, said
    if end in ("in the main thread", "in a thread", "while being forgotten"):
        (line,) = [json.loads(line) for line in said.splitlines() if '"crashed"' in line]
        assert "breaks" in line["exception"] and "builtins.ValueError" in line["exception"]
    if end == "in a library":
        assert json.loads(said)["exception"].count("Traceback") == 2
    assert list(tmp_path.iterdir()) == [], "没有留下核心转储"


def test_what_a_serving_process_makes_is_for_its_owner_only(tmp_path: Path) -> None:
    """And a core dump has no size at all."""
    done = _run("open('made', 'w').close(); print(resource.getrlimit(resource.RLIMIT_CORE))", tmp_path)
    assert done.stdout == "(0, 0)\n" and (tmp_path / "made").stat().st_mode & 0o777 == 0o600, done


def test_the_command_line_shows_no_locals() -> None:
    """A command that breaks unexpectedly: its own traceback is left to Typer, which must not show what was where."""
    assert app.pretty_exceptions_show_locals is False
    env = {name: value for name, value in os.environ.items() if not name.startswith("ZHIBAN_")}
    program = (
        "from app.cli import app\n@app.command()\ndef breaks() -> None:\n"
        f"    body = '{CANARY}'[::-1]\n    raise RuntimeError('no value here')\napp(['breaks'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=env | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "RuntimeError" in done.stderr and CANARY[::-1] not in done.stdout + done.stderr


def test_a_database_that_breaks_under_a_command_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback, no address."""
    monkeypatch.setenv("ZHIBAN_DATABASE_URL", f"postgresql://zhiban:{CANARY}@127.0.0.1:1/zhiban")
    for words in (["cases"], ["backup", str(tmp_path / "copy")]):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 1 and "数据库连不上" in result.stderr
        assert CANARY not in result.output and "Traceback" not in result.output


def test_hidden_values_are_hidden_in_every_spelling() -> None:
    """As they are, and as JSON writes them; short ones are left, since they stand in innocent words."""
    logs.hide(['wide"open值', "ab"])
    try:
        line = json.dumps({"place": 'x wide"open值 y'}, ensure_ascii=False)
        assert "open" not in logs._without_hidden(None, "", line)
        assert "open" not in logs._without_hidden(None, "", json.dumps({"place": 'wide"open值'}))
        assert logs._without_hidden(None, "", "about ab") == "about ab"
    finally:
        logs._hidden.clear()
