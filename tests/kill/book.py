"""The driver's notebook: every message with what came of it. Written by many threads."""

import threading
import time

from tests.kill.evidence import Message
from tests.kill.side import Person, Side
from tests.kill.talk import Turn

TRIES = 300  # deliveries of one message at most
AGAIN_SECONDS = 0.4  # between two deliveries of one message


class Book:
    """Sends on behalf of people, and remembers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: list[Message] = []
        self.started = 0  # deliveries begun, for whoever waits for one
        self.given_up = threading.Event()  # the run is over: no more deliveries

    def send(self, side: Side, person: Person, turn: Turn) -> Message:
        """Deliver until it is accepted, as the platform would: the same id again. Bounded."""
        posted_at = time.time()
        self.started += 1
        post = side.post(person, turn.text)
        attempts = 1
        while not post.accepted and attempts < TRIES and not self.given_up.wait(AGAIN_SECONDS):
            self.started += 1
            post.again()
            attempts += 1
        accepted_at = time.time() if post.accepted else None
        message = Message(
            post.id, side.platform, person.id, person.room, turn.text, turn.wants, posted_at, accepted_at, attempts
        )
        self.add(message)
        return message

    def add(self, message: Message) -> None:
        with self._lock:
            self._messages.append(message)

    def messages(self) -> list[Message]:
        """In the order in which they were written."""
        with self._lock:
            return sorted(self._messages, key=lambda message: message.posted_at)
