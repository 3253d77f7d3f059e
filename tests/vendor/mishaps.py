"""What can go wrong on the way, and what the desk may conclude from it about the line that it wanted to say."""

import gzip
from dataclasses import dataclass

from app.core.delivery import Failure
from tests.vendor.bad_wire import Line, Mishap, head, noise

BOMB = gzip.compress(bytes(20_000_000), 1)


@dataclass(frozen=True)
class Case:
    """`acted`: the platform carried the call out. `failure` None: the desk takes it for sent."""

    mishap: Mishap
    failure: Failure | None
    code: str = ""
    acted: bool = True

    def __str__(self) -> str:
        return self.mishap.__name__


def cut_before_the_answer(line: Line) -> None:
    line.passed_on()
    line.reset()


def closed_before_the_answer(line: Line) -> None:
    line.passed_on()


def reset_in_the_body(line: Line) -> None:
    body = line.passed_on()
    line.send(head(200, len(body)) + body[: len(body) // 2])
    line.wait(0.05)
    line.reset()


def closed_in_the_head(line: Line) -> None:
    line.passed_on()
    line.send(b"HTTP/1.1 200 OK\r\nContent-Ty")


def longer_length(line: Line) -> None:
    body = line.passed_on()
    line.answer(body, length=len(body) + 5)


def shorter_length(line: Line) -> None:
    body = line.passed_on()
    line.answer(body, length=len(body) - 5)


def bytes_without_sense(line: Line) -> None:
    line.passed_on()
    line.answer(noise())


def nothing_in_it(line: Line) -> None:
    line.passed_on()
    line.answer(b"")


def no_content(line: Line) -> None:
    line.passed_on()
    line.send(b"HTTP/1.1 204 No Content\r\n\r\n")


def a_list(line: Line) -> None:
    line.passed_on()
    line.answer(b"[0]")


def another_object(line: Line) -> None:
    line.passed_on()
    line.answer(b'{"ok": true}')


def deep_brackets(line: Line) -> None:
    line.passed_on()
    line.answer(b"[" * 200_000)


def gzip_that_is_none(line: Line) -> None:
    line.passed_on()
    line.answer(noise(), "Content-Encoding: gzip")


def gzip_that_unfolds(line: Line) -> None:
    """A few kilobytes that would become twenty megabytes."""
    line.passed_on()
    line.answer(BOMB, "Content-Encoding: gzip")


def endless_answer(line: Line) -> None:
    line.passed_on()
    line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    while not line.wire.closing.is_set():
        line.send(chunk)


def endless_head(line: Line) -> None:
    line.passed_on()
    line.send(b"HTTP/1.1 200 OK\r\n" + b"X-More: " + b"x" * 200_000)


def another_protocol(line: Line) -> None:
    line.send(b"SSH-2.0-OpenSSH_9.7\r\n")


def a_page_with_200(line: Line) -> None:
    """A login page of the company's proxy, or the platform's page for whoever called too often."""
    line.answer("<!DOCTYPE html><html>请登录</html>".encode(), "Content-Type: text/html;charset=utf-8")


def a_redirect(line: Line) -> None:
    line.answer(b"", "Location: http://169.254.169.254/latest/meta-data", status=302)


def a_gateway_page_that_breaks_off(line: Line) -> None:
    line.answer(b"<html>502", status=502, length=4000)


def a_refusal_that_breaks_off(line: Line) -> None:
    line.answer(b'{"errc', status=403, length=4000)


def too_many_calls(line: Line) -> None:
    line.answer(b"slow down", "Retry-After: 7", status=429)


def early_hints(line: Line) -> None:
    body = line.passed_on()
    line.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    line.answer(body, status=line.status)


def just_in_time(line: Line) -> None:
    body = line.passed_on()
    line.wait(0.35)
    line.answer(body, status=line.status)


def silence(line: Line) -> None:
    """Accepted, read, never answered and never done."""
    line.wait(30)


def too_late(line: Line) -> None:
    """Done at once, told when nobody listens any more."""
    body = line.passed_on()
    line.wait(3)
    line.answer(body)


def dripping_head(line: Line) -> None:
    body = line.passed_on()
    line.drip(head(200, len(body)) + body)


def dripping_body(line: Line) -> None:
    body = line.passed_on()
    line.send(head(200, len(body)))
    line.drip(body)


AT_ONCE = (
    Case(cut_before_the_answer, Failure.UNKNOWN),
    Case(closed_before_the_answer, Failure.UNKNOWN, "RemoteProtocolError"),
    Case(reset_in_the_body, Failure.UNKNOWN),
    Case(closed_in_the_head, Failure.UNKNOWN, "RemoteProtocolError"),
    Case(longer_length, Failure.UNKNOWN, "RemoteProtocolError"),
    Case(shorter_length, Failure.UNKNOWN, "garbled"),
    Case(bytes_without_sense, Failure.UNKNOWN, "garbled"),
    Case(nothing_in_it, Failure.UNKNOWN, "garbled"),
    Case(no_content, Failure.UNKNOWN, "garbled"),
    Case(a_list, Failure.UNKNOWN, "garbled"),
    Case(another_object, Failure.UNKNOWN, "no-errcode"),
    Case(deep_brackets, Failure.UNKNOWN, "garbled"),
    Case(gzip_that_is_none, Failure.UNKNOWN, "garbled"),
    Case(gzip_that_unfolds, Failure.UNKNOWN, "garbled"),
    Case(endless_answer, Failure.UNKNOWN, "garbled"),
    Case(endless_head, Failure.UNKNOWN, "RemoteProtocolError"),
    Case(another_protocol, Failure.UNKNOWN, "RemoteProtocolError", acted=False),
    Case(a_page_with_200, Failure.TEMPORARY, "http-200", acted=False),
    Case(a_redirect, Failure.TEMPORARY, "http-302", acted=False),
    Case(a_gateway_page_that_breaks_off, Failure.TEMPORARY, "502", acted=False),
    Case(a_refusal_that_breaks_off, Failure.TEMPORARY, "http-403", acted=False),
    Case(too_many_calls, Failure.TEMPORARY, "429", acted=False),
    Case(early_hints, None),
)
IN_TIME = (
    Case(just_in_time, None),
    Case(silence, Failure.UNKNOWN, "ReadTimeout", acted=False),
    Case(too_late, Failure.UNKNOWN, "ReadTimeout"),
    Case(dripping_head, Failure.UNKNOWN, "ReadTimeout"),
    Case(dripping_body, Failure.UNKNOWN, "ReadTimeout"),
)
