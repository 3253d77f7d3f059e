"""The heartbeat's address is a bearer: it is checked, and told by nobody."""

from pathlib import Path

import pytest

from app.documents import Invalid
from app.settings import Heartbeat, load_settings

SECRET = "https://watch.example.com/ping/7f3c9a-secret"


def test_it_is_off_until_an_address_is_given() -> None:
    """Every minute then; a private network is fine, since somebody configured it."""
    assert load_settings("", "zhiban.yaml", {}).heartbeat is None
    for address in (SECRET, "http://10.0.0.5:8000/ping/zhiban"):
        found = load_settings(f"heartbeat: {{url: '{address}'}}", "zhiban.yaml", {}).heartbeat
        assert found is not None and (found.url.get_secret_value(), found.every_s) == (address, 60)


def test_it_comes_from_the_environment_too(tmp_path: Path) -> None:
    """From a mounted secret as well."""
    file = tmp_path / "address"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    given = {"ZHIBAN_HEARTBEAT__URL_FILE": str(file), "ZHIBAN_HEARTBEAT__EVERY_S": "30"}
    found = load_settings("", "zhiban.yaml", given).heartbeat
    assert found == Heartbeat.model_validate({"url": SECRET, "every_s": 30}) and SECRET not in repr(found)


@pytest.mark.parametrize(
    "wrong", ["watch.example.com/x", "ftp://x/secret", "https:///secret", "https://x:99999/secret"]
)
def test_what_is_no_address_is_refused_without_showing_it(wrong: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_settings(f"heartbeat:\n  url: '{wrong}'\n", "zhiban.yaml", {})
    told = str(caught.value)
    assert "zhiban.yaml:2: “heartbeat.url”：要写成 http:// 或 https:// 开头" in told and "secret" not in told


@pytest.mark.parametrize("seconds", [9, 3601])
def test_it_beats_neither_like_a_bird_nor_like_a_tree(seconds: int) -> None:
    with pytest.raises(Invalid, match=r"heartbeat\.every_s"):
        load_settings(f"heartbeat: {{url: '{SECRET}', every_s: {seconds}}}", "zhiban.yaml", {})
