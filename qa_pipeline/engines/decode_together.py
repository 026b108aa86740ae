"""Windows that are read side by side, decoded in one batch.

A step of Whisper's decoder reads all its weights, the 51,865 rows of its vocabulary above all,
whatever the number of windows that it is for. Windows that step together share that reading: with
eight of them a window costs two thirds, and its words and scores are the same to the last bit
(int8; each row is quantised by itself and summed in integers).

faster-whisper decodes one window at a time. So each window has a thread, and where the threads
come to decode they wait for each other; the last to come decodes for all. What goes before and
after (the encoder, another try at a higher temperature, word times) stays each window's own.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

# Beyond it little is gained, and each window holds 37 MB while it is decoded (base: 6 layers of
# keys and values, 1500 positions, width 512, float32).
WINDOWS_AT_ONCE = 8

S = TypeVar("S")
T = TypeVar("T")

_own_crew = threading.local()


@dataclass
class _Call:
    """One window's turn at the decoder."""

    features: Any
    prompt: Sequence[int]
    options: dict[str, Any]
    done: threading.Event = field(default_factory=threading.Event)
    result: Any = None
    error: Exception | None = None

    @property
    def kind(self) -> tuple[int, str]:
        """Calls of one kind can be decoded together: prompts as long, the same options."""
        return len(self.prompt), repr(sorted(self.options.items()))


class _Crew:
    """Threads that wait for each other before they decode."""

    def __init__(self, hands: int, decode: Callable[[Sequence[_Call]], None]) -> None:
        self._hands, self._decode = hands, decode
        self._waiting: list[_Call] = []
        self._lock = threading.Lock()

    def ask(self, call: _Call) -> Any:
        """The call's result; raises what the decoder raised."""
        self._go_on(come=call)
        call.done.wait()
        if call.error is not None:
            raise call.error
        return call.result

    def leave(self) -> None:
        """One thread less to wait for."""
        self._go_on(leaving=1)

    def _go_on(self, come: _Call | None = None, leaving: int = 0) -> None:
        with self._lock:
            self._hands -= leaving
            if come is not None:
                self._waiting.append(come)
            complete = len(self._waiting) == self._hands
            calls = self._waiting if complete else []
            if complete:
                self._waiting = []
        if calls:
            self._decode(calls)


class TogetherModel:
    """Stands for a ``ctranslate2.models.Whisper`` whose windows are decoded together.

    All but `generate` is the model's own; so is that, for a thread that belongs to no `together`.

    Args:
        model: the model, with one replica for each window that is to be worked on at once.
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def generate(self, features: Any, prompts: Sequence[Sequence[int]], **options: Any) -> Any:
        """See ``ctranslate2.models.Whisper.generate``."""
        crew: _Crew | None = getattr(_own_crew, "crew", None)
        if crew is None or len(prompts) != 1:
            return self._model.generate(features, prompts, **options)
        return [crew.ask(_Call(features, prompts[0], options))]

    def together(
        self, read: Callable[[S], T], windows: Sequence[S], crews: int, most: int = WINDOWS_AT_ONCE
    ) -> list[T]:
        """`read` of every window, in order, each in a thread of its own.

        Args:
            read: works on one window; where it calls `generate` it waits for the others.
            windows: what it is given.
            crews: so many batches are decoded side by side.
            most: windows in a batch.

        Raises:
            Exception: what `read` raises; no further window is begun then.
        """
        found: dict[int, T] = {}
        rest = deque(enumerate(windows))
        hands = _shares(len(windows), crews, most)

        def work(crew: _Crew) -> None:
            with _member_of(crew):
                while True:
                    try:
                        place, window = rest.popleft()
                    except IndexError:
                        return
                    try:
                        found[place] = read(window)
                    except BaseException:
                        rest.clear()
                        raise

        with ThreadPoolExecutor(max(1, sum(hands))) as pool:
            ends = [
                pool.submit(work, crew)
                for crew, count in [(_Crew(count, self._decode), count) for count in hands]
                for _ in range(count)
            ]
        for end in ends:
            end.result()
        return [found[place] for place in range(len(windows))]

    def _decode(self, calls: Sequence[_Call]) -> None:
        kinds: defaultdict[tuple[int, str], list[_Call]] = defaultdict(list)
        for call in calls:
            kinds[call.kind].append(call)
        for alike in kinds.values():
            try:
                prompts = [list(call.prompt) for call in alike]
                results = self._model.generate(_stacked(alike), prompts, **alike[0].options)
                for call, result in zip(alike, results, strict=True):
                    call.result = result
            except Exception as error:  # noqa: BLE001  raised where it was asked for
                for call in alike:
                    call.error = error
            finally:
                for call in alike:
                    call.done.set()


@contextmanager
def _member_of(crew: _Crew) -> Iterator[None]:
    _own_crew.crew = crew
    try:
        yield
    finally:
        _own_crew.crew = None
        crew.leave()


def _shares(windows: int, crews: int, most: int) -> list[int]:
    """How many threads each crew has: the windows dealt out evenly, at most `most` each.

    Example:
        >>> _shares(5, 2, 8)
        [3, 2]
    """
    crews = max(1, min(crews, windows))
    return [min(most, (windows + crews - 1 - crew) // crews) for crew in range(crews)]


def _stacked(calls: Sequence[_Call]) -> Any:
    """The encoder's outputs of the calls as one batch, shape (windows, positions, width)."""
    if len(calls) == 1:
        return calls[0].features
    from ctranslate2 import StorageView

    return StorageView.from_array(np.concatenate([np.asarray(call.features) for call in calls]))
