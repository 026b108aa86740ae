from __future__ import annotations

import pytest

from qa_pipeline.language.matching import Phrase, PhraseError, sound, tokens


def found(source: str, text: str, **words: list[str]) -> bool:
    return Phrase(source, words).find(tokens(text)) is not None


def test_the_parts_of_the_language() -> None:
    assert found("how (can|may) i [best] help", "So how may I help?")
    assert found("how (can|may) i [best] help", "how can I best help")
    assert not found("how (can|may) i help", "how could I help")
    assert found("is there ~2 else", "is there really anything else")
    assert not found("is there ~1 else", "is there really anything else")
    assert found("frustrat*", "this is frustrating")
    assert found("have *ed", "I have ordered")
    assert found("^ hello", "hello you") and not found("^ hello", "well hello")
    assert found("bye $", "good bye") and not found("bye $", "bye now")
    assert found("please @wait", "please hang on", wait=["hold", "hang on"])


def test_contractions_and_fillers_are_levelled() -> None:
    assert found("i will check", "uh, I'll um check")
    assert found("can not wait", "I can't wait")
    assert found("okay", "O.K.") and found("mmhm", "Mm-hm.")


def test_slots_catch_words() -> None:
    match = Phrase("my name is <name> $").find(tokens("my name is Anna Reed"))
    assert match is not None and match.slots == {"name": "anna reed"}


def test_every_place_is_found() -> None:
    places = [m.first for m in Phrase("no").find_all(tokens("no but no"))]
    assert places == [0, 2]


def test_homophones_match_by_sound_only() -> None:
    phrase = Phrase("请您稍等")
    assert phrase.find(tokens("请您烧等")) is None
    assert next(phrase.find_all_by_sound(tokens("请您烧等")), None) is not None
    assert next(phrase.find_all_by_sound(tokens("请您再见")), None) is None
    assert next(Phrase("请您稍=等").find_all_by_sound(tokens("请您稍登")), None) is None
    assert sound("是") == sound("四") and sound("好") != sound("行")


def test_positions_are_those_of_the_text() -> None:
    text = "It's at 10 a.m. today"
    assert [text[t.start : t.end] for t in tokens(text)][-2:] == ["a.m.", "today"]


@pytest.mark.parametrize(
    "source", ["(a|b", "a)", "[a", "", "@nothing", "a_b", "a {2}", "( )"]
)  # fmt: skip
def test_malformed_phrases_are_refused(source: str) -> None:
    with pytest.raises(PhraseError):
        Phrase(source)


def test_what_a_pattern_cannot_hold_is_refused_before_it_is_used() -> None:
    with pytest.raises(PhraseError, match="<name> stands in it more than once"):
        Phrase("this is <name> or <name>")
    with pytest.raises(PhraseError, match="'~99999' is more than"):
        Phrase("so ~99999 long")
