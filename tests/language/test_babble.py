"""Words that go round and round, as recognisers make them of noise and music."""

from __future__ import annotations

import pytest

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.babble import babbles

ROUND = (
    "the rain on the road and the rain on the road and the rain on the road again",
    "山上的花，山上的花，山上的花，又是山上的花",
)


@pytest.mark.parametrize("text", ROUND)
def test_what_repeats_itself_unsurely_is_no_talk(text: str) -> None:
    assert babbles(Turn(Role.CUSTOMER, 0, 6_000, text, confidence=0.4))
    assert not babbles(Turn(Role.CUSTOMER, 0, 6_000, text, confidence=0.8))


@pytest.mark.parametrize(
    "text",
    [
        "no no no",
        "好的好的",
        "I would like to know when my parcel comes",
        "五号楼三单元，不对，三号楼五单元",
    ],
)
def test_badly_heard_talk_is_talk(text: str) -> None:
    assert not babbles(Turn(Role.CUSTOMER, 0, 3_000, text, confidence=0.3))
