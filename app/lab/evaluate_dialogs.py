"""Scores whole dialogs: each turn by its action and whatever else it expects (`eval/README.md` of the design)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.library import Library
from app.core.matching.calibration import wilson
from app.lab.replay import replay_dialog
from app.store.vault import Vault


@dataclass(frozen=True, slots=True)
class TurnResult:
    """One turn: what was expected, what was done, and why it is not right ('' when it is)."""

    dialog: str
    turn: int
    text: str
    expected: str
    action: str
    intents: tuple[str, ...]
    fault: str


@dataclass(frozen=True, slots=True)
class DialogReport:
    """All turns of all dialogs."""

    turns: Sequence[TurnResult]

    def as_json(self) -> dict[str, Any]:
        dialogs = {turn.dialog for turn in self.turns}
        broken = {turn.dialog for turn in self.turns if turn.fault}
        right = sum(not turn.fault for turn in self.turns)
        return {
            "turns": len(self.turns),
            "turns_right": right,
            "dialogs": len(dialogs),
            "dialogs_right": len(dialogs - broken),
            "results": [
                {
                    "text": f"{t.dialog}#{t.turn} {t.text}",
                    "action": t.action,
                    "right": not t.fault,
                    "expected": t.expected,
                    "fault": t.fault,
                }
                for t in self.turns
            ],
        }

    def as_text(self) -> str:
        data = self.as_json()
        low, high = wilson(data["turns_right"], data["turns"])
        lines = [
            f"轮次对 {data['turns_right']}/{data['turns']}（95% 区间 {low:.0%}–{high:.0%}）",
            f"整段对 {data['dialogs_right']}/{data['dialogs']}",
        ]
        lines += [f"  {t.dialog}#{t.turn} {t.text[:40]}：{t.fault}" for t in self.turns if t.fault]
        return "\n".join(lines)

    def as_html(self) -> str:
        from html import escape

        return f"<!doctype html><meta charset=utf-8><title>对话评测</title><pre>{escape(self.as_text())}</pre>"


def evaluate_dialogs(library: Library, dialogs: Sequence[dict[str, Any]]) -> DialogReport:
    """Replay every dialog from an empty state and judge every turn."""
    vault = Vault(Vault.new_key())
    results: list[TurnResult] = []
    for dialog in dialogs:
        said = ""
        for turn, got in zip(dialog["turns"], replay_dialog(library, dialog, vault), strict=True):
            said += got["reply"]
            expect = turn.get("expect", {})
            results.append(
                TurnResult(
                    dialog["id"],
                    got["turn"],
                    turn["text"],
                    str(expect.get("action", "")),
                    got["action"],
                    tuple(got["intents"]),
                    _fault(expect, got, said),
                )
            )
    return DialogReport(results)


def _fault(expect: dict[str, Any], got: dict[str, Any], said: str) -> str:
    """Why the turn is not right; '' when it is."""
    actions = str(expect.get("action", "")).split("|")
    labels = expect.get("labels", [])
    intents = set(got["intents"])
    if got["action"] not in actions:
        return f"应 {expect.get('action')}，实际 {got['action']} {sorted(intents)}"
    if got["action"] in ("answer", "next_step") and labels and intents:
        if expect.get("all") and not set(labels) <= intents:
            return f"应全部答到 {labels}，实际 {sorted(intents)}"
        if not intents <= set(labels):
            return f"应是 {labels}，实际 {sorted(intents)}"
    if got["action"] == "handoff" and labels == ["none"] and intents:
        return f"手册外的事不该答 {sorted(intents)}"
    if bool(expect.get("incident")) != got["incident"]:
        return f"大面积故障应为 {bool(expect.get('incident'))}"
    if bool(expect.get("warn_secret")) != got["warn_secret"]:
        return f"密码提醒应为 {bool(expect.get('warn_secret'))}"
    secret = expect.get("secret")
    return "说出了密码" if secret and secret in said else ""
