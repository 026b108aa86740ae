"""When a run ends before its work."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from datetime import time as time_of_day

import pytest

from qa_pipeline.batch.stopping import Stopper, next_time


class TestSignals:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_the_first_is_noted_and_the_second_interrupts(self, number: signal.Signals) -> None:
        with Stopper() as stopper:
            assert stopper.signal is None
            signal.raise_signal(number)
            assert stopper.signal is number
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(number)

    def test_at_once_where_nothing_can_be_waited_for(self) -> None:
        with Stopper(at_once=True) as stopper:
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
            assert stopper.signal is signal.SIGTERM

    def test_afterwards_all_is_as_it_was(self) -> None:
        before = signal.getsignal(signal.SIGTERM)
        with Stopper():
            assert signal.getsignal(signal.SIGTERM) is not before
        assert signal.getsignal(signal.SIGTERM) is before

    def test_in_another_thread_signals_are_left_alone(self) -> None:
        before, seen = signal.getsignal(signal.SIGINT), []

        def run() -> None:
            with Stopper():
                seen.append(signal.getsignal(signal.SIGINT))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        assert seen == [before]


class TestTimeOfDay:
    def test_later_today_or_tomorrow(self) -> None:
        half_past_six = time_of_day(6, 30)
        assert next_time(half_past_six, datetime(2026, 11, 22, 3, 0)) == datetime(
            2026, 11, 22, 6, 30
        )
        assert next_time(half_past_six, datetime(2026, 11, 22, 20, 0)) == datetime(
            2026, 11, 23, 6, 30
        )
        assert next_time(half_past_six, datetime(2026, 11, 22, 6, 30)) == datetime(
            2026, 11, 23, 6, 30
        )

    @pytest.fixture
    def berlin(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        if time.tzname == ("Europe", "Europe"):
            pytest.skip("this system knows no time zones")
        yield
        monkeypatch.undo()
        time.tzset()

    @pytest.mark.skipif(os.name == "nt", reason="the zone cannot be set there")
    @pytest.mark.parametrize(
        ("evening", "hours"),
        [
            (datetime(2026, 3, 27, 20, 0), 10.5),
            (datetime(2026, 3, 28, 20, 0), 9.5),  # the clock is put forward
            (datetime(2026, 10, 24, 20, 0), 11.5),  # and back
        ],
    )
    def test_by_the_clock_on_the_wall(self, berlin: None, evening: datetime, hours: float) -> None:
        moment = next_time(time_of_day(6, 30), evening.astimezone())
        assert (moment.hour, moment.minute) == (6, 30)
        assert moment - evening.astimezone() == timedelta(hours=hours)
