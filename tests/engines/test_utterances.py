from __future__ import annotations

from itertools import pairwise

from engine_audio import silence

from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.engines.chunks import pack
from qa_pipeline.engines.guards import RawSegment, RawWord
from qa_pipeline.engines.utterances import to_utterances

WHOLE = pack(silence(25), [Span(0, 25_000)])[0]


def utterances(language: str, *words: tuple[str, float, float]) -> tuple[Utterance, ...]:
    raw = tuple(RawWord(text, start, end, 0.8) for text, start, end in words)
    return to_utterances([(WHOLE, [RawSegment(raw, -0.2, 0.0)])], language)


def spread(*texts: str, step_s: float = 0.3) -> list[tuple[str, float, float]]:
    return [(text, i * step_s, i * step_s + 0.25) for i, text in enumerate(texts)]


def test_a_pause_and_a_sentence_end_break() -> None:
    found = utterances(
        "en", (" Hello?", 0, 0.4), (" Hi,", 0.6, 0.8), (" yes", 0.8, 1.0), (" sir", 2.0, 2.3)
    )
    assert [u.text for u in found] == ["Hello?", "Hi, yes", "sir"]
    assert [(u.start_ms, u.end_ms) for u in found] == [(0, 400), (600, 1000), (2000, 2300)]


def test_titles_and_initials_do_not_end_a_sentence() -> None:
    found = utterances("en", *spread(" Thank", " you,", " Mr.", " J.", " King."))
    assert [u.text for u in found] == ["Thank you, Mr. J. King."]


def test_fragments_join_the_word_they_belong_to() -> None:
    found = utterances("en", *spread(" the", " check", "-in", " at", " 10", ":30", " p.m."))
    assert found[0].text == "the check-in at 10:30 p.m."
    assert [w.text for w in found[0].words] == ["the", "check-in", "at", "10:30", "p.m."]


def test_chinese_is_simplified_in_words_and_text_alike() -> None:
    found = utterances("zh", *spread("請", "問", "您", "貴", "姓?", "我", "姓", "陳", "。"))
    assert [u.text for u in found] == ["请问您贵姓？", "我姓陈。"]
    assert "".join(w.text for u in found for w in u.words) == "请问您贵姓？我姓陈。"


def test_a_space_within_chinese_is_a_comma() -> None:
    found = utterances("zh", *spread("好", "的", " 王", "先", "生", " King", "您", "好"))
    assert found[0].text == "好的，王先生King您好"


def test_digits_in_chinese_stay_as_they_are() -> None:
    found = utterances("zh", *spread("三", "点", "10:30", "3.5", "元"))
    assert found[0].text == "三点10:30 3.5元"


def test_confidence_is_the_mean_of_the_words() -> None:
    raw = (RawWord(" a", 0, 0.2, 0.5), RawWord(" b", 0.2, 0.4, 1.0))
    found = to_utterances([(WHOLE, [RawSegment(raw, -0.2, 0.0)])], "en")
    assert found[0].confidence == 0.75
    assert found[0].words[0].probability == 0.5


def test_words_are_in_order_and_do_not_overlap() -> None:
    found = utterances("en", (" b", 0.5, 1.2), (" a", 0.0, 0.7), (" c", 1.0, 1.3))
    words = [w for u in found for w in u.words]
    assert [w.text for w in words] == ["a", "b", "c"]
    assert all(x.end_ms <= y.start_ms for x, y in pairwise(words))


def test_a_long_stretch_without_marks_breaks_at_a_short_pause() -> None:
    words = [(f" w{i}", i * 0.5, i * 0.5 + 0.45) for i in range(34)]
    words += [(" next", 17.3, 17.5)]
    found = utterances("en", *words)
    assert [len(u.words) for u in found] == [34, 1]


def test_nothing_read_gives_no_utterances() -> None:
    assert to_utterances([], "en") == ()
    assert to_utterances([(WHOLE, [])], "zh") == ()
