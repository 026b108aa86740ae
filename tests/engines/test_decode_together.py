"""Windows decoded together get the results that each would get alone, and none waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.engines.decode_together import TogetherModel


class Decoder:
    """Gives each window's first number back, with what it was told; notes what came together."""

    name = "decoder"

    def __init__(self, fails_on: float | None = None) -> None:
        self.batches: list[int] = []
        self._fails_on = fails_on
        self._lock = threading.Lock()

    def generate(self, features: Any, prompts: Sequence[Sequence[int]], **options: Any) -> Any:
        rows = np.asarray(features)
        assert len(rows) == len(prompts)
        with self._lock:
            self.batches.append(len(prompts))
        if self._fails_on in rows[:, 0, 0]:
            raise RuntimeError("cannot decode this")
        return [
            (float(row[0, 0]), tuple(prompt), options["beam_size"])
            for row, prompt in zip(rows, prompts, strict=True)
        ]


def window(number: float) -> FloatArray:
    return np.full((1, 3, 2), number, dtype=np.float32)


def test_windows_are_decoded_in_one_batch_and_keep_their_order() -> None:
    decoder = Decoder()
    model = TogetherModel(decoder)

    def read(number: int) -> Any:
        return model.generate(window(number), [[1, 2]], beam_size=5)[0]

    assert model.together(read, range(6), crews=1) == [(n, (1, 2), 5) for n in range(6)]
    assert decoder.batches == [6]
    assert model.name == "decoder"


def test_no_batch_is_larger_than_asked_and_crews_share_the_windows() -> None:
    decoder = Decoder()
    model = TogetherModel(decoder)

    def read(number: int) -> Any:
        return model.generate(window(number), [[1]], beam_size=5)[0][0]

    assert model.together(read, range(20), crews=2, most=4) == list(range(20))
    assert max(decoder.batches) <= 4
    assert sum(decoder.batches) == 20


def test_who_decodes_more_often_than_others_does_not_wait_for_those_that_are_done() -> None:
    decoder = Decoder()
    model = TogetherModel(decoder)

    def read(times: int) -> int:
        for _ in range(times):
            model.generate(window(times), [[1]], beam_size=5)
        return times

    assert model.together(read, [1, 4, 0, 2], crews=1) == [1, 4, 0, 2]
    assert decoder.batches == [3, 2, 1, 1]


def test_unlike_options_and_prompts_of_unlike_length_are_decoded_apart() -> None:
    decoder = Decoder()
    model = TogetherModel(decoder)
    asked = [([1], 5), ([1, 2], 5), ([3], 5), ([1], 1)]

    def read(what: tuple[list[int], int]) -> Any:
        prompt, beam = what
        return model.generate(window(0), [prompt], beam_size=beam)[0]

    found = model.together(read, asked, crews=1)
    assert found == [(0.0, tuple(prompt), beam) for prompt, beam in asked]
    assert sorted(decoder.batches) == [1, 1, 2]


def test_a_decoder_that_fails_is_told_and_nobody_is_left_waiting() -> None:
    model = TogetherModel(Decoder(fails_on=3.0))

    def read(number: int) -> Any:
        return model.generate(window(number), [[1]], beam_size=5)

    with pytest.raises(RuntimeError, match="cannot decode this"):
        model.together(read, range(5), crews=2)


def test_a_window_that_fails_before_it_is_decoded_holds_nobody_up() -> None:
    model = TogetherModel(Decoder())

    def read(number: int) -> Any:
        if number == 1:
            raise ValueError("no features")
        return model.generate(window(number), [[1]], beam_size=5)

    with pytest.raises(ValueError, match="no features"):
        model.together(read, range(5), crews=1)


def test_without_windows_nothing_is_read() -> None:
    assert TogetherModel(Decoder()).together(lambda _: 1, [], crews=2) == []
