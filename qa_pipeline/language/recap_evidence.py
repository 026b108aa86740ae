"""What speaks for and against a stretch of the agent's talk summing up the call.

Nothing here decides. Each stretch (a window of one to four sentences in a row) gets figures on what
it repeats, of how many earlier moments, how much of it is new, in which form it is said, what it
follows and what is still said after it; the weights that turn them into a probability are data
(`recap` in the acts' files).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from qa_pipeline.domain.recording import Role
from qa_pipeline.language.acts import ActDefinition
from qa_pipeline.language.content import NOTHING, Content, content
from qa_pipeline.language.sentence_forms import CONFIRMS
from qa_pipeline.language.sentences import Sentence

FORMS = ("recap_cue", "restate_request", "action_done", "action_passive", "action_planned",
         "readback_cue")  # fmt: skip
FIGURES = (
    "shared", "says", "echo", "numbers", "heard", "far", "left", "fresh", "closes", "asked",
    "answers", "told", *FORMS,
)  # fmt: skip
LONGEST = 4  # sentences: a summary told item by item
_BREAKS = frozenset(
    {"ask_hold", "thanks_for_waiting", "greeting", "ask_anything_else",
     "ask_satisfaction", "farewell", "check_understanding"}
)  # fmt: skip
_CLOSING = frozenset({"ask_anything_else", "ask_satisfaction", "farewell", "invite_again"})
_BRIEF = 2  # content units (times the language's scale) of a mere "one moment"
_FULL = 5  # content units beyond which a sentence says more than that the call ends
_SAID = 3  # content units; fewer without the form of a report sum up nothing: "mind the floor"
_NOTED = 2  # content units from which on a sentence says something
_RECENT = 2  # blocks before the agent's own that are the exchange just going on
_TITLED = {
    "en": re.compile(r"\b(?:mr|mrs|ms|miss|mister)\.? [a-z]+\b", re.IGNORECASE),
    "zh": re.compile(r"[\u4e00-\u9fff](?=先生|女士|小姐)"),
}


class CallView:
    """The sentences of a call with what each is about; `names` are the parties' own."""

    def __init__(
        self,
        sentences: Sequence[Sentence],
        kinds: Sequence[frozenset[str]],
        acts: Mapping[str, ActDefinition],
        language: str,
        names: Sequence[str] = (),
    ) -> None:
        self.sentences = sentences
        self._kinds = kinds
        self._acts = acts
        self._language = language
        self._scale = 2 if language == "zh" else 1  # a word is one unit, or a pair or two
        self._content = [_about(s.text, language, names) for s in sentences]
        self._block = _blocks(sentences)
        self._known: dict[tuple[str, int], bool] = {}
        self._first: dict[str, int] = {}
        self._heard: dict[str, int] = {}
        self._fresh: list[int] = []
        self._only_informed = self._asks_only_for_information()
        for index, about in enumerate(self._content):
            units = _units(about)
            self._fresh.append(sum(unit not in self._first for unit in units))
            for unit in units:
                self._first.setdefault(unit, index)
                if sentences[index].role is Role.CUSTOMER:
                    self._heard.setdefault(unit, index)

    def windows(self) -> Iterator[tuple[int, ...]]:
        """Stretches of up to `LONGEST` of the agent's sentences with nothing but "mm-hm" between.

        Yields:
            Indices of sentences in order.
        """
        run: list[int] = []
        for index in range(len(self.sentences)):
            if self._says_nothing(index):
                continue
            if self._breaks(index):
                run = []
                continue
            run.append(index)
            for length in range(1, min(LONGEST, len(run)) + 1):
                yield tuple(run[-length:])

    def figures(self, window: Sequence[int]) -> dict[str, float] | None:
        """The figures of a window by name (`FIGURES`); None where it repeats next to nothing."""
        first, last = window[0], window[-1]
        own = NOTHING
        for index in window:
            own = own | self._content[index]
        units = _units(own)
        repeated = {unit for unit in units if self._first[unit] < first} - own.identity
        numbers = {unit for unit in repeated if unit in own.numbers}
        words = repeated - numbers
        found = {form: float(any(self._is(form, i) for i in window)) for form in FORMS}
        if not repeated or (len(units) < _SAID and not any(found.values())):
            return None
        merely_asks = all(self._truly_asks(i) for i in window)
        if merely_asks and len(units) <= _FULL * self._scale and not any(found.values()):
            return None
        scale = self._scale
        here = self._block[first]
        far = {self._block[self._first[unit]] for unit in repeated}
        says_new = bool(own.numbers - numbers) or len(repeated) < len(units) / 2
        later = [i for i in range(last + 1, len(self.sentences)) if not self._kinds[i] & _CLOSING]
        return found | {
            "shared": math.log1p(len(words) / scale),
            "says": math.log1p(len(units) / scale),
            "echo": float(min(far) >= here - 1),
            "numbers": min(3.0, len(numbers)),
            "heard": math.log1p(
                sum(self._heard.get(unit, first) < first for unit in repeated) / scale
            ),
            "far": min(5.0, sum(block < here - _RECENT for block in far)),
            "left": min(6.0, sum(len(_units(self._content[i])) >= _NOTED * scale for i in later)),
            "fresh": min(4.0, sum(self._fresh[i] >= _NOTED * scale for i in later)),
            "closes": float(self._closes_soon(last, 2)),
            "asked": float(any(self._truly_asks(i) for i in window)),
            "answers": float(self._answers(first)),
            "told": float(self._only_informed and not any(found.values()) and says_new),
        }

    def shared(self, window: Sequence[int]) -> tuple[str, ...]:
        """The units that a window repeats, sorted."""
        own = NOTHING
        for index in window:
            own = own | self._content[index]
        return tuple(sorted(u for u in _units(own) if self._first[u] < window[0]))

    def _is(self, form: str, index: int) -> bool:
        if (form, index) not in self._known:  # windows overlap, and matching by sound is slow
            definition = self._acts.get(form)
            tokens = self.sentences[index].tokens
            self._known[form, index] = definition is not None and bool(definition.find(tokens))
        return self._known[form, index]

    def _says_nothing(self, index: int) -> bool:
        """Whether a customer's sentence is a mere sign of listening."""
        sentence = self.sentences[index]
        return (
            sentence.role is Role.CUSTOMER
            and len(sentence.tokens) <= 2
            and not sentence.asked
            and not _units(self._content[index])
        )

    def _breaks(self, index: int) -> bool:
        if self.sentences[index].role is not Role.AGENT:
            return True
        # "Anything else?" ends a stretch; a long sentence that says so besides does not, for a
        # recogniser writes summary and farewell as one. The same with "one moment".
        said = len(_units(self._content[index]))
        if self._kinds[index] & _BREAKS:
            return said <= _FULL * self._scale
        return said <= _BRIEF * self._scale and "announce_hold" in self._kinds[index]

    def _truly_asks(self, index: int) -> bool:
        """A question that is no mere "right?" behind a statement."""
        sentence = self.sentences[index]
        confirms = CONFIRMS.get(self._language)
        return sentence.asked and not (confirms and confirms.find(sentence.tokens))

    def _answers(self, index: int) -> bool:
        before = [s for s in self.sentences[:index] if s.role is Role.CUSTOMER]
        if index == 0 or self.sentences[index - 1].role is Role.AGENT or not before:
            return False
        return before[-1].asked

    def _asks_only_for_information(self) -> bool:
        asked = [i for i, s in enumerate(self.sentences) if s.role is Role.CUSTOMER]
        action = any(self._is("request_action", i) for i in asked)
        return not action and any(self._is("request_information", i) for i in asked)

    def _closes_soon(self, index: int, within: int) -> bool:
        """Whether the agent closes here, within so many of their own sentences, or says no more."""
        following = [
            i for i in range(index + 1, len(self.sentences)) if self.sentences[i].role is Role.AGENT
        ]
        if any(self._kinds[i] & _CLOSING for i in (index, *following[:within])):
            return True
        return all(len(_units(self._content[i])) < _NOTED * self._scale for i in following)


def _about(text: str, language: str, names: Sequence[str]) -> Content:
    """The content of a sentence without the names of those who talk."""
    for name in names:
        for part in (name, *name.split()):
            if len(part) > 1:
                text = re.sub(re.escape(part), " ", text, flags=re.IGNORECASE)
    titled = _TITLED.get(language)
    return content(titled.sub(" ", text) if titled else text, language)


def _units(about: Content) -> frozenset[str]:
    return about.words | about.numbers


def _blocks(sentences: Sequence[Sentence]) -> list[int]:
    """For each sentence the number of the stretch, of one party, that it stands in."""
    found: list[int] = []
    for index, sentence in enumerate(sentences):
        same = bool(found) and sentences[index - 1].role is sentence.role
        found.append(found[-1] + (not same) if found else 0)
    return found
