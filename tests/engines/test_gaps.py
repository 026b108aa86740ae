"""Speech without words is read again for itself, and only what was probably said is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from engine_audio import noise, silence

from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Utterance, Word
from qa_pipeline.engines.chunks import Chunk, pack
from qa_pipeline.engines.gaps import LEAST_GAP_MS, believed, with_rims, wordless
from qa_pipeline.engines.guards import TEMPERATURES, RawSegment, RawWord
from qa_pipeline.engines.whisper import SECOND_TEMPERATURES, WhisperTranscriber

CALL = np.concatenate([silence(1), noise(3), silence(1), noise(3), silence(1)])
SPEECH = (Span(1_000, 4_000), Span(5_000, 8_000))


def word(text: str, start_s: float, probability: float = 0.8) -> RawWord:
    return RawWord(f" {text}", start_s, start_s + 0.4, probability)


class ForgetfulReader(WhisperTranscriber):
    """Writes of each window the next of the texts that it was given."""

    name = "forgetful"
    version = "1"
    _instead = "another"

    def __init__(self, *readings: Sequence[RawWord]) -> None:
        self.readings = list(readings)
        self.asked: list[tuple[str, tuple[float, ...], tuple[Span, ...]]] = []

    def _language_probabilities(self, window: Chunk) -> Mapping[str, float]:
        return {"en": 1.0}

    def _read(
        self,
        chunk: Chunk,
        language: str,
        prompt: str,
        temperatures: tuple[float, ...] = TEMPERATURES,
    ) -> list[RawSegment]:
        self.asked.append((prompt, temperatures, tuple(piece.span for piece in chunk.pieces)))
        return [RawSegment((spoken,), -0.3, 0.1) for spoken in self.readings.pop(0)]


FIRST = [word(text, at) for text, at in (("hello", 0.2), ("this", 1.0), ("is", 1.7), ("Ann", 2.4))]


def test_a_window_half_read_is_read_to_its_end() -> None:
    rest = [word("my", 0.4), word("parcel", 1.2), word("came", 2.0)]
    reader = ForgetfulReader(FIRST, FIRST, rest)
    found = reader.transcribe(CALL, SPEECH, "en", ["Ann Bell"])
    assert " ".join(u.text for u in found) == "hello this is Ann my parcel came"
    assert found[0].start_ms < 1_500
    assert all(SPEECH[1].contains(w.start_ms) for u in found[1:] for w in u.words)
    assert [prompt for prompt, _, _ in reader.asked] == ["Names: Ann Bell.", "", ""]
    assert reader.asked[2] == ("", SECOND_TEMPERATURES, (SPEECH[1],))


def test_a_window_that_was_read_is_not_read_twice() -> None:
    rest = [word(text, at) for text, at in (("my", 3.6), ("parcel", 4.4), ("came", 5.2), ("so", 6))]
    reader = ForgetfulReader([*FIRST, *rest])
    reader.transcribe(CALL, SPEECH, "en")
    assert len(reader.asked) == 1


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        ([word("parcels", 0.5, 0.49), word("came", 1.5)], "came"),
        ([word("parcels", 0.5), word("parcels", 1.5)], ""),
        ([word("yes", 0.5), word("yes", 1.5)], "yes yes"),
        ([word("Thanks for watching!", 0.5, 0.6)], ""),
    ],
)
def test_what_was_probably_invented_is_left_out(heard: list[RawWord], kept: str) -> None:
    found = ForgetfulReader(FIRST, heard).transcribe(CALL, SPEECH, "en")
    assert " ".join(u.text for u in found) == f"hello this is Ann {kept}".strip()


def test_where_the_model_itself_doubts_that_anybody_speaks_nothing_is_added() -> None:
    chunk = pack(CALL, [SPEECH[1]])[0]
    for no_speech, kept in ((0.65, 1), (0.8, 0)):
        segment = RawSegment((word("back", 1.0),), -0.9, no_speech)
        ((_, found),) = believed([(chunk, [segment])], [SPEECH[1]])
        assert len(found) == kept


def test_words_at_the_rim_are_not_doubled() -> None:
    """The rim around a gap is heard with it, but its words are the first reading's."""
    long = (Span(1_000, 8_000),)
    reader = ForgetfulReader(FIRST, [word("Ann", 0.0), word("came", 2.0)])
    found = reader.transcribe(CALL, long, "en")
    assert reader.asked[1][2] == (Span(4_000, 8_000),)
    assert " ".join(u.text for u in found) == "hello this is Ann came"


def test_gaps_are_what_lies_apart_from_every_word() -> None:
    said = Utterance(1_000, 4_000, "a b", (Word(1_000, 1_400, "a"), Word(3_600, 4_000, "b")))
    assert wordless([said], [Span(0, 4_000)]) == (Span(1_900, 3_100),)
    assert wordless([said], [Span(0, 4_500 + LEAST_GAP_MS - 1)]) == (Span(1_900, 3_100),)
    assert wordless([], [Span(0, 700), Span(2_000, 3_000)]) == (Span(2_000, 3_000),)
    assert with_rims([Span(100, 1_000)], [Span(0, 1_100), Span(1_200, 2_000)]) == (
        Span(0, 1_100),
        Span(1_200, 1_300),
    )
