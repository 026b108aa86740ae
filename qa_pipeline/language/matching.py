"""A small phrase language for acts: readable in YAML, compiled to regular expressions.

==============  ==============================================================================
``word``        this token (an English word; in Chinese every character is a token)
``word*``       a token that begins so; ``*ed`` one that ends so
``=等``         this character as it is written, never by its sound
``{满意}``      these characters, by sound also as near syllables (the same beginning or ending)
``(a|b c|d)``   one of these
``[a b]``       these or nothing
``~``, ``~6``   a gap of at most 3 (or 6) tokens
``<name>``      one to three tokens (two to four characters), caught under that name
``@word``       one of a list under ``words`` in the file
``^``, ``$``    at the beginning, at the end of the sentence
==============  ==============================================================================

Chinese phrases are compiled a second time to toneless syllables, folded over the confusions that
recognisers and regional accents make, so that a homophone in the transcript still matches. What a
recogniser makes of a telephone voice is often only near ("吗你吗" for 满意吗): inside braces every
syllable that begins or ends alike matches too, so the phrase needs a firm frame around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from qa_pipeline.language.near_sounds import near_sound, sound

_EXPANSIONS = {
    "can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not",
    "let's": "let us", "gonna": "going to", "wanna": "want to", "gotta": "got to",
    "lemme": "let me", "gimme": "give me", "ok": "okay", "mkay": "okay", "okey": "okay",
    "alrighty": "alright", "y'all": "you all", "ya": "you", "thankyou": "thank you",
    "yep": "yes", "yup": "yes", "yea": "yeah", "nope": "no", "nah": "no", "sec": "second",
    "secs": "seconds", "mins": "minutes", "min": "minute", "mhm": "mmhm", "mmhmm": "mmhm",
    "mhmm": "mmhm", "hmm": "mmhm", "aha": "mmhm",
}  # fmt: skip
_SUFFIXES = {"'ll": " will", "'re": " are", "'ve": " have", "'m": " am", "'d": " would"}
_IS_HOSTS = {
    "it",
    "that",
    "what",
    "there",
    "here",
    "how",
    "who",
    "where",
    "he",
    "she",
    "everything",
}
_FILLERS = {"uh", "um", "uhm", "er", "erm", "ah", "呃"}
_PAD = "\x01"  # fills up what a joined spelling is shorter by
_HAN = re.compile(r"[\u3400-\u9fff]")
_SLOT = re.compile(r"\(\?P<([a-z_]+)>")
_MOST_BETWEEN = 1_000  # tokens of a gap
_RAW_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?\x01*|\d|[\u3400-\u9fff]")
_JOINED = (
    (re.compile(r"\b(m+)[\s-]h+m+\b"), "mmhm"),
    (re.compile(r"\b(u+h+|a+h+)[\s-]hu+h+\b"), "mmhm"),
    (re.compile(r"\bo\.?k\.?(?=\W|$)"), "okay"),
    (re.compile(r"\b([ap])\.?\s?m\b\.?"), r"\1m"),
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token and the characters of the text that it stands for."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PhraseMatch:
    """Where a phrase was found: tokens ``[first, last)``, and what its slots caught."""

    first: int
    last: int
    slots: Mapping[str, str] = field(default_factory=dict)


def tokens(text: str) -> tuple[Token, ...]:
    """Tokens with contractions written out and fillers dropped; positions are of `text`.

    Example:
        >>> [t.text for t in tokens("Uh, I'll check. 好吗?")]
        ['i', 'will', 'check', '好', '吗']
    """
    lowered = text.lower().replace("’", "'")
    if len(lowered) != len(text):  # a letter whose lower case is longer: positions would shift
        lowered = "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
    for expression, joined in _JOINED:
        lowered = expression.sub(partial(_padded, joined), lowered)
    found: list[Token] = []
    for match in _RAW_TOKEN.finditer(lowered):
        for part in _expanded(match.group().rstrip(_PAD)).split():
            token = Token(part, match.start(), match.end())
            repeated = bool(found) and found[-1].text == part and len(part) > 1
            if part not in _FILLERS and not repeated:
                found.append(token)
    return tuple(found)


def _padded(joined: str, match: re.Match[str]) -> str:
    """The replacement at the width of what it replaces, so that positions stay true."""
    width = match.end() - match.start()
    return match.expand(joined)[:width].ljust(width, _PAD)


def _expanded(word: str) -> str:
    if word in _EXPANSIONS:
        return _EXPANSIONS[word]
    for suffix, full in _SUFFIXES.items():
        if word.endswith(suffix):
            return word[: -len(suffix)] + full
    if word.endswith("n't"):
        return word[:-3] + " not"
    if word.endswith("'s"):
        return word[:-2] + " is" if word[:-2] in _IS_HOSTS else word[:-2]
    return word.replace("'", "")


class PhraseError(ValueError):
    """A phrase is not well formed."""


class Phrase:
    """One compiled phrase.

    Args:
        source: the phrase in the language of this module.
        words: the lists that ``@name`` may refer to.

    Raises:
        PhraseError: the phrase is not well formed.

    Example:
        >>> Phrase("how (can|may) i ~ help you").find(tokens("Hi, how may I best help you?"))
        PhraseMatch(first=1, last=7, slots={})
    """

    def __init__(self, source: str, words: Mapping[str, Sequence[str]] | None = None) -> None:
        self.source = source
        self._words = words or {}
        self._expression = _Parser(source, self._words, by_sound=False).parse()
        slots = _SLOT.findall(self._expression)
        if twice := {slot for slot in slots if slots.count(slot) > 1}:
            raise PhraseError(f"'{source}': <{min(twice)}> stands in it more than once")

    def find(self, text: Sequence[Token]) -> PhraseMatch | None:
        """The first place where the phrase is, if any."""
        return next(self.find_all(text), None)

    def find_all(self, text: Sequence[Token]) -> Iterator[PhraseMatch]:
        """Every place where the phrase is, from left to right."""
        written = [t.text for t in text]
        return _search(self._pattern, written, written)

    def find_all_by_sound(self, text: Sequence[Token], least: int = 4) -> Iterator[PhraseMatch]:
        """Every place that sounds like the phrase and is at least `least` tokens long."""
        written = [t.text for t in text]
        for match in _search(self._sound, [sound(t) for t in written], written):
            if match.last - match.first >= least:
                yield match

    # Compiled when first asked for: who only judges kept calls needs none of some thousands.

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return _anchored(self._expression)

    @cached_property
    def _sound(self) -> re.Pattern[str]:
        return _anchored(_Parser(self.source, self._words, by_sound=True).parse())


def _anchored(expression: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|(?<= )){expression}")


def _search(
    pattern: re.Pattern[str], haystack: Sequence[str], written: Sequence[str]
) -> Iterator[PhraseMatch]:
    joined = "".join(f"{token} " for token in haystack)
    at = 0
    while (match := pattern.search(joined, at)) is not None:
        # The next search begins one token on, so that a vetoed match hides no later one.
        at = max(joined.find(" ", match.start()) + 1, match.start() + 1)
        if match.start() < match.end():
            slots = {
                name: " ".join(written[joined.count(" ", 0, one) : joined.count(" ", 0, end)])
                for name in pattern.groupindex
                if (one := match.start(name)) >= 0 and (end := match.end(name)) >= one
            }
            first = joined.count(" ", 0, match.start())
            yield PhraseMatch(first, joined.count(" ", 0, match.end()), slots)
        if at >= len(joined):
            return


class _Parser:
    """Recursive descent over one phrase; every piece matches tokens with their trailing space."""

    _LEXER = re.compile(
        r"[()\[\]{}|^$]|~\d*|<[a-z_]+>|@[a-z_]+|\*?[a-z0-9']+\*?|=?[\u3400-\u9fff]|\s+|."
    )

    def __init__(self, source: str, words: Mapping[str, Sequence[str]], by_sound: bool) -> None:
        self._source = source
        self._words = words
        self._by_sound = by_sound
        lowered = source.lower().replace("’", "'")
        self._items: list[str] = [m for m in self._LEXER.findall(lowered) if not m.isspace()]
        self._at = 0
        self._near = False  # inside braces

    def _is_chinese(self) -> bool:
        texts = (self._source, *(word for words in self._words.values() for word in words))
        return any(_HAN.search(text) for text in texts)

    def parse(self) -> str:
        expression = self._alternatives()
        if self._near:
            raise PhraseError(f"'{self._source}': '{{' is not closed")
        if self._at < len(self._items):
            raise PhraseError(f"'{self._source}': '{self._items[self._at]}' closes nothing")
        if not expression.strip("^$|()?:"):
            raise PhraseError(f"'{self._source}' is empty")
        return f"(?:{expression})"

    def _alternatives(self) -> str:
        branches = [self._sequence()]
        while self._at < len(self._items) and self._items[self._at] == "|":
            self._at += 1
            branches.append(self._sequence())
        return "|".join(branches)

    def _sequence(self) -> str:
        parts: list[str] = []
        while self._at < len(self._items) and self._items[self._at] not in ")]|":
            parts.append(self._item())
        return "".join(parts)

    def _item(self) -> str:  # noqa: PLR0911 - one line per sign
        item = self._items[self._at]
        self._at += 1
        if item in "([":
            inner = self._alternatives()
            closing = ")" if item == "(" else "]"
            if self._at >= len(self._items) or self._items[self._at] != closing:
                raise PhraseError(f"'{self._source}': '{item}' is not closed")
            self._at += 1
            return f"(?:{inner})" + ("?" if item == "[" else "")
        if item in "^$":
            return item
        if item in "{}":
            return self._turn_near(item)
        if item.startswith("~"):
            most = int(item[1:] or 3)
            if most > _MOST_BETWEEN:
                raise PhraseError(f"'{self._source}': '{item}' is more than {_MOST_BETWEEN}")
            return rf"(?:\S+ ){{0,{most}}}?"
        if item.startswith("<"):
            return rf"(?P<{item[1:-1]}>(?:\S+ ){{{'2,4' if self._is_chinese() else '1,3'}}}?)"
        if item.startswith("@"):
            return self._list(item[1:])
        return self._literal(item)

    def _turn_near(self, item: str) -> str:
        if (item == "{") is self._near:
            raise PhraseError(f"'{self._source}': '{item}' has no partner")
        self._near = item == "{"
        return ""

    def _list(self, name: str) -> str:
        if name not in self._words:
            known = ", ".join(sorted(self._words)) or "none"
            raise PhraseError(f"'{self._source}': there is no list '@{name}' (there are: {known})")
        own = {key: value for key, value in self._words.items() if key != name}
        inner = (_Parser(word, own, self._by_sound).parse() for word in self._words[name])
        return f"(?:{'|'.join(inner)})"

    def _literal(self, item: str) -> str:
        if self._near and not re.fullmatch(r"[\u3400-\u9fff]", item):
            raise PhraseError(f"'{self._source}': only Chinese characters stand in braces")
        if item.startswith("=") and len(item) > 1:
            return "(?!)" if self._by_sound else f"{item[1:]} "
        if item.startswith("*") and len(item) > 1:
            return rf"\S*{re.escape(item[1:])} "
        if item.endswith("*") and len(item) > 1:
            return rf"{re.escape(item[:-1])}\S* "
        if not re.fullmatch(r"[a-z0-9']+|[\u3400-\u9fff]", item):
            raise PhraseError(f"'{self._source}': '{item}' has no meaning here")
        if item.isdigit():
            return "".join(f"{digit} " for digit in item)
        if self._near and self._by_sound:
            return f"{near_sound(item)} "
        expanded = _expanded(item).split()
        return "".join(f"{re.escape(sound(w) if self._by_sound else w)} " for w in expanded)
