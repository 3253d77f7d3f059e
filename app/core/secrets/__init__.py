"""Finds what staff should never have pasted (passwords, codes, identity and card numbers, keys) and masks it.

Rules, no model: a secret has a form of its own (`numbers.py`, `keys.py`), a word before or behind it says so
(`said.py`, `codes.py`), or it stands where passwords stand (`beside.py`). A password that is a Chinese phrase, and
one of plain letters in the middle of a sentence that does not announce it, are not found.
"""

from app.core.secrets.kinds import MASK, Kind
from app.core.secrets.masking import mask
from app.core.secrets.message import mask_message, may_continue

__all__ = ["MASK", "Kind", "mask", "mask_message", "may_continue"]
