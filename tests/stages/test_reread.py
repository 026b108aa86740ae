"""Which stretches are heard a second time, and what becomes of the transcript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span, total_ms
from qa_pipeline.domain.transcript import Transcript, Utterance, Word
from qa_pipeline.language.utterances import grouped
from qa_pipeline.ports import SecondReader
from qa_pipeline.stages.reread import choose, reread

MINUTE = np.zeros(60 * 16_000, dtype=np.float32)


def spoken(start_ms: int, text: str, probability: float, channel: int | None = None) -> Utterance:
    words = tuple(
        Word(start_ms + n * 300, start_ms + n * 300 + 280, part, probability)
        for n, part in enumerate(text.split())
    )
    return Utterance(start_ms, words[-1].end_ms, text, words, channel, None, probability)


def read(*utterances: Utterance, language: str = "en") -> Transcript:
    return Transcript(language, 1.0, utterances, "test 1")


def around(*utterances: Utterance) -> tuple[Span, ...]:
    return tuple(Span(max(0, u.start_ms - 50), u.end_ms + 50) for u in utterances)


@dataclass
class Rereader:
    """A recogniser whose second reading is given."""

    again: tuple[Utterance, ...] = ()
    asked: list[tuple[Span, ...]] = field(default_factory=list)
    name: str = "second"
    version: str = "1"

    def read_again(
        self, samples: FloatArray, speech: Sequence[Span], language: str, hints: Sequence[str] = ()
    ) -> tuple[Utterance, ...]:
        self.asked.append(tuple(speech))
        inside = [
            word
            for utterance in self.again
            for word in utterance.words
            if any(span.contains(word.start_ms) for span in speech)
        ]
        return grouped(inside, language)

    def transcribe(
        self, samples: FloatArray, speech: Sequence[Span], language: str, hints: Sequence[str] = ()
    ) -> tuple[Utterance, ...]:
        raise AssertionError("the first reading is done")

    def detect_language(
        self, samples: FloatArray, speech: Sequence[Span], candidates: Sequence[str]
    ) -> None:
        raise AssertionError("the language is known")


SURE = spoken(20_000, "the meter was read on Monday", 0.99)
UNSURE = spoken(24_000, "nay aye put you on bold", 0.5)


def test_what_is_settled_is_not_heard_again() -> None:
    reader = Rereader()
    first = read(SURE)
    assert reread([MINUTE], [around(SURE)], first, reader) == first
    assert reader.asked == []


def test_the_doubtful_stretch_is_read_again_and_the_rest_left_alone() -> None:
    better = spoken(24_000, "may I put you on hold", 0.8)
    reader = Rereader((better,))
    found = reread([MINUTE], [around(SURE, UNSURE)], read(SURE, UNSURE), reader, share=0.6)
    assert reader.asked == [around(UNSURE)]
    assert [u.text for u in found.utterances] == [SURE.text, better.text]
    assert found.utterances[0] == SURE
    assert found.utterances[1].start_ms == 24_000


def test_a_stretch_that_stays_disputed_is_less_sure() -> None:
    worse = spoken(24_000, "day aye foot shoe gone bald", 0.4)
    found = reread(
        [MINUTE], [around(SURE, UNSURE)], read(SURE, UNSURE), Rereader((worse,)), share=0.6
    )
    assert found.utterances[1].text == UNSURE.text
    assert found.utterances[1].confidence < UNSURE.confidence


def test_speech_without_words_is_heard_again_first() -> None:
    silent = Span(27_000, 27_700)
    speech = [(*around(SURE, UNSURE), silent)]
    chosen = choose(read(SURE, UNSURE), speech, share=0.4)
    assert [stretch.span for stretch in chosen] == [silent]
    answer = spoken(27_100, "sure", 0.8)
    found = reread([MINUTE], speech, read(SURE, UNSURE), Rereader((answer,)), share=0.4)
    assert [u.text for u in found.utterances] == [SURE.text, UNSURE.text, "sure"]


def test_no_more_than_the_share_is_heard_again() -> None:
    many = [spoken(n * 3_000, "who knows what this was", 0.5) for n in range(15)]
    speech = [around(*many)]
    for share in (0.0, 0.2, 0.35, 1.0):
        chosen = choose(read(*many), speech, share=share)
        assert total_ms(s.span for s in chosen) <= share * total_ms(speech[0])
    assert len(choose(read(*many), speech, share=1.0)) == 15


def test_the_speech_around_a_stretch_is_paid_for() -> None:
    close = [spoken(n * 2_000, "who knows what this was", 0.5) for n in range(15)]
    speech = [around(*close)]
    for share in (0.2, 0.35, 0.6):
        reader = Rereader()
        reread([MINUTE], speech, read(*close), reader, share=share)
        assert 0 < total_ms(reader.asked[0]) <= share * total_ms(speech[0])


def test_what_is_around_neighbours_is_paid_for_once() -> None:
    close = [spoken(20_000 + n * 2_000, "who knows what this was", 0.5) for n in range(3)]
    sure = [spoken(at, "it was sent on Monday", 0.99) for at in (18_000, 26_000)]
    calls = sorted([*close, *sure], key=lambda u: u.start_ms)
    speech = around(*calls)
    reader = Rereader()
    reread([MINUTE], [speech], read(*calls), reader, share=1.0)
    assert len(choose(read(*calls), [speech], share=1.0)) == 3
    assert total_ms(reader.asked[0]) == total_ms(speech)


def test_where_verdicts_look_counts_for_more() -> None:
    talk = [spoken(n * 3_000, "what was said here now", 0.8) for n in range(30)]
    asked = spoken(90_000, "one moment let me look", 0.8)
    back = spoken(110_000, "it was sent on Monday", 0.8)
    end = [spoken(112_000 + n * 3_000, "what was said here now", 0.8) for n in range(20)]
    named = spoken(60_000, "that is right Mr. Brooks", 0.8)
    calls = sorted([*talk[:20], named, *talk[21:], asked, back, *end], key=lambda u: u.start_ms)
    chosen = choose(read(*calls), [around(*calls)], share=0.45)
    starts = {stretch.words[0].start_ms for stretch in chosen if stretch.words}
    assert {60_000, 90_000, 110_000} <= starts
    assert not {30_000, 36_000, 45_000} & starts


def test_a_name_that_only_sounds_like_a_hint_counts_for_more() -> None:
    talk = [spoken(n * 3_000, "what was said here now", 0.8) for n in range(40)]
    calls = [*talk[:15], spoken(45_000, "so that is Kelvyn then", 0.8), *talk[16:]]
    chosen = choose(read(*calls), [around(*calls)], ["Kelvin Brooks"], share=0.05)
    assert 44_950 in {stretch.span.start_ms for stretch in chosen}
    unnamed = choose(read(*calls), [around(*calls)], share=0.05)
    assert 44_950 not in {stretch.span.start_ms for stretch in unnamed}


def test_channels_share_windows_and_each_word_keeps_its_own() -> None:
    agent, customer = spoken(1_000, "hello hear", 0.4, 0), spoken(3_000, "high", 0.4, 1)
    reader = Rereader((spoken(1_000, "hello here", 0.9), spoken(63_000, "hi", 0.9)))
    found = reread(
        [MINUTE, MINUTE], [around(agent), around(customer)], read(agent, customer), reader, share=1
    )
    (own,), (other,) = around(agent), around(customer)
    assert reader.asked == [(own, Span(other.start_ms + 60_000, other.end_ms + 60_000))]
    for utterances in (found.utterances, found.second):
        assert [(u.channel, u.start_ms, u.text) for u in utterances] == [
            (0, 1_000, "hello here"),
            (1, 3_000, "hi"),
        ]
    assert isinstance(reader, SecondReader)
