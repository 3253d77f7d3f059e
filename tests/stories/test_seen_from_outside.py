"""Whoever watches from outside sees what happens: heartbeat, audit beside the running house, dashboard and rules."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from pydantic import SecretStr

from app.lab.audit import audit
from app.settings import Heartbeat, Settings
from tests.platforms.wecom.faults import Endpoint, errcode
from tests.stories.house import eventually
from tests.stories.watcher import SECRET, LittleWatcher, watching
from tests.stories.wecom_scene import WeComScene, open_wecom
from tests.stories.words import QUESTION
from tests.stories.workshop import ROOT, Workshop
from tests.web.exposition import Exposition

DASHBOARD = ROOT / "deploy" / "grafana" / "zhiban.json"
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
GUIDE = ROOT / "docs" / "monitoring.md"
FROM_PROMETHEUS = {"up"}
_WORD = re.compile(r"(?<![\w\"~=])(?:zhiban|process)_\w+|(?<![\w\"])up\b")
_SELECTOR = re.compile(r"((?:zhiban|process)_\w+)\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')


@dataclass
class WatchedWorkshop(Workshop):
    """A house that has a watcher."""

    watcher: str = ""

    def settings(self, **parts: Any) -> Settings:
        return super().settings(heartbeat=Heartbeat(url=SecretStr(self.watcher)), **parts)


@pytest.fixture
def watcher() -> Iterator[LittleWatcher]:
    with watching() as little:
        yield little


@pytest.fixture
def watched(workshop: Workshop, watcher: LittleWatcher) -> Iterator[WeComScene]:
    parts = (workshop.place, workshop.database_url, workshop.clock, workshop.log, workshop.library)
    own = WatchedWorkshop(*parts, watcher=watcher.url)
    with open_wecom(own) as scene:
        yield scene
    own.expect_no_secret(SECRET)


@pytest.fixture
def scrape(watched: WeComScene, watcher: LittleWatcher) -> Exposition:
    """After an afternoon in which a little of everything happened."""
    watched.asks(QUESTION)
    watched.wecom.fail(Endpoint.PUSH, errcode(40058))
    watched.asks("人工")
    watched.house.outcome(watched.house.said("page")[0].id, "failed")
    assert httpx.post(f"{watched.house.url}/webhooks/wecom", content=b"{}", trust_env=False).status_code == 400
    assert httpx.post(f"{watched.house.url}/webhooks/whoever", content=b"{}", trust_env=False).status_code == 404
    eventually("心跳", lambda: watcher.calls == 1)
    return Exposition(watched.house.metrics())


def _expressions() -> dict[str, str]:
    """Every query of dashboard and rules, by where it stands."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    found = {f"{p['title']} {t['refId']}": t["expr"] for p in panels for t in p["targets"]}
    return found | {rule["alert"]: rule["expr"] for rule in _rules()}


def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_metric_and_label_that_dashboard_and_rules_ask_for_is_there(scrape: Exposition) -> None:
    """In what a real house answers, name by name; a value that is asked for by `=` is one that occurs."""
    asked: set[str] = set()
    for place, expression in _expressions().items():
        names = set(_WORD.findall(expression)) - FROM_PROMETHEUS
        assert names or "up{" in expression, place
        assert names <= scrape.names, (place, names - scrape.names)
        asked |= names
        for name, matchers in _SELECTOR.findall(expression):
            for label, sign, value in _MATCHER.findall(matchers):
                known = scrape.labels(name)
                assert label == "job" or label in known, (place, name, label)
                assert sign != "=" or label == "job" or value in known[label], (place, name, label, value)
    assert len(asked) > 20


def test_every_figure_of_ours_is_on_the_dashboard_or_in_a_rule(scrape: Exposition) -> None:
    """What nobody looks at need not be kept."""
    queries = " ".join(_expressions().values())
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in scrape.names if name.startswith("zhiban_")}
    unseen = {name for name in ours if name not in queries}
    assert unseen <= {"zhiban_database_bytes", "zhiban_process_tables_readable"}, unseen


def test_every_rule_says_in_chinese_what_happened_and_what_to_do() -> None:
    """And the guide has a section of that name."""
    guide = GUIDE.read_text(encoding="utf-8")
    for rule in _rules():
        told = rule["annotations"]
        assert set(told) == {"summary", "action"} and rule["labels"]["severity"] in ("critical", "warning"), rule
        assert all(len(re.findall(r"[\u4e00-\u9fff]", told[key])) >= 5 for key in told), rule["alert"]
        assert f"`{rule['alert']}`" in guide, rule["alert"]
    assert len({rule["alert"] for rule in _rules()}) == len(_rules()) > 15


def test_the_dashboard_names_no_data_source_of_its_own() -> None:
    """It asks for one when it is imported; titles are Chinese, and no two panels lie on one another."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    cells: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}" and re.search(r"[\u4e00-\u9fff]", panel["title"])
        assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])
        at = panel["gridPos"]
        mine = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & mine and at["x"] + at["w"] <= 24, panel["title"]
        cells |= mine
    assert [v["name"] for v in dashboard["templating"]["list"]] == ["datasource", "job"]


def test_the_example_scrapes_the_internal_listener_under_the_rules_name() -> None:
    config = yaml.safe_load((RULES.parent / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = config["scrape_configs"]
    assert job["job_name"] == "zhiban" and job["static_configs"][0]["targets"] == ["127.0.0.1:8081"]
    assert config["rule_files"] == [Path(RULES).name]


@pytest.fixture
def slow_watcher(watcher: LittleWatcher) -> LittleWatcher:
    watcher.open.clear()
    return watcher


def test_a_slow_watcher_holds_up_nobody(slow_watcher: LittleWatcher, watched: WeComScene) -> None:
    """Its thread waits; staff are answered and engineers called."""
    eventually("心跳卡住", lambda: slow_watcher.waiting == 1)
    watched.asks("人工")
    watched.expect_pages(1)
    assert slow_watcher.calls == 0 and watched.house.house.worker.trouble() == ""
    slow_watcher.open.set()


def test_the_audit_looks_at_a_running_house_and_leaves_it_alone(watched: WeComScene) -> None:
    """While it writes, too: nobody waits for the other."""
    watched.asks(QUESTION)
    house, stop, looks = watched.house, threading.Event(), []
    settings = house.house.settings

    def keep_looking() -> None:
        while not stop.is_set():
            looks.append(audit(settings, timedelta(hours=1), house.house.desk.clock.now()).counts)

    thread = threading.Thread(target=keep_looking)
    thread.start()
    watched.asks("人工", by=watched.chen)
    watched.expect_pages(1)
    watched.orders("接单 1")
    eventually("审计看过几次", lambda: len(looks) > 3)
    stop.set()
    thread.join(10)
    house.advance(minutes=6)
    house.settle()
    found = audit(settings, timedelta(hours=1), house.house.desk.clock.now())
    assert not any(any(counts.values()) for counts in looks) and found.exit_code == 0
    assert found.looked_at["messages"] == 3
