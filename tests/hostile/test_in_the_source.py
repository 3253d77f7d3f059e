"""What must not stand in the source, and the edges of the clock window: read from the code, tried at the door."""

import ast
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.channels.base import RawRequest, Rejected
from tests.hostile.doors import doors
from tests.hostile.signing import APP_SECRET, NOW, SEALER, from_dingtalk, from_wecom, wecom_wire
from tests.platforms.dingtalk.signing import robot_sign

APP = Path(__file__).resolve().parents[2] / "app"
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in sorted(APP.rglob("*.py"))}

SECRET = re.compile(r"sign(ature|ed)?$|secret$|token$|digest|hmac|passw|expected|^given$|_key$", re.I)
OURS = {"self._token == refused"}  # both come from us: which of our tokens a platform no longer takes


def _names(node: ast.AST) -> Iterator[str]:
    """The last name of each thing that is compared: `token` of `self.token`, `sign` of `headers["sign"]`."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        yield str(node.slice.value)
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("encode", "decode", "get", "strip", "lower"):
            yield from _names(node.func.value)
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)
        else:
            yield from _names(node.func)


def careless(tree: ast.AST) -> list[int]:
    """Lines where a secret is compared by `==`, `!=` or `in`; with a constant it is only asked whether it is there."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        compares = any(isinstance(operator, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for operator in node.ops)
        constant = any(isinstance(side, ast.Constant) for side in sides)
        named = any(SECRET.search(name) for side in sides for name in _names(side))
        if compares and named and not constant and ast.unparse(node) not in OURS:
            found.append(node.lineno)
    return found


DOORS_AND_PAGES = [file for file in TREES if {"channels", "web"} & set(file.parts)]


@pytest.mark.parametrize("file", DOORS_AND_PAGES, ids=lambda file: file.name)
def test_no_secret_is_compared_by_its_first_difference(file: Path) -> None:
    assert [f"{file.relative_to(APP)}:{line}" for line in careless(TREES[file])] == []


CARELESS = [
    "if signature(token, a) == given: pass",
    "return request.headers['sign'] == sign(secret, timestamp)",
    "ok = self._token != query.get('token')",
    "found = digest in expected",
    "x = a.encode() == self._path_secret.encode()",
]


@pytest.mark.parametrize("line", CARELESS)
def test_a_careless_comparison_would_be_found(line: str) -> None:
    assert careless(ast.parse(f"def f():\n    {line}"))


@pytest.mark.parametrize("line", ["if secret == '': pass", "if not token: pass", "a = kind == 'text'"])
def test_asking_whether_there_is_one_is_allowed(line: str) -> None:
    assert careless(ast.parse(f"def f():\n    {line}")) == []


@pytest.mark.parametrize(
    ("file", "function"),
    [("wecom/crypto.py", "verify"), ("dingtalk/signature.py", "verify"), ("dingtalk/robot.py", "receive")],
)
def test_the_doors_compare_in_constant_time(file: str, function: str) -> None:
    tree = TREES[APP / "channels" / file]
    bodies = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function]
    assert any("hmac.compare_digest" in ast.unparse(body) for body in bodies)


XML = {"xml", "lxml", "defusedxml", "xmltodict", "bs4", "html5lib", "untangle", "feedparser"}
UNSAFE_IMPORTS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "urllib.request", "requests", "aiohttp"}
UNSAFE_CALLS = {"eval", "exec", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "os.system", "os.popen", "compile"}


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_there_is_no_xml_parser() -> None:
    """But for the WeCom app's callbacks, by expat, which is told to refuse declarations (`test_wecom_app.py`)."""
    used = {(file.name, name) for file, tree in TREES.items() for name in _imports(tree) if name.split(".")[0] in XML}
    assert {file for file, _ in used} == {"app_inbound.py"}
    assert {name for _, name in used} <= {"xml.parsers", "xml.parsers.expat"}


def test_nothing_is_read_that_could_run() -> None:
    used = {name for tree in TREES.values() for name in _imports(tree)}
    assert used & UNSAFE_IMPORTS == set()
    called = {ast.unparse(call.func) for tree in TREES.values() for call in _calls(tree)}
    assert called & UNSAFE_CALLS == set()


def test_no_shell_is_started() -> None:
    shells = [
        f"{file.relative_to(APP)}:{call.lineno}"
        for file, tree in TREES.items()
        for call in _calls(tree)
        for keyword in call.keywords
        if keyword.arg == "shell"
    ]
    assert shells == []


def test_there_is_one_seam_to_the_network() -> None:
    """Every client is made where addresses are checked and calls have an end; none follows redirects."""
    makers = ("httpx.Client", "httpx.AsyncClient", "httpx.get", "httpx.post", "httpx.request", "httpx.stream")
    places = {
        str(file.relative_to(APP))
        for file, tree in TREES.items()
        for call in _calls(tree)
        if ast.unparse(call.func) in makers
    }
    assert places == {"channels/http.py"}
    following = [
        keyword
        for tree in TREES.values()
        for call in _calls(tree)
        for keyword in call.keywords
        if keyword.arg == "follow_redirects" and ast.unparse(keyword.value) != "False"
    ]
    assert following == []


def test_no_template_switches_escaping_off() -> None:
    for page in sorted((APP / "web" / "templates").glob("*")):
        text = page.read_text(encoding="utf-8")
        assert "|safe" not in text.replace(" ", "") and "autoescape" not in text, page.name


DOORS = doors()
Sign = Callable[..., RawRequest]
EDGES = [
    ("wecom", from_wecom, timedelta(minutes=30), timedelta(seconds=1)),
    ("ding", from_dingtalk, timedelta(minutes=5), timedelta(milliseconds=1)),
]


@pytest.mark.parametrize("direction", [-1, 1], ids=["old", "ahead"])
@pytest.mark.parametrize(("door", "sign", "window", "tick"), EDGES, ids=["wecom", "dingtalk"])
def test_the_clock_window_ends_where_it_says(
    door: str, sign: Sign, window: timedelta, tick: timedelta, direction: int
) -> None:
    """The last moment is in, the next is out; the signature is right in both."""
    body = {"aibotid": "AIBOT"}
    assert DOORS[door].receive(sign(body, NOW + direction * window), NOW).message is None
    with pytest.raises(Rejected, match="clock"):
        DOORS[door].receive(sign(body, NOW + direction * (window + tick)), NOW)


TIMESTAMPS = [
    *("", "-1", "+1772416800", "1772416800.0", " 1772416800", "1_772_416_800", "１７７２４１６８００", "0x69a4", "1e9"),
    "9" * 400,
]


@pytest.mark.parametrize("stamp", TIMESTAMPS)
def test_a_timestamp_that_is_no_plain_number_is_refused(stamp: str) -> None:
    """Though signed over exactly these characters."""
    _, content = wecom_wire({"aibotid": "AIBOT"})
    sealed = ast.literal_eval(content.decode())["encrypt"]
    query = {"timestamp": stamp, "nonce": "n", "msg_signature": SEALER.sign(stamp, "n", sealed)}
    with pytest.raises(Rejected, match="wecom-clock"):
        DOORS["wecom"].receive(RawRequest("POST", {}, query, content), NOW)
    headers = {"timestamp": stamp, "sign": robot_sign(stamp, APP_SECRET)}
    with pytest.raises(Rejected, match=r"dingtalk-(timestamp|clock)"):
        DOORS["ding"].receive(RawRequest("POST", headers, {}, b"{}"), NOW)
