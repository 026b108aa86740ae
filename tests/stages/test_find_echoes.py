"""Names that are read once and said again: found by sound, and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from qa_pipeline.converse import with_echoes
from qa_pipeline.criteria.base import Finding
from qa_pipeline.criteria.name_use import NameUse, NameUseParams
from qa_pipeline.domain.conversation import Conversation, KnownName, NamesUsed
from qa_pipeline.domain.echo import Echo
from qa_pipeline.domain.names import Mention
from qa_pipeline.domain.recording import Audio, CallMetadata, Layout, Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Turn, Word
from qa_pipeline.language.name_uses import ECHOED, chance, chance_read
from qa_pipeline.stages.find_echoes import Echoes, find_echoes
from qa_pipeline.store.codec import dumps, loads

QUINLAN = KnownName("Orla Quinlan", "Quinlan", "Orla", "metadata")
LINES = (
    "a good morning this is the library",
    "c hello i want to renew a book",
    "a thank you ms quinlan",
    "c it is due today",
    "a that is fine misquinnas",
    "c great",
    "a anything else today please",
    "c no",
)


def turn(number: int, line: str) -> Turn:
    start_ms = 2_000 + 4_000 * number
    words = tuple(
        Word(start_ms + 400 * n, start_ms + 400 * n + 390, word, 0.9)
        for n, word in enumerate(line[2:].split())
    )
    role = Role.AGENT if line[0] == "a" else Role.CUSTOMER
    return Turn(
        role, start_ms, words[-1].end_ms, line[2:], words, 0.9, f"channel_{line[0] == 'c':d}"
    )


def conversation(uses: Sequence[Mention], **changes: object) -> Conversation:
    turns = tuple(turn(number, line) for number, line in enumerate(LINES))
    made = Conversation(
        "c", Layout.STEREO, 40_000, CallMetadata(), "en", 1.0, None, "none", turns, (), (),
        customer_name=QUINLAN, speech_confidence=0.9, names_used=NamesUsed((QUINLAN,), tuple(uses)),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


# "ms quinlan" of the second agent's turn; "misquinnas" of the third.
SURE = Mention(1, 10, 20, 10_800, 11_590, "ms quinlan", "title", 1.0)
DOUBTFUL = Mention(2, 13, 23, 19_200, 19_590, "misquinnas", "title", 0.5, False)


def echo(at_ms: int, distance: float, to_ms: int | None = None) -> Echo:
    return Echo(11_200, 11_590, at_ms, to_ms or at_ms + 380, distance)


def uses_of(call: Conversation) -> tuple[Mention, ...]:
    assert call.names_used is not None
    return call.names_used.uses


def judged(call: Conversation, minimum: int) -> Finding:
    return NameUse().judge(call, NameUseParams(minimum=minimum))


def test_a_doubtful_use_that_sounds_the_same_is_one() -> None:
    call = with_echoes(conversation([SURE, DOUBTFUL]), [echo(19_210, 0.5)])
    assert [use.echo for use in uses_of(call)] == [None, 0.5]
    assert chance(uses_of(call)[1]) == ECHOED and chance_read(uses_of(call)[1]) == 0.5


@pytest.mark.parametrize("other", [echo(19_210, 0.8), echo(19_500, 0.5), echo(24_000, 0.5)])
def test_a_doubtful_use_stays_so_where_the_echo_is_faint_or_elsewhere(other: Echo) -> None:
    call = with_echoes(conversation([SURE, DOUBTFUL]), [other])
    assert chance(uses_of(call)[1]) == 0.5


def test_an_echo_of_what_is_no_certain_use_tells_nothing() -> None:
    doubtful = replace(SURE, certain=False, score=0.6)
    call = with_echoes(conversation([doubtful, DOUBTFUL]), [echo(19_210, 0.1), echo(27_000, 0.1)])
    assert uses_of(call) == (doubtful, DOUBTFUL)


def test_a_use_that_was_not_read_is_found_only_where_it_sounds_very_alike() -> None:
    near = with_echoes(conversation([SURE]), [echo(27_200, 0.3)])
    assert [(u.turn, u.start_ms, u.text, u.score, u.certain) for u in uses_of(near)][1:] == [
        (3, 27_200, "ms quinlan", 0.0, False)
    ]
    assert chance_read(uses_of(near)[1]) == 0.0 and chance(uses_of(near)[1]) == ECHOED
    assert uses_of(with_echoes(conversation([SURE]), [echo(27_200, 0.5)])) == (SURE,)


def test_a_place_is_one_use_however_many_echoes_it_has() -> None:
    found = [echo(27_200, 0.3), echo(27_250, 0.2), echo(11_000, 0.1), echo(19_210, 0.2)]
    call = with_echoes(conversation([SURE, DOUBTFUL]), found)
    assert [(use.start_ms, use.echo) for use in uses_of(call)] == [
        (10_800, None), (19_200, 0.2), (27_250, 0.2),
    ]  # fmt: skip


@pytest.mark.parametrize("at_ms", [2_400, 6_800, 31_000])
def test_the_caller_does_not_call_the_caller_nor_does_anybody_before(at_ms: int) -> None:
    call = conversation([SURE])
    assert uses_of(with_echoes(call, [echo(at_ms, 0.1)])) == (SURE,)


def test_whom_the_agent_calls_up_may_be_named_at_once() -> None:
    call = conversation([SURE], metadata=CallMetadata(direction="outbound"))
    assert len(uses_of(with_echoes(call, [echo(2_400, 0.1)]))) == 2


def test_unread_voice_of_the_agent_may_be_the_name() -> None:
    unread = Turn(Role.AGENT, 33_000, 33_600, "", speaker="channel_0", confidence=0.0)
    call = conversation([SURE], unread=(unread,))
    assert len(uses_of(with_echoes(call, [echo(33_100, 0.2)]))) == 2


def test_uses_by_sound_are_counted_and_shown() -> None:
    call = conversation([SURE, DOUBTFUL])
    assert judged(call, 3).outcome.value != "pass"
    found = judged(with_echoes(call, [echo(19_210, 0.5), echo(27_200, 0.3)]), 3)
    assert found.outcome.value == "pass"
    assert [shown.start_ms for shown in found.evidence] == [10_800, 19_200, 27_200]
    assert "1 of them by the sound alone" in found.explanation.en
    assert "其中1次只凭声音认出" in found.explanation.zh
    assert "sound" not in judged(with_echoes(call, [echo(19_210, 0.5)]), 2).explanation.en


def test_conversations_kept_before_still_load() -> None:
    old = dumps(NamesUsed((QUINLAN,), (SURE,))).replace(b',"echo":null', b"")
    assert b"echo" not in old
    assert loads(NamesUsed, old).uses == (SURE,)
    kept = Echoes((echo(19_210, 0.5),))
    assert loads(Echoes, dumps(kept)) == kept


def noise(seed: int, ms: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """A word of no language: noise whose colour changes every 60 ms in its own way."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(ms // 60):
        kernel = rng.standard_normal(12)
        grain = np.convolve(rng.standard_normal(480), kernel, "same")
        parts.append(0.1 * grain / np.abs(grain).max())
    return np.concatenate(parts).astype(np.float32)


