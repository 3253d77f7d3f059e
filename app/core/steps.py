"""One small group of steps at a time: for the device that is known, never one that was given before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.core.devices import ADMIN, suits
from app.core.guidance import Guide, Step

ALIKE = 2  # pairs of characters that a question shares with the step that it means
HELPED, FAILED = "✓", "✗"  # what became of a step, where the person has said so
GROUP = 2  # steps in one message; a phone's screen holds them


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step that has not been given; `key` names it in the conversation."""

    key: str
    guide: Guide
    step: Step

    @property
    def name(self) -> str:
        """As an engineer reads it in a page."""
        return f"{self.guide.title}：{self.step.title}"


def upcoming(guides: Sequence[Guide], device: str, given: Collection[str]) -> list[NextStep]:
    """What is left to try, in the order of the manual; an admin's steps only where a guide has no others."""
    left = []
    for guide in guides:
        own = [step for step in guide.steps if step.audience != ADMIN]
        for index, step in enumerate(guide.steps):
            key = f"{guide.topic}/{index}"
            fitting = suits(step.audience, device) if own else True
            if fitting and key not in given:
                left.append(NextStep(key, guide, step))
    return left


def with_outcome(tried: Sequence[str], guides: Sequence[Guide], sign: str) -> tuple[str, ...]:
    """The names of steps that were given, those of these guides marked; a mark that was made before stays."""
    titles = tuple(f"{guide.title}：" for guide in guides)
    return tuple(f"{sign} {name}" if name.startswith(titles) else name for name in tried)


def asked_about(guides: Sequence[Guide], text: str, given: Sequence[str]) -> list[Step]:
    """Which steps a question means: those for the device that it names, the one whose words it uses, else the last."""
    steps = {f"{guide.topic}/{index}": step for guide in guides for index, step in enumerate(guide.steps)}
    named = [step for step in steps.values() if step.audience and step.audience in text]
    if named or not steps:
        return named
    alike = max(steps.values(), key=lambda step: shared(text, str(step)))
    if shared(text, str(alike)) >= ALIKE:
        return [alike]
    return [steps[key] for key in given if key in steps][-1:]


def shared(text: str, step: str) -> int:
    """How many pairs of neighbouring characters of the text stand in the step as well."""
    return sum(pair in step for pair in {text[i : i + 2] for i in range(len(text) - 1)})


def needs_admin(guides: Sequence[Guide]) -> bool:
    """Whether what is left after the person's own steps is an administrator's to do."""
    return any(step.audience == ADMIN for guide in guides for step in guide.steps)


def numbered(steps: Sequence[NextStep]) -> str:
    """As a list in a chat; a step that needs no choice of device any more does not name it."""
    return "\n".join(f"{number}. {item.step}" for number, item in enumerate(steps, 1))


def opening(guide: Guide) -> str:
    """What it is and what to look at first."""
    parts = [guide.understanding]
    if guide.checks:
        parts.append("**先看这几点**\n" + "\n".join(f"- {check}" for check in guide.checks))
    return "\n\n".join(parts)


def ending(guides: Sequence[Guide]) -> list[str]:
    """What is said with the last steps: what the company added to the manual."""
    lines = [line for guide in guides for line in guide.additions]
    return ["**补充（手册之外）**\n" + "\n".join(f"- {line}" for line in lines)] if lines else []


def source(guides: Sequence[Guide]) -> str:
    """Where it stands in the manual."""
    return "出处：" + "；".join(dict.fromkeys(guide.source for guide in guides))
