from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.domain.spans import Span, merge, total_ms
from qa_pipeline.domain.transcript import SpeakerTurn
from qa_pipeline.engines.voice_borders import FRAME_MS, levels_db
from qa_pipeline.engines.voice_pieces import overlaps_of, pieces_of, windows_over
from qa_pipeline.engines.voice_sequence import VoiceTrack, judged_again

END_MS = 40_000


def turn(start: int, end: int, speaker: str) -> SpeakerTurn:
    return SpeakerTurn(Span(start, end), speaker)


def track(
    turns: list[SpeakerTurn], truth: list[SpeakerTurn], quiet: tuple[int, ...] = ()
) -> VoiceTrack:
    """Windows that sound like whoever truly speaks, with noise; the level drops at `quiet`."""
    rng = np.random.default_rng(1)
    voices = dict(zip("ABC", np.eye(3, 32), strict=True))
    spans = windows_over(pieces_of(turns))
    vectors = [
        sum(t.span.overlap_ms(span) * voices[t.speaker] for t in truth) / span.duration_ms
        + rng.normal(0, 0.08, 32)
        for span in spans
    ]
    levels = np.full(END_MS // FRAME_MS, -20.0)
    for at in quiet:
        levels[at // FRAME_MS - 2 : at // FRAME_MS + 2] = -60.0
    return VoiceTrack(spans, np.array(vectors), levels)


TRUTH = [turn(0, 9_000, "A"), turn(9_000, 18_000, "B"), turn(18_000, 27_000, "A"),
         turn(27_000, 36_000, "B")]  # fmt: skip


def owner(turns: tuple[SpeakerTurn, ...], at_ms: int) -> set[str]:
    return {t.speaker for t in turns if t.span.contains(at_ms)}


def test_what_was_right_stays_right() -> None:
    assert list(judged_again(TRUTH, track(TRUTH, TRUTH))) == TRUTH


def test_a_piece_given_to_the_wrong_voice_as_a_whole_is_given_back() -> None:
    heard = [*TRUTH[:2], turn(18_000, 20_500, "B"), turn(20_500, 27_000, "A"), TRUTH[3]]
    found = judged_again(heard, track(heard, TRUTH))
    assert owner(found, 19_000) == {"A"}
    assert owner(found, 10_000) == {"B"}


def test_a_change_that_was_missed_is_found_and_laid_where_it_is_quiet() -> None:
    heard = [turn(0, 9_000, "A"), turn(9_000, 21_000, "B"), turn(21_000, 27_000, "A"), TRUTH[3]]
    found = judged_again(heard, track(heard, TRUTH, quiet=(18_000,)))
    border = max(t.span.end_ms for t in found if t.speaker == "B" and t.span.start_ms < 18_000)
    assert border == pytest.approx(18_000, abs=200)


def test_one_window_that_sounds_odd_changes_nothing() -> None:
    heard = track(TRUTH, TRUTH)
    heard.vectors[8] = np.eye(3, 32)[1] * 5 - np.eye(3, 32)[0] * 5
    assert list(judged_again(TRUTH, heard)) == TRUTH


def test_alike_voices_are_told_apart_although_each_wanders_far_in_other_ways() -> None:
    # What parts them is a tenth of how far both wander together (noise, a laugh, the line).
    heard = [*TRUTH[:2], turn(18_000, 20_500, "B"), turn(20_500, 27_000, "A"), TRUTH[3]]
    spans = windows_over(pieces_of(heard))
    rng = np.random.default_rng(2)
    vectors = rng.normal(0, 0.01, (len(spans), 32)) + np.eye(1, 32, 31)
    for row, span in zip(vectors, spans, strict=True):
        share = sum(t.span.overlap_ms(span) for t in TRUTH if t.speaker == "A") / span.duration_ms
        row[0] += 0.06 * share
        row[1] += rng.normal(0, 0.6)
    levels = np.full(END_MS // FRAME_MS, -20.0)
    found = judged_again(heard, VoiceTrack(spans, vectors, levels))
    assert owner(found, 19_000) == {"A"}
    assert [owner(found, at) for at in (4_000, 13_000, 25_000, 31_000)] == [
        {"A"}, {"B"}, {"A"}, {"B"}
    ]  # fmt: skip


def test_a_short_word_stays_with_the_first_partition_against_an_unsure_sound() -> None:
    heard = [turn(0, 420, "B"), turn(1_000, 9_000, "A"), *TRUTH[1:]]
    said = [turn(0, 420, "A"), turn(1_000, 9_000, "A"), *TRUTH[1:]]
    assert owner(judged_again(heard, track(heard, said)), 200) == {"B"}


def test_one_voice_and_too_little_speech_stay_as_they_are() -> None:
    alone = [turn(0, 9_000, "A")]
    assert list(judged_again(alone, track(alone, alone))) == alone
    little = [turn(0, 300, "A"), turn(400, 700, "B")]
    assert list(judged_again(little, track(little, little))) == little


def test_nobody_who_talks_much_is_swallowed() -> None:
    one_voice = [turn(t.span.start_ms, t.span.end_ms, "A") for t in TRUTH]
    found = judged_again(TRUTH, track(TRUTH, one_voice))
    assert {t.speaker for t in found} == {"A", "B"}


def test_a_third_voice_is_kept() -> None:
    three = [*TRUTH, turn(36_000, 39_900, "C")]
    assert list(judged_again(three, track(three, three))) == three


def test_short_overlaps_are_kept_and_long_ones_are_given_to_one() -> None:
    short = [turn(0, 9_300, "A"), *TRUTH[1:]]
    assert overlaps_of(short) == ((Span(9_000, 9_300), frozenset("AB")),)
    assert owner(judged_again(short, track(short, TRUTH)), 9_100) == {"A", "B"}
    long = [turn(0, 13_000, "A"), *TRUTH[1:]]
    assert overlaps_of(long) == ()
    assert owner(judged_again(long, track(long, TRUTH)), 11_000) == {"B"}


def test_levels_are_those_of_the_frames() -> None:
    samples = np.concatenate([np.full(800, 0.1), np.zeros(850)]).astype(np.float32)
    assert levels_db(samples, 16_000) == pytest.approx([-20.0, -100.0], abs=0.01)


ranges = st.tuples(st.integers(0, 30_000), st.integers(1, 6_000), st.sampled_from("ABC"))


@given(st.lists(ranges, min_size=1, max_size=8))
def test_the_speech_stays_the_same_whoever_has_it(given_turns: list[tuple[int, int, str]]) -> None:
    turns = [
        SpeakerTurn(span, speaker)
        for speaker in "ABC"
        for span in merge(Span(a, a + n) for a, n, who in given_turns if who == speaker)
    ]
    pieces = pieces_of(turns)
    assert total_ms(p.span for p in pieces) == total_ms(merge(p.span for p in pieces))
    found = judged_again(turns, track(turns, turns))
    assert merge(t.span for t in found) == merge(t.span for t in turns)
