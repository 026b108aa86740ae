"""Names told letter by letter: "K-I-N-G", "b r o w n", "B as in bravo"."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.language.name_reading import is_given, is_surname
from qa_pipeline.language.name_tokens import FILLERS, Token, is_spelled, tokenise
from qa_pipeline.language.text import word_set

_LEAST = 3
_UNLISTED_LEAST = 4
_AS_IN = word_set("as for like")
_DOUBLE = "double"


def spelled_word(text: str) -> str | None:
    """The name spelled in a text, lower case, or None.

    At least three letters, four where the word is on no list of names.

    Example:
        >>> spelled_word("it's king, k i n g"), spelled_word("B as in bravo, R, O, W, N")
        ('king', 'brown')
        >>> spelled_word("the code is A B C") is None
        True
    """
    for word in _runs(tokenise(text)):
        listed = is_given(word) or is_surname(word)
        if len(word) >= (_LEAST if listed else _UNLISTED_LEAST):
            return word
    return None


def _runs(tokens: Sequence[Token]) -> list[str]:
    """Every row of letters, "double l" as two and "b as in bravo" as one."""
    found: list[str] = []
    letters = ""
    at = 0
    while at < len(tokens):
        word = tokens[at].norm
        following = tokens[at + 1].norm if at + 1 < len(tokens) else ""
        if is_spelled(tokens[at]):
            letters += word.replace("-", "")
        elif len(word) == 1 and word.isalpha():
            letters += word
            at += _described(tokens, at, word)
        elif word == _DOUBLE and len(following) == 1:
            letters += following * 2
            at += 1
        elif word not in FILLERS and not (word == "and" and letters):
            found.append(letters)
            letters = ""
        at += 1
    return [run for run in (*found, letters) if run]


def _described(tokens: Sequence[Token], at: int, letter: str) -> int:
    """How many words after a letter tell which one it is: "as in bravo", "for bravo"."""
    following = [t.norm for t in tokens[at + 1 : at + 4]]
    if following[:2] == ["as", "in"] and following[2:] and following[2].startswith(letter):
        return 3
    if (
        following[:1]
        and following[0] in _AS_IN
        and following[1:]
        and (following[1].startswith(letter))
    ):
        return 2
    return 0
