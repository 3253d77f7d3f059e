"""What staff say, and how the right answer can be told from every other line."""

import random
from dataclasses import dataclass

# Nearly word for word in `intents/`, each with words that only its guidance holds. Everybody's own affair: many
# people with one of these are no incident.
QUESTION = ("想申请给邮箱扩容", "扩容由 IT 管理员办理")
_QUESTIONS = (
    QUESTION,
    ("附件超过 50 MB 发不出去", "文件过大"),
    ("新员工的邮箱还没开通", "欢迎加入"),
    ("邮箱密码要多久换一次才安全", "开二次验证"),
)
_VAGUE = ("有点问题", "我还没听准")
_SOLVED = ("已解决", "解决了就好")
HUMAN, WITHDRAW = "人工", "撤销"
_PERSON_WANTED, _WITHDRAWN = (
    (HUMAN, r"单号 \d+"),
    (WITHDRAW, r"单 \d+ 撤了|解决了就好"),
)  # the second: an engineer was faster


@dataclass(frozen=True, slots=True)
class Turn:
    """One message; `wants` is a pattern of its answer."""

    text: str
    wants: str


Script = tuple[Turn, ...]


def script(rng: random.Random) -> Script:
    """What one person writes, one message after the other."""
    question = rng.choice(_QUESTIONS)
    kinds = (
        (45, (question,)),  # answered at once
        (15, (_VAGUE, question)),  # asked back first
        (15, (question, _SOLVED)),
        (18, (_PERSON_WANTED,)),  # a case and a page
        (7, (_PERSON_WANTED, _WITHDRAWN)),
    )
    weights, turns = [weight for weight, _ in kinds], [parts for _, parts in kinds]
    return tuple(Turn(*part) for part in rng.choices(turns, weights)[0])


def scripts(rng: random.Random, messages: int) -> list[Script]:
    """So many people that they write at least `messages` messages."""
    found: list[Script] = []
    while sum(map(len, found)) < messages:
        found.append(script(rng))
    return found


YOURS = "单 {case} 归您了"


def take(case: int) -> Turn:
    """An engineer takes a case; it may have been withdrawn or taken meanwhile."""
    return Turn(f"接单 {case}", rf"单 {case} (归您了|早已关闭|已经由)")  # he goes on only where it is his


def resolve(case: int) -> Turn:
    return Turn(f"解决 {case} 清理了邮箱", rf"单 {case} (已关闭|早已关闭)")
