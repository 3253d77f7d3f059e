"""The smallest good set of files: two topics that are each other's neighbours. Tests break one line at a time."""

from pathlib import Path

KNOWLEDGE = Path(__file__).resolve().parents[2] / "knowledge"

_TOPIC = """  - id: {id}
    choice: {name}
    prompts: [{name}提示]
    codes: ["{code}"]
    not:
      - {{when: 不是这个, topic: {other}}}
    apart:
      {other}: 是这个还是那个？
    phrases: [{phrases}]
    tests: {{match: [{name}吗], reject: [不{name}]}}
"""
_GUIDE = """## {name} {{#{id}}}

> 手册 一

{name}了，拨 {{{{phone}}}}。

### 步骤

1. **先看**：再说。
"""


def _phrases(name: str) -> str:
    return ", ".join(f"{name}说法{n}" for n in range(15))


def topic(id: str, name: str, other: str, code: str) -> str:
    """One topic of an intents file."""
    return _TOPIC.format(id=id, name=name, other=other, code=code, phrases=_phrases(name))


FULL = topic("quota.full", "满了", "quota.more", "552")
MORE = topic("quota.more", "加大", "quota.full", "0x80004005")

INTENTS = {
    "intents/quota.yaml": f"family: quota\ntopics:\n{FULL}{MORE}",
    "intents/special.yaml": "family: special\nlabels:\n  - {id: human, title: 找人, phrases: [找人来]}\n",
    "intents/followup.yaml": "family: followup\nlabels:\n  - {id: solved, title: 好了, phrases: [好了]}\n",
    "intents/lexicon.yaml": "concepts:\n  system.mail: [邮箱]\n",
    "intents/phrases/a.yaml": "writer: 甲\nphrases:\n  quota.full:\n    - 邮箱爆了\n",
}
KNOWLEDGE_FILES = {
    "knowledge/4-quota.md": "# 空间\n\n"
    + _GUIDE.format(name="满了", id="quota.full")
    + _GUIDE.format(name="加大", id="quota.more"),
    "knowledge/company.yaml": 'phone: "6666"\n',
    "knowledge/lines.yaml": (KNOWLEDGE / "lines.yaml").read_text(encoding="utf-8"),
    "knowledge/codes.yaml": "source: 公开资料\ncodes:\n"
    '  - {code: "552", means: 邮箱满了, side: 自己, act: 清理邮件, topic: quota.full}\nprompts: []\n',
}
