"""What is installed is what was locked, under licences that allow it; and it runs with next to no rights."""

import json
import os
import re
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

LOCKS = [ROOT / "requirements.lock", ROOT / "tests" / "requirements.lock"]
SEMANTIC = ROOT / "semantic.lock"  # only what the extra adds
COMPOSE = sorted((ROOT / "deploy").rglob("compose*.yaml"))


def _script() -> Any:
    loader = SourceFileLoader("licences", str(ROOT / ".ci" / "licences"))
    spec = spec_from_loader("licences", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("lock", "least"), [*((lock, 50) for lock in LOCKS), (SEMANTIC, 1)], ids=["run", "tests", "semantic"]
)
def test_everything_locked_has_a_version_and_hashes_and_no_address(lock: Path, least: int) -> None:
    """So that nothing but these very files can be installed, from wherever the machine's own settings say."""
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text and "--index" not in text and "--find-links" not in text and " @ " not in text
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#")]
    assert len(entries) > least
    for entry in entries:
        assert re.match(r"[a-z0-9][a-z0-9._-]*(\[[a-z,-]+\])?==\d\S*( ;|\s)", entry), entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry[:80]


def test_what_runs_is_part_of_what_is_tested() -> None:
    """The same versions with the same hashes."""
    run, tests = (set(re.findall(r"sha256:[0-9a-f]{64}", lock.read_text(encoding="utf-8"))) for lock in LOCKS)
    assert run and run <= tests


def test_the_extra_is_locked_as_the_project_asks_for_it() -> None:
    """The same packages in the same versions, and nothing that would change what runs without it."""
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    script = _script()
    locked = script.locked(SEMANTIC.read_text(encoding="utf-8"))
    assert locked == script.locked("\n".join(extra["semantic"]))
    assert not locked.keys() & script.locked(LOCKS[1].read_text(encoding="utf-8")).keys()


def test_the_licence_page_holds_what_is_locked() -> None:
    """Each with its licence; `make licences` writes it anew."""
    script = _script()
    page, wrong = script.page(LOCKS[0].read_text(encoding="utf-8"))
    assert wrong == [] and (ROOT / "docs" / "licences.md").read_text(encoding="utf-8") == page
    assert page.count("\n| ") == len(script.locked(LOCKS[0].read_text(encoding="utf-8"))) + 1


@pytest.mark.parametrize(
    ("expression", "fine"),
    [
        ("MIT", True),
        ("BSD-3-Clause AND Zlib", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND AGPL-3.0-only", False),
        ("SSPL-1.0", False),
        ("", False),
    ],
)
def test_a_licence_that_is_not_on_the_list_wants_a_person(expression: str, fine: bool) -> None:
    assert _script().allowed(expression) is fine


def test_a_package_that_says_nothing_is_not_passed_over() -> None:
    """It stands in the list of those that a person must decide on."""
    _, wrong = _script().page("unheard-of==1.0 \\\n    --hash=sha256:00\n")
    assert wrong == ["unheard-of: 没有写明"]


@contextmanager
def _advisory_service(answer: dict[str, Any]) -> Iterator[str]:
    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _audited(lock: Path, url: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"OSV_URL": url, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    script = ROOT / ".ci" / "advisories"
    return subprocess.run([script, lock], env=env, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not (ROOT / ".venv" / "bin" / "pip-audit").exists(), reason="pip-audit 没有装在 .venv 里")
def test_advisories_are_told_and_a_service_that_cannot_be_reached_is_no_all_clear(tmp_path: Path) -> None:
    """Exit code 0, 1 and 2."""
    lock = tmp_path / "one.lock"
    lock.write_text(f"jinja2==3.1.6 \\\n    --hash=sha256:{'0' * 64}\n")
    silent = _audited(lock, "http://127.0.0.1:1/v1/query")
    assert silent.returncode == 2 and "没查成" in silent.stderr and "不等于没有漏洞" in silent.stderr, silent
    with _advisory_service({}) as url:
        clean = _audited(lock, url)
    assert clean.returncode == 0 and "没有已知漏洞" in clean.stderr, clean
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9.9"}]}]
    known: dict[str, Any] = {"id": "PYSEC-0000-1", "summary": "x", "details": "x", "modified": "2026-01-01T00:00:00Z"}
    known |= {"affected": [{"package": {"name": "jinja2", "ecosystem": "PyPI"}, "ranges": ranges}]}
    with _advisory_service({"vulns": [known]}) as url:
        found = _audited(lock, url)
    assert found.returncode == 1 and "PYSEC-0000-1" in found.stderr and "9.9.9" in found.stderr, found


def test_the_image_runs_as_nobody_special_and_calls_no_shell() -> None:
    """Read from the Dockerfile: no image can be built in the tests."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    final = text[text.rindex("\nFROM ") :].splitlines()
    orders = [line.split(None, 1) for line in final if line and not line.startswith("#")]
    assert [value for order, value in orders if order == "USER"] == ["zhiban"]
    user = next(number for number, (order, _) in enumerate(orders) if order == "USER")
    assert not [value for order, value in orders[user:] if order == "RUN"], "USER 之后不再有 shell 形式的步骤"
    for order, value in orders:
        if order in ("ENTRYPOINT", "CMD"):
            assert isinstance(json.loads(value), list), "要写成 exec 形式"
        if order == "HEALTHCHECK":
            assert isinstance(json.loads(value[value.index("[") :]), list)
    assert any("/bin/sh" in value for order, value in orders if order == "RUN" and value.startswith("rm "))
    assert not re.search(
        r"(?i)token|password|secret(?!s)", " ".join(value for order, value in orders if order == "ENV")
    )


@pytest.mark.parametrize("file", COMPOSE, ids=lambda file: file.parent.name)
def test_the_compose_examples_give_away_no_right(file: Path) -> None:
    """Read-only root, no capability, no new privilege, secrets as files, the internal port on this machine only."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    ours = [service for service in document["services"].values() if service.get("image") == "zhiban"]
    assert ours
    for service in ours:
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"] and "privileged" not in service
        assert any(str(place).startswith("/tmp") for place in service["tmpfs"])
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:") or not port.endswith(":8081")
        for name, value in service["environment"].items():
            assert not re.search("TOKEN|KEY|SECRET|PASSWORD|DATABASE_URL", name) or name.endswith("_FILE"), (
                name,
                value,
            )
        for volume in service["volumes"]:
            assert volume.endswith(":ro") or volume.split(":")[0] in document.get("volumes", {})
