"""When a run ends before its work: signals, a time of day."""

from __future__ import annotations

import signal
import threading
from datetime import datetime, time, timedelta
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopper:
    """Notes the first SIGINT or SIGTERM; the second one, or any one with `at_once`, interrupts.

    Example:
        >>> with Stopper() as stopper:
        ...     stopper.signal is None
        True
    """

    def __init__(self, at_once: bool = False) -> None:
        self.signal: signal.Signals | None = None
        self.interrupted = False  # an interruption was raised, wherever the program was
        self._at_once = at_once
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Stopper:
        # Only the main thread may; elsewhere whoever runs us decides about signals.
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            # None: a handler that is not Python's, which cannot be put back from here.
            signal.signal(number, signal.SIG_DFL if before is None else before)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        again = self.signal is not None
        self.signal = signal.Signals(number)
        if again or self._at_once:
            self.interrupted = True
            raise KeyboardInterrupt


def next_time(of_day: time, now: datetime) -> datetime:
    """The next moment with this time of day; with a zone in `now`, by this machine's clock.

    So it holds in the nights in which the clock is put forward or back.

    Example:
        >>> next_time(time(6, 30), datetime(2026, 11, 22, 20, 0))
        datetime.datetime(2026, 11, 23, 6, 30)
    """
    for days in (0, 1):
        moment = datetime.combine(now.date() + timedelta(days=days), of_day)
        moment = moment.astimezone() if now.tzinfo is not None else moment
        if moment > now:
            break
    return moment
