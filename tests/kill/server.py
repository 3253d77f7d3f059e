"""The real server as a process of its own: started, asked whether it is ready, killed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).parent / "zhiban"
START_SECONDS = 120.0  # the first start on a machine learns from the phrases
_SAMPLE = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$", re.M)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_TROUBLE = re.compile(r"worker_error|send_crashed|Traceback \(most recent call last\)|crashed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """One replica; it keeps its ports and its folder over restarts."""

    def __init__(self, place: Path, name: str, settings: Mapping[str, Any]) -> None:
        self.place = place
        self.port, self._internal = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._inside = f"http://127.0.0.1:{self._internal}"
        data = place / name
        data.mkdir()
        cache = ROOT / "data" / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        (data / "cache").symlink_to(cache)
        listen = {"host": "127.0.0.1", "port": self.port, "internal_port": self._internal}
        self._file = place / f"{name}.yaml"
        self._file.write_text(json.dumps({**settings, "data_dir": str(data), "listen": listen}), encoding="utf-8")
        self._log = place / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(trust_env=False, timeout=15)

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ZHIBAN_")}
        environment |= {"ZHIBAN_SETTINGS": str(self._file), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a start after the first finds its byte code, as installed
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "serve"], env=environment, cwd=self.place, stdout=log, stderr=subprocess.STDOUT
            )

    def is_ready(self) -> bool:
        try:
            return self._client.get(f"{self.url}/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def wait_ready(self, within: float = START_SECONDS) -> float:
        """The moment at which it said that it is ready."""
        deadline = time.monotonic() + within
        while not self.is_ready():
            assert self.process is not None and self.process.poll() is None, f"服务没起来：\n{self.log[-3000:]}"
            assert time.monotonic() < deadline, f"等了 {within:g} 秒也没准备好：\n{self.log[-3000:]}"
            time.sleep(0.02)
        return time.time()

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> float:
        """SIGKILL; the moment just before."""
        moment = time.time()
        self.signal(signal.SIGKILL)
        self._reap(10)
        return moment

    def stop(self, within: float = 40.0) -> int:
        """SIGTERM, and the exit code."""
        self.signal(signal.SIGTERM)
        return self._reap(within)

    def _reap(self, within: float) -> int:
        return self.process.wait(within) if self.process is not None else 0

    def close(self) -> None:
        """Whatever happened, nothing is left behind."""
        self.kill()
        self._client.close()

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    def troubles(self) -> list[str]:
        """Lines of the log that no outside event explains."""
        return [line[:300] for line in self.log.splitlines() if _TROUBLE.search(line)]

    def metric(self, name: str, by: str = "", **wanted: str) -> dict[str, float]:
        """The samples of that name whose labels are as wanted, summed by the label `by`."""
        found: dict[str, float] = {}
        for sample in _SAMPLE.finditer(self._client.get(f"{self._inside}/metrics").text):
            labels = dict(_LABEL.findall(sample["labels"] or ""))
            if sample["name"] == name and wanted.items() <= labels.items():
                key = labels.get(by, "")
                found[key] = found.get(key, 0) + float(sample["value"])
        return found

    def is_idle(self) -> bool:
        """Whether the product says that nothing is due and nothing is being sent."""
        try:
            states = self.metric("zhiban_outbox", by="state")
        except httpx.HTTPError:
            return False
        return not any(states.get(state) for state in ("due", "sending"))
