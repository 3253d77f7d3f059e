"""What a secret can be, and where one stands in a text."""

from enum import StrEnum
from typing import NamedTuple

MASK = "〔已隐去〕"


class Kind(StrEnum):
    """The word by which the desk names it to the person who wrote it."""

    PASSWORD = "密码"  # noqa: S105
    CODE = "验证码"
    IDENTITY = "身份证号"
    CARD = "银行卡号"
    KEY = "密钥"


class Span(NamedTuple):
    start: int
    end: int
    kind: Kind