def test_the_search_goes_over_the_agents_channel_without_the_title() -> None:
    agent, customer = np.zeros((2, 8 * 40_000), dtype=np.float32)
    own = [t for t in conversation([]).turns if t.role is Role.AGENT]
    for number, word in enumerate(word for t in own for word in t.words):
        at = 8 * word.start_ms
        agent[at : at + 8 * 360] = noise(number, 360)
    said = agent[8 * 11_200 : 8 * 11_590].copy()  # "quinlan"
    agent[8 * 19_200 : 8 * 19_590] = said
    customer[8 * 7_000 : 8 * 7_390] = said
    audio = Audio(np.stack([agent, customer]), 8_000)
    speech = [
        [Span(t.start_ms, t.end_ms) for t in conversation([]).turns if t.role is role]
        for role in (Role.AGENT, Role.CUSTOMER)
    ]
    found = find_echoes(audio, speech, conversation([SURE])).found
    assert found
    assert {(e.start_ms, e.end_ms) for e in found} == {(11_200, 11_590)}
    assert Span(found[0].at_ms, found[0].to_ms).overlap_ms(Span(19_200, 19_590)) > 250
    assert found[0].distance < 0.3
    assert find_echoes(audio, speech, conversation([DOUBTFUL])).found == ()
    assert find_echoes(audio, speech, replace(conversation([]), names_used=None)) == Echoes()
