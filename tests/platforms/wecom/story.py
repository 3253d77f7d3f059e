"""Assertions that read like a story and fail with the chat's transcript in Chinese."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

from tests.platforms.wecom.recorder import by_machine
from tests.platforms.wecom.shown import Shown


class Conversation(ABC):
    """A place where messages appear: a group, or one person's 1:1 chats."""

    name: str

    @abstractmethod
    def _messages(self) -> list[Shown]: ...

    def transcript(self) -> str:
        lines = [message.line() for message in self._messages()]
        return "\n".join(lines) or "（没有任何消息）"

    def answers(self) -> list[Shown]:
        """What bots, pushes and apps said here."""
        return [message for message in self._messages() if by_machine(message)]

    def last(self) -> Shown:
        answers = self.answers()
        if not answers:
            raise AssertionError(f"「{self.name}」里机器人还没有说过话。\n聊天记录：\n{self.transcript()}")
        return answers[-1]

    def expect(self, fragment: str, *, within: float = 0.0, times: int | None = None) -> Shown:
        """The latest bot, push or app message with `fragment`; waits up to `within` real seconds."""
        deadline = time.monotonic() + within
        while True:
            found = [one for one in self.answers() if fragment in one.words]
            enough = len(found) == times if times is not None else bool(found)
            if enough and found:
                return found[-1]
            if time.monotonic() >= deadline:
                wanted = "" if times is None else f"恰好 {times} 次（实际 {len(found)} 次）"
                raise AssertionError(
                    f"「{self.name}」里没有看到「{fragment}」{wanted}。\n聊天记录：\n{self.transcript()}"
                )
            time.sleep(0.01)

    def expect_not(self, fragment: str) -> None:
        for message in self.answers():
            if fragment in message.words:
                raise AssertionError(
                    f"「{self.name}」里不该出现「{fragment}」：{message.line()}\n聊天记录：\n{self.transcript()}"
                )

    def expect_silence(self) -> None:
        if self.answers():
            raise AssertionError(f"「{self.name}」里机器人不该说话。\n聊天记录：\n{self.transcript()}")
