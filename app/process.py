"""What a serving process does to itself before it starts: private files, no core dump, crashes told without values."""

import logging
import os
import sys
import threading
from types import TracebackType

import structlog

log = structlog.get_logger(__name__)


def harden() -> None:
    """For good: call it once, first of all, in a process that serves."""
    os.umask(0o077)  # the database and everything beside it is for its owner only
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump holds every secret and whatever staff wrote
    logging.raiseExceptions = False  # a record that cannot be formatted would be printed with its arguments
    sys.excepthook = _crashed
    sys.unraisablehook = lambda lost: _crashed(lost.exc_type, lost.exc_value, lost.exc_traceback)
    threading.excepthook = lambda lost: _crashed(lost.exc_type, lost.exc_value, lost.exc_traceback)


def _crashed(kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
    if error is not None and not isinstance(error, KeyboardInterrupt | SystemExit):
        log.critical("crashed", exc_info=(kind or type(error), error, where))
