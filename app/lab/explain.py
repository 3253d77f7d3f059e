"""Says why the desk decided as it did: one line for people, then the details."""

from rapidfuzz import fuzz, process

from app.core.codes import read_error
from app.core.library import Library
from app.core.matching.labels import VAGUE, is_topic
from app.core.matching.ranking import Action, Decision, Matcher

_SPECIAL = {
    "human": "要找人",
    "chitchat": "寒暄",
    "other_it": "手册以外的 IT 问题",
    "not_it": "不是 IT 的事",
    "vague": "说得太笼统",
    "none": "手册以外",
}
_KINDS = {"w": "词", "c": "字", "p": "音", "k": "概念", "e": "代码", "m": "意"}


def explain(matcher: Matcher, decision: Decision, library: Library | None = None) -> str:
    """The decision in one line, the ranking, what spoke for the first two, and the nearest known phrases."""
    text = decision.ranking.text
    lines = [one_line(matcher, decision, library), f"判断：{decision.action.value}（{decision.reason}）"]
    if library:
        lines.append(f"门槛：{library.thresholds.answer:.0%}（答错不超过约定比例时的最低把握）")
        finding = read_error(library.codes, text)
        lines.extend([f"报错：{finding}"] if finding else [])
    lines.append("排名：")
    lines += [f"  {c.confidence:6.1%}  {c.label}  {_name(c.label, library)}" for c in decision.ranking.candidates[:5]]
    for candidate in decision.ranking.candidates[:2]:
        lines.append(f"支持“{_name(candidate.label, library)}”的：{_evidence(matcher, text, candidate.label)}")
    if library:
        lines.append("最近的说法：")
        lines += [f"  {score:3.0f}  {phrase}  → {label}" for phrase, label, score in nearest(library, text)]
    return "\n".join(lines)


def one_line(matcher: Matcher, decision: Decision, library: Library | None = None) -> str:
    """Why, in a sentence that an admin reads."""
    first, second = decision.ranking.candidates[:2]
    heard = "、".join(f"“{word}”" for word in _words(matcher, decision.ranking.text, first.label))
    names = "、".join(_name(label, library) for label in decision.intents) or _name(first.label, library)
    because = f"听到{heard}，" if heard else ""
    done = {
        Action.ANSWER: f"答“{names}”",
        Action.CLARIFY: "说得太笼统，先问一句" if first.label == VAGUE else f"像“{names}”，但把握不够，先问一句",
        Action.HANDOFF: f"是“{names}”，转人",
        Action.SMALLTALK: f"是“{names}”，回一句",
    }[decision.action]
    runner_up = f"其次像“{_name(second.label, library)}”，{second.confidence:.0%}"
    return f"{because}{done}（把握 {decision.confidence:.0%}；{runner_up}）"


def nearest(library: Library, text: str, most: int = 3) -> list[tuple[str, str, float]]:
    """Known phrases that read most like the text, with their label and likeness (0 to 100)."""
    phrases = [example.text for example in library.examples]
    found = process.extract(text, phrases, scorer=fuzz.WRatio, limit=most)
    return [(phrase, library.examples[index].label, score) for phrase, score, index in found]


def _words(matcher: Matcher, text: str, label: str) -> list[str]:
    """Up to three words of the text that spoke most for the label, none inside another."""
    chosen: list[str] = []
    for name, _ in matcher.evidence(text, label, 80):
        word = name[2:]
        if (
            name[0] in "we"
            and "_" not in word
            and len(word) > 1
            and not any(word in known or known in word for known in chosen)
        ):
            chosen.append(word)
    return chosen[:3]


def _evidence(matcher: Matcher, text: str, label: str) -> str:
    found = matcher.evidence(text, label, 8)
    return "、".join(f"{_KINDS[name[0]]} {name[2:]} {weight:.2f}" for name, weight in found) or "没有"


def _name(label: str, library: Library | None) -> str:
    if library and is_topic(label):
        return library.guide(label).title
    return _SPECIAL.get(label, label)
