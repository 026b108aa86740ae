"""What a question's meaning shows, and what only comes near."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import ActDefinition, ActEntry, EncoderRule
from qa_pipeline.language.nearness import Nearness
from qa_pipeline.language.sentences import split_turns

ENTRY = ActEntry(
    role="agent",
    form="question",
    patterns=("never said",),
    examples=("good",),
    counter_examples=("other",),
    encoder=EncoderRule(
        threshold=0.6, margin=0.1, near_threshold=0.4, near_margin=0.0, found="for this test"
    ),
)


class _Plane:
    """A sentence lies on the plane where the number in it says: cosine to "good" in tenths."""

    name = version = "plane"

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        rows = []
        for text in texts:
            digits = [int(word) for word in text.rstrip("?").split() if word.isdigit()]
            cosine = digits[0] / 10 if digits else float(text == "good")
            rows.append([cosine, 0.3 if digits else float(text != "good"), 0.0])
        return np.array(rows, dtype=np.float32)


@pytest.mark.parametrize(("tenths", "kinds"), [(8, ["ask"]), (5, ["nearly_ask"]), (3, []), (1, [])])
def test_between_found_and_far_lies_near(tenths: int, kinds: list[str]) -> None:
    nearness = Nearness({"ask": ActDefinition("ask", ENTRY, (), (), ())}, _Plane())
    turn = Turn(Role.AGENT, 0, 3_000, f"Would you call it {tenths} today?")
    (sentence,) = split_turns((turn,), "en")
    assert list(nearness.kinds_of(sentence, set())) == kinds
    assert not list(nearness.kinds_of(sentence, {"something"}))
