"""Two voices that a first partition mixed, or took for one, told apart; and one left alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.domain.spans import Span, merge, total_ms
from qa_pipeline.domain.transcript import SpeakerTurn
from qa_pipeline.engines.alike_voices import Sound, in_doubt, spectra_along, told_apart
from qa_pipeline.engines.voice_borders import FRAME_MS, Floats
from qa_pipeline.engines.voice_pieces import Piece, windows_over

NAMES = ("one", "other")
RATE_PER_MS = 16


def exchange(length_ms: int, end_ms: int = 72_000) -> list[SpeakerTurn]:
    """Two people in turn, with half a second of silence after each turn."""
    return [
        SpeakerTurn(Span(start, start + length_ms - 500), "AB"[at % 2])
        for at, start in enumerate(range(0, end_ms, length_ms))
    ]


def sound_of(truth: list[SpeakerTurn], apart: float, seed: int = 1) -> Sound:
    """Windows that wander further by themselves than the voices lie apart."""
    random = np.random.default_rng(seed)
    spans = windows_over([Piece(span, None) for span in merge(t.span for t in truth)])
    second = np.array(
        [
            sum(t.span.overlap_ms(s) for t in truth if t.speaker == "B") / s.duration_ms
            for s in spans
        ]
    )
    vectors = random.normal(0, 0.05, (len(spans), 32))
    vectors[:, 0] += random.normal(0, 0.5, len(spans))  # words, noise: wide, and nobody's
    vectors[:, 3] += 0.1 * apart * second
    spectra = random.normal(0, 1.0, (len(spans), 24))
    spectra[:, 5] += 2 * apart * second
    return Sound(spans, vectors, spectra, np.full(72_000 // FRAME_MS, -20.0))


def right_share(found: tuple[SpeakerTurn, ...], truth: list[SpeakerTurn]) -> float:
    name_of = dict(zip("AB", NAMES, strict=True))
    shared = [
        (turn.span.overlap_ms(other.span), name_of[turn.speaker] == other.speaker)
        for turn in truth
        for other in found
    ]
    shares = [sum(ms for ms, same in shared if same is wanted) for wanted in (True, False)]
    return max(shares) / sum(shares)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_alike_voices_that_take_turns_are_told_apart(seed: int) -> None:
    truth = exchange(4_000)
    speech = merge(t.span for t in truth)
    found = told_apart(speech, sound_of(truth, 1.5, seed), NAMES)
    assert right_share(found, truth) > 0.95
    assert merge(t.span for t in found) == speech


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_one_voice_stays_one(seed: int) -> None:
    truth = exchange(4_000)
    assert told_apart(merge(t.span for t in truth), sound_of(truth, 0.0, seed), NAMES) == ()


def test_a_change_of_sound_halfway_is_not_a_second_party() -> None:
    truth = exchange(36_000)
    assert told_apart(merge(t.span for t in truth), sound_of(truth, 2.0), NAMES) == ()


def test_too_little_speech_tells_nothing() -> None:
    truth = exchange(1_500, 3_000)
    assert told_apart(merge(t.span for t in truth), sound_of(truth, 2.0), NAMES) == ()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2_500, 4_000, 6_000]))
def test_all_speech_is_told_once_or_not_at_all(seed: int, length_ms: int) -> None:
    truth = exchange(length_ms)
    speech = merge(t.span for t in truth)
    found = told_apart(speech, sound_of(truth, 1.0, seed), NAMES)
    assert not found or total_ms([t.span for t in found]) == total_ms(speech)
    assert all(one.span.end_ms <= next_.span.start_ms for one, next_ in pairwise(found))


def voices(turns: list[SpeakerTurn], cosine: float) -> tuple[tuple[Span, ...], Floats]:
    """Windows over the turns, with embeddings at this cosine between A and the others."""
    spans = windows_over([Piece(t.span, t.speaker) for t in turns])
    other = np.array([cosine, np.sqrt(1 - cosine**2)])
    owners = [next(t.speaker for t in turns if t.span.overlap_ms(s)) for s in spans]
    return spans, np.array([np.array([1.0, 0.0]) if o == "A" else other for o in owners])


def test_only_near_voices_are_doubted() -> None:
    turns = exchange(4_000)
    assert in_doubt(turns, *voices(turns, 0.96)) == merge(t.span for t in turns)
    assert in_doubt(turns, *voices(turns, 0.88)) == ()


def test_one_voice_in_a_long_talk_is_doubted_and_in_a_message_not() -> None:
    long = [SpeakerTurn(Span(0, 60_000), "A")]
    short = [SpeakerTurn(Span(0, 44_000), "A")]  # a message left on a machine, for one
    assert in_doubt(long, *voices(long, 1.0)) == (Span(0, 60_000),)
    assert in_doubt(short, *voices(short, 1.0)) == ()


def test_a_voice_that_fills_one_stretch_leaves_the_rest_in_doubt() -> None:
    # A hold's noise, heard as speech, took the second voice; the parties share the first one.
    stretches = [(0, 30, "A"), (32, 50, "B"), (52, 80, "A"), (80, 80.4, "B")]
    turns = [SpeakerTurn(Span(int(1_000 * a), int(1_000 * b)), who) for a, b, who in stretches]
    doubted = in_doubt(turns, *voices(turns, 0.5))
    assert not any(span.overlaps(Span(32_000, 50_000)) for span in doubted)
    assert total_ms(doubted) == 58_400


def test_three_voices_are_believed() -> None:
    turns = [*exchange(4_000), SpeakerTurn(Span(73_000, 80_000), "C")]
    assert in_doubt(turns, *voices(turns, 0.99)) == ()


def test_the_shape_of_a_spectrum_knows_no_loudness_but_the_line() -> None:
    random = np.random.default_rng(0)
    noise = random.normal(0, 0.1, 4_000 * RATE_PER_MS).astype(np.float32)
    dull = np.convolve(noise, np.ones(6) / 6, mode="same").astype(np.float32)
    spans = (Span(0, 1_000), Span(1_000, 2_000), Span(2_000, 2_010))
    plain, loud, other = (spectra_along(x, spans) for x in (noise, 4 * noise, dull))
    assert plain.shape == (3, 24)
    assert np.allclose(plain, loud, atol=0.01)
    assert np.abs(plain[0] - plain[1]).mean() < 1.0 < 3.0 < np.abs(plain[0] - other[0]).mean()
