"""A progress bar for what has to be waited for."""

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_LEARNING = "第一次运行，正在从说法里学习（只做一次，约半分钟）"
_LONGER = {  # what takes longer, by the step
    "embed": "第一次运行，正在算每条说法的句向量（只做一次，几分钟）",
    "many": "标签很多，正在从说法里学习（只做一次，几分钟）",
}


class Bar:
    """A progress bar that appears only when there is something to wait for; one line where there is no terminal."""

    def __init__(self, screen: Console, what: str = _LEARNING) -> None:
        self._screen = screen
        self._what = what
        self._progress: Progress | None = None
        self._told = False

    def __call__(self, what: str, done: int, of: int) -> None:
        if not self._screen.is_terminal:
            if not self._told:
                self._screen.print(f"{_LONGER.get(what, self._what)}……")
            self._told = True
            return
        if self._progress is None:
            self._progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                TextColumn("{task.completed}/{task.total}"),
                TimeElapsedColumn(),
                console=self._screen,
                transient=True,
            )
            self._progress.add_task(_LONGER.get(what, self._what), total=of)
            self._progress.start()
        task = self._progress.tasks[0].id
        self._progress.update(task, completed=done, total=of)
        if done >= of:
            self._progress.stop()
            self._progress = None
