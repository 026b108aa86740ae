from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.domain.spans import Span, overlap_total_ms, subtract
from qa_pipeline.domain.transcript import SpeakerTurn
from qa_pipeline.engines.speaker_turns import tidy


def turn(start: int, end: int, speaker: str) -> SpeakerTurn:
    return SpeakerTurn(Span(start, end), speaker)


def test_a_short_hello_stays_apart_from_the_answer() -> None:
    turns = [turn(0, 500, "A"), turn(600, 3000, "B")]
    assert tidy(turns, [Span(0, 3000)]) == tuple(turns)


def test_a_speakers_own_short_pause_is_closed_but_not_over_another_voice() -> None:
    assert tidy([turn(0, 500, "A"), turn(700, 900, "A")], [Span(0, 900)]) == (turn(0, 900, "A"),)
    between = [turn(0, 500, "A"), turn(450, 750, "B"), turn(700, 900, "A")]
    assert len(tidy(between, [Span(0, 900)])) == 3


def test_turns_end_where_speech_ends() -> None:
    found = tidy([turn(0, 5000, "A")], [Span(100, 900), Span(4000, 4500)])
    assert [t.span for t in found] == [Span(100, 900), Span(4000, 4500)]


def test_unlabelled_speech_goes_to_the_nearest_or_to_the_voice_that_fits() -> None:
    turns = [turn(0, 1000, "A"), turn(8000, 9000, "B")]
    speech = [Span(0, 1000), Span(2000, 3000), Span(8000, 9000)]
    assert tidy(turns, speech)[1] == turn(2000, 3000, "A")
    assert tidy(turns, speech, judge=lambda span: "B")[1] == turn(2000, 3000, "B")


def test_rims_of_speech_spans_are_nobodys() -> None:
    assert tidy([turn(150, 850, "A")], [Span(0, 1000)]) == (turn(150, 850, "A"),)


def test_a_blip_inside_anothers_turn_is_dropped_but_alone_it_stays() -> None:
    assert tidy([turn(0, 900, "A"), turn(400, 480, "B")], [Span(0, 900)]) == (turn(0, 900, "A"),)
    alone = (turn(0, 500, "A"), turn(2000, 2100, "B"))
    assert tidy(alone, [Span(0, 500), Span(2000, 2100)]) == alone


def test_without_turns_one_speaker_has_all() -> None:
    assert tidy([], [Span(0, 100), Span(500, 900)]) == (
        turn(0, 100, "SPEAKER_00"),
        turn(500, 900, "SPEAKER_00"),
    )


ranges = st.tuples(st.integers(0, 20_000), st.integers(1, 4_000))


@given(
    st.lists(st.tuples(ranges, st.sampled_from("AB")), min_size=1, max_size=8),
    st.lists(ranges, min_size=1, max_size=6),
)
def test_speech_is_covered_and_each_speaker_is_consistent(
    raw: list[tuple[tuple[int, int], str]], voiced: list[tuple[int, int]]
) -> None:
    speech = [Span(a, a + n) for a, n in voiced]
    found = tidy([turn(a, a + n, who) for (a, n), who in raw], speech)
    left = subtract(speech, [t.span for t in found])
    assert all(gap.duration_ms < 350 for gap in left)
    assert list(found) == sorted(found, key=lambda t: (t.span, t.speaker))
    for who in "AB":
        own = [t.span for t in found if t.speaker == who]
        assert sum(s.duration_ms for s in own) == overlap_total_ms(Span(0, 10**6), own)
