"""What speaks for and against a stretch of the agent's talk summing up the call.

Nothing here decides. Each stretch (a window of one to four sentences in a row, late in the call)
gets figures on what it repeats, of how many earlier moments, in which form it is said, how it is
answered and what is still said after it; the weights that turn them into a probability are data
(`recap` in the acts' files).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence, Set

from qa_pipeline.domain.recording import Role
from qa_pipeline.language.acts import ActDefinition
from qa_pipeline.language.content import NOTHING, Content, content
from qa_pipeline.language.near_sounds import sound
from qa_pipeline.language.sentence_forms import CONFIRMS
from qa_pipeline.language.sentences import Sentence
from qa_pipeline.language.sound_runs import SoundRuns

FORMS = ("recap_cue", "restate_request", "action_done", "action_passive", "action_planned",
         "readback_cue")  # fmt: skip
_ACTIONS = ("action_done", "action_passive", "action_planned")
# What each says of a stretch; logarithms, so that the first things repeated count most.
FIGURES = (
    "cue",  # it announces a summary
    "restates",  # it tells what was asked for
    "action",  # it tells what was, is or will be done
    "reports",  # and then the call closes, with no question back: the outcome
    "repeated",  # log of content units said before
    "far",  # log of those that do not come from the exchange just going on
    "moments",  # exchanges that those come from
    "numbers",  # figures said before
    "sounds",  # log of syllables in runs that sound like something said before (Mandarin)
    "sound_moments",  # exchanges that those runs come from
    "length",  # log of all content units
    "words",  # log of all words
    "fresh",  # later sentences that say new things
    "after",  # log of the talk still to come
    "asked_back",  # the answer to it is a question
    "reply",  # log of the words of that answer
    "reply_new",  # content units of that answer that are not in the stretch
    "asked",  # it is itself a question that wants to know something
    "answers",  # the customer had just asked
    "parts",  # it thanks or says goodbye
    "told",  # it tells new things to somebody who only wanted to know them
)
LONGEST = 4  # sentences: a summary told item by item
LATE_PART = (
    0.6  # from this part of the talk on, or in its last `LATE_MS`, the matter can be settled
)
LATE_MS = 120_000
_BREAKS = frozenset(
    {"ask_hold", "thanks_for_waiting", "greeting", "ask_anything_else",
     "ask_satisfaction", "farewell", "check_understanding"}
)  # fmt: skip
_CLOSING = frozenset({"ask_anything_else", "ask_satisfaction", "farewell", "invite_again"})
_PARTING = frozenset({"farewell", "thanks", "invite_again"})
_BRIEF = 2  # content units (times the language's scale) of a mere "one moment"
_FULL = 5  # content units beyond which a sentence says more than that the call ends
_NOTED = 2  # content units from which on a sentence says something
_RECENT = 2  # blocks before the agent's own that are the exchange just going on
_AFTER_MS = 5_000  # the unit of what is still to come
# A short answer to a question is no sign of listening: "it would", "yes please".
_ANSWERING = frozenset(
    {"would", "does", "will", "can", "could", "is", "did", "do", "am", "has", "have", "was",
     "should", "please"}
)  # fmt: skip
# How somebody begins who answers a question of the customer's.
_RETORTS = {
    "en": re.compile(r"(?:oh |well |ah )?(?:no|nope|yes|yeah|not|it (?:does|is|will)|that is)\b"),
    "zh": re.compile(
        "(?:哦|啊|嗯|呃)?"
        "(?:不会|不用|不是|不需要|不要|不收|没有|会的|有的|来得及|来不及|可以的|对的|是的)"
    ),
}  # fmt: skip
_LEAST_SYLLABLES = 3  # of a name that is known by its sound: "时间" sounds like many a short one
_CHARACTERS = 1.6  # Chinese characters that say what an English word does
_TITLED = {
    "en": re.compile(r"\b(?:mr|mrs|ms|miss|mister)\.? [a-z]+\b", re.IGNORECASE),
    "zh": re.compile(r"[\u4e00-\u9fff](?=先生|女士|小姐)"),
}
# The ends of a scale to rate by are no figures of the matter.
_SCALE = {
    "en": re.compile(
        r"\bscale (?:of|from) \w+(?:\W*(?:to|and)?\W*\d+|\W+to\W+\w+)?", re.IGNORECASE
    ),
    "zh": re.compile(r"满分[一五十百\d]+分?|[零一\d]分?(?:到|至)[五十百\d]+分"),
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
        self._fresh: list[int] = []
        self._end_ms = max((s.end_ms for s in sentences), default=0)
        self._runs = (
            SoundRuns([_without_sounding(s.text, names) for s in sentences], self._block)
            if language == "zh"
            else None
        )
        self._sounding: dict[int, tuple[int, frozenset[int]]] = {}
        self._only_informed = self._asks_only_for_information()
        began = self._begins()
        for index, about in enumerate(self._content):
            units = _units(about)
            self._fresh.append(len(_single(units - self._first.keys())))
            # The company's own words, before the customer has said anything, are not the matter.
            own = sentences[index].role is Role.CUSTOMER
            for unit in units if own or index >= began else ():
                self._first.setdefault(unit, index)

    @property
    def by_sound(self) -> bool:
        """Whether what is repeated is told by its sound as well."""
        return self._runs is not None

    def _begins(self) -> int:
        """The first sentence of the customer's that says something."""
        return next(
            (
                index
                for index, sentence in enumerate(self.sentences)
                if sentence.role is Role.CUSTOMER and len(_units(self._content[index])) >= _NOTED
            ),
            0,
        )

    def windows(self) -> Iterator[tuple[int, ...]]:
        """Late stretches of up to `LONGEST` of the agent's sentences, nothing but "mm-hm" between.

        Yields:
            Indices of sentences in order.
        """
        run: list[int] = []
        late_ms = self._late_ms()
        for index in range(len(self.sentences)):
            if self._says_nothing(index) or self.sentences[index].end_ms < late_ms:
                continue
            if self._breaks(index):
                run = []
                continue
            run.append(index)
            for length in range(1, min(LONGEST, len(run)) + 1):
                yield tuple(run[-length:])

    def figures(self, window: Sequence[int]) -> dict[str, float] | None:
        """The figures of a window by name (`FIGURES`); None where it has no content."""
        own = NOTHING
        for index in window:
            own = own | self._content[index]
        if not _units(own):
            return None
        return (
            self._form(window, own) | self._repeats(window, own) | self._place(window, _units(own))
        )

    def form(self, window: Sequence[int]) -> str:
        """How a window is said: one of `FORMS`, or "plain"."""
        return next((f for f in FORMS if any(self._is(f, i) for i in window)), "plain")

    def retorts(self, window: Sequence[int]) -> bool:
        """Whether a window begins as the answer to the customer's question does: "no, it ..."."""
        began = _RETORTS[self._language].match(self.sentences[window[0]].text.lower())
        return began is not None and self._answers(window[0])

    def _form(self, window: Sequence[int], own: Content) -> dict[str, float]:
        first, last = window[0], window[-1]
        units = _units(own)
        known = self._said_before(units, first)
        says_new = len(known - own.identity) < len(units) / 2 or not own.numbers <= known
        formed = any(self._is(form, i) for form in FORMS for i in window)
        action = any(self._is(form, i) for form in _ACTIONS for i in window)
        return {
            "cue": float(any(self._is("recap_cue", i) for i in window)),
            "restates": float(any(self._is("restate_request", i) for i in window)),
            "action": float(action),
            "reports": float(action and self._closes_soon(last, 2) and not self._asked_back(last)),
            "asked": float(any(self._truly_asks(i) for i in window)),
            "answers": float(self._answers(first)),
            "parts": float(any(self._kinds[i] & _PARTING for i in window)),
            "told": float(self._only_informed and not formed and says_new),
        }

    def _repeats(self, window: Sequence[int], own: Content) -> dict[str, float]:
        first, scale = window[0], self._scale
        here = self._block[first]
        repeated = self._said_before(_units(own) - own.identity, first)
        far = frozenset(u for u in repeated if self._block[self._first[u]] < here - _RECENT)
        sounds, blocks = self._sounds(window)
        return {
            "repeated": math.log1p(len(_single(repeated)) / scale),
            "far": math.log1p(len(_single(far)) / scale),
            "moments": min(4.0, len({self._block[self._first[u]] // 2 for u in far})),
            "numbers": min(3.0, len(repeated & own.numbers)),
            "sounds": math.log1p(sounds / scale),
            "sound_moments": min(4.0, len({b // 2 for b in blocks if b < here - _RECENT})),
            "length": math.log1p(len(_single(_units(own))) / scale),
        }

    def _place(self, window: Sequence[int], units: frozenset[str]) -> dict[str, float]:
        last, scale = window[-1], self._scale
        later = [i for i in range(last + 1, len(self.sentences)) if not self._kinds[i] & _CLOSING]
        after_ms = self._end_ms - self.sentences[last].end_ms
        reply = self._reply(last)
        answered = frozenset().union(*(_units(self._content[i]) for i in reply))
        words = sum(len(self.sentences[i].tokens) for i in window)
        return {
            "words": math.log1p(words / (_CHARACTERS if self._language == "zh" else 1.0)),
            "fresh": min(3.0, sum(self._fresh[i] >= _NOTED * scale for i in later)),
            "after": math.log1p(min(12 * _AFTER_MS, after_ms) / _AFTER_MS),
            "asked_back": float(self._asked_back(last)),
            "reply": math.log1p(sum(len(self.sentences[i].tokens) for i in reply)),
            "reply_new": min(4.0, len(_single(answered - units)) / scale),
        }

    def _reply(self, last: int) -> list[int]:
        """The sentences of the other party right after a window."""
        here = self._block[last]
        after = [i for i in range(last + 1, len(self.sentences)) if self._block[i] != here]
        return [i for i in after if self._block[i] == self._block[after[0]]]

    def _asked_back(self, last: int) -> bool:
        return any(self._truly_asks(i) for i in self._reply(last))

    def _said_before(self, units: frozenset[str], index: int) -> frozenset[str]:
        return frozenset(u for u in units if self._first.get(u, index) < index)

    def _sounds(self, window: Sequence[int]) -> tuple[int, frozenset[int]]:
        count, blocks = 0, frozenset[int]()
        if self._runs is None:
            return count, blocks
        for index in window:
            if index not in self._sounding:  # windows overlap
                self._sounding[index] = self._runs.repeated(index)
            count += self._sounding[index][0]
            blocks |= self._sounding[index][1]
        return count, blocks

    def shared(self, window: Sequence[int]) -> tuple[str, ...]:
        """The units that a window repeats, sorted."""
        own = NOTHING
        for index in window:
            own = own | self._content[index]
        return tuple(sorted(self._said_before(_units(own), window[0])))

    def _is(self, form: str, index: int) -> bool:
        if (form, index) not in self._known:  # windows overlap, and matching by sound is slow
            definition = self._acts.get(form)
            tokens = self.sentences[index].tokens
            self._known[form, index] = definition is not None and bool(definition.find(tokens))
        return self._known[form, index]

    def mixed_windows(self) -> Iterator[tuple[int, ...]]:
        """Late stretches of up to `LONGEST` sentences of either party, no question but the last.

        Yields:
            Indices of sentences in order.
        """
        late_ms = max(self._late_ms(), self._end_ms / 2)
        late = [i for i, sentence in enumerate(self.sentences) if sentence.end_ms >= late_ms]
        for length in range(1, LONGEST + 1):
            for at in range(len(late) - length + 1):
                window = tuple(late[at : at + length])
                # A question in the middle is answered there: an exchange.
                if not any(self.sentences[index].asked for index in window[:-1]):
                    yield window

    def _late_ms(self) -> float:
        return min(LATE_PART * self._end_ms, self._end_ms - LATE_MS)

    def _says_nothing(self, index: int) -> bool:
        """Whether a customer's sentence is a mere sign of listening."""
        sentence = self.sentences[index]
        return (
            sentence.role is Role.CUSTOMER
            and len(sentence.tokens) <= 2
            and not sentence.asked
            and not (sentence.tokens and sentence.tokens[-1].text in _ANSWERING)
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
    if language == "zh":
        text = _without_sounding(text, names)
    for name in names:
        for part in (name, *name.split()):
            if len(part) > 1:
                text = re.sub(re.escape(part), " ", text, flags=re.IGNORECASE)
    for besides in (_TITLED.get(language), _SCALE.get(language)):
        text = besides.sub(" ", text) if besides else text
    return content(text, language)


def _without_sounding(text: str, names: Sequence[str]) -> str:
    """The text without what sounds like a name, which is written anew at each use."""
    sounds = [sound(character) for character in text]
    for name in names:
        wanted = [sound(character) for character in name]
        if len(wanted) < _LEAST_SYLLABLES:
            continue
        for at in range(len(text) - len(wanted) + 1):
            if sounds[at : at + len(wanted)] == wanted:
                text = text[:at] + " " * len(wanted) + text[at + len(wanted) :]
    return text


def _units(about: Content) -> frozenset[str]:
    return about.words | about.numbers


def _single(units: Set[str]) -> frozenset[str]:
    """The units without those joined of others: "blue check" is nothing beside both words."""
    return frozenset(
        u
        for u in units
        if not any(u[:cut] in units and u[cut:] in units for cut in range(3, len(u)))
    )


def _blocks(sentences: Sequence[Sentence]) -> list[int]:
    """For each sentence the number of the stretch, of one party, that it stands in."""
    found: list[int] = []
    for index, sentence in enumerate(sentences):
        same = bool(found) and sentences[index - 1].role is sentence.role
        found.append(found[-1] + (not same) if found else 0)
    return found
