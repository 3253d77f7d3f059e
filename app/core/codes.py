"""Error codes and bounces: found by rule, told in one Chinese line. The data are `knowledge/codes.yaml`."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.matching.normalise import codes_in

MOST_TEXT = 4_000  # characters of a pasted bounce that are looked at
MOST_CODES = 20  # codes in it; every pair of them is looked up


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Meaning(_Strict):
    means: str = Field(min_length=2, max_length=60)
    side: Literal["自己", "本公司IT", "对方", "网络", "看情况"]
    act: str = Field(min_length=2, max_length=60)
    topic: str = ""


class Code(_Meaning):
    """A reply code, an enhanced code, both together, or a program's own code; lower case."""

    code: str = Field(min_length=3)


class Prompt(_Meaning):
    """A literal phrase of a bounce or a program; lower case."""

    text: str = Field(min_length=4)


class CodeTable(_Strict):
    """What is known of codes. An addition to the manual; `source` says where it comes from."""

    source: str = Field(min_length=2)
    codes: tuple[Code, ...]
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a pasted error says, whose side it is on, and who must act."""

    shown: str
    means: str
    side: str
    act: str

    def __str__(self) -> str:
        where = {"自己": "您这边", "本公司IT": "要 IT 处理", "对方": "问题在对方", "网络": "网络问题"}.get(self.side)
        return f"{self.shown}：{self.means}。" + (f"{where}：" if where else "") + f"{self.act}。"


def read_error(table: CodeTable, text: str) -> Finding | None:
    """The most specific thing that the table knows about `text`: phrase, then combined code, then single code."""
    text = text[:MOST_TEXT]
    lowered = text.lower()
    phrases = [prompt for prompt in table.prompts if prompt.text.lower() in lowered]
    if phrases:
        best = max(phrases, key=lambda prompt: len(prompt.text))
        return Finding(f"“{best.text}”", best.means, best.side, best.act)
    found = codes_in(text)[:MOST_CODES]
    wanted = [f"{a} {b}" for a in found for b in found if a != b] + sorted(found, key=len, reverse=True)
    by_code = {entry.code.lower(): entry for entry in table.codes}
    for code in wanted:
        if code in by_code:
            entry = by_code[code]
            return Finding(entry.code.upper().replace("0X", "0x"), entry.means, entry.side, entry.act)
    return None
