"""Which of the agent's sentences sum up the call: judged by what they repeat, not by a cue alone.

A recap repeats the content of the request or of the action, in a sentence that either announces
one ("so to sum up"), restates the request ("you called about"), tells what was or will be done
("has been ordered", "we will send"), or reads the agreement back right before the close. No recap
are a read-back in mid-call, the bare answer to a question, and a pronoun without content.
Source: rules H33 and P05 of the rules catalogue; the negative cases from real bank calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.domain.recording import Role
from qa_pipeline.language.acts import ActDefinition
from qa_pipeline.language.content import NOTHING, Content, content
from qa_pipeline.language.sentences import Sentence
from qa_pipeline.ports import TextEncoder

# Parts of the conversation (0 to 1): a restated request early on is asking, not summing up.
RESTATE_FROM = 0.45
ACTION_FROM = 0.3
# What will happen of itself ("power is back by five") told before the middle is an answer.
PASSIVE_FROM = 0.4
# A plan in the last half sums up although more is said before the close.
PLANNED_FROM = 0.5
# Nearness to the request that stands in for shared words. On the requests and recaps in
# tests/stages (19 English, 16 Mandarin) 0.45 takes 32 of the 35 pairs of one call and none of the
# 582 pairs of two calls; at 0.4 one of those passes. A question about the request, or an answer to
# it, may be as near: the form has to be a recap's too.
NEAR_REQUEST = 0.45
CLOSING = ("ask_anything_else", "ask_satisfaction", "farewell")


@dataclass(frozen=True, slots=True)
class Recap:
    """A recap: the index of its sentence, how sure it is, and what it repeats."""

    sentence: int
    confidence: float
    form: str
    shared: tuple[str, ...]


def find_recaps(
    sentences: Sequence[Sentence],
    kinds: Sequence[frozenset[str]],
    acts: Mapping[str, ActDefinition],
    language: str,
    encoder: TextEncoder | None = None,
) -> tuple[Recap, ...]:
    """The recaps among `sentences`; `kinds` are the acts already found in each of them."""
    view = _View(sentences, kinds, acts, language, encoder)
    found = (view.judge(index) for index in range(len(sentences)))
    return tuple(recap for recap in found if recap is not None)


class _View:
    """A call as the judge of recaps sees it."""

    def __init__(
        self,
        sentences: Sequence[Sentence],
        kinds: Sequence[frozenset[str]],
        acts: Mapping[str, ActDefinition],
        language: str,
        encoder: TextEncoder | None,
    ) -> None:
        self._sentences = sentences
        self._kinds = kinds
        self._acts = acts
        self._language = language
        self._encoder = encoder
        self._content = [content(sentence.text, language) for sentence in sentences]
        self._only_asks = self._asks_only_for_information()

    def judge(self, index: int) -> Recap | None:  # noqa: PLR0911 - one line per case
        sentence = self._sentences[index]
        if sentence.role is not Role.AGENT or (sentence.asked and not self._is("recap_cue", index)):
            return None
        if self._kinds[index] & {"ask_hold", "announce_hold", "thanks_for_waiting", "greeting"}:
            return None
        own = self._own(index)
        heard, said = self._before(index)
        known = heard | said
        shared = own.shared(known)
        figures = own.shared_numbers(known)
        form, base = self._form(index)
        if not form or not own.words | own.numbers:
            return None
        if form == "passive" and self._only_asks and len(own.shared(said)) < 2:
            return None  # the answer to the question asked, said for the first time
        if form in ("cue", "readback") and not self._enough_for_cue(index, form, shared, figures):
            return None
        confidence = self._weigh(index, base, own, shared, figures)
        if confidence is None:
            return None
        return Recap(index, confidence, form, tuple(sorted(shared | figures)))

    def _form(self, index: int) -> tuple[str, float]:  # noqa: PLR0911 - one line per case
        place = self._place(index)
        if self._is("recap_cue", index) and place >= ACTION_FROM:
            return "cue", 0.9
        if self._is("restate_request", index) and place >= RESTATE_FROM:
            return "restated", 0.85
        if place >= ACTION_FROM or self._closes_soon(index, 2):
            if self._is("action_done", index):
                return "done", 0.88
            late = place >= PASSIVE_FROM or self._closes_soon(index, 2)
            if self._is("action_passive", index) and late:
                return "passive", 0.84
            if self._is("action_planned", index) and "apology" not in self._kinds[index]:
                if self._closes_soon(index, 4):
                    return "planned", 0.8
                if place >= PLANNED_FROM:
                    return "planned", 0.72
        if self._is("readback_cue", index) and self._closes_soon(index, 1):
            return "readback", 0.68
        return "", 0.0

    def _weigh(
        self,
        index: int,
        base: float,
        own: Content,
        shared: frozenset[str],
        figures: frozenset[str],
    ) -> float | None:
        strength = len(shared) + len(figures)
        least = 3 if self._language == "zh" else 2
        substance = len(own.words) + len(own.numbers) + len(own.identity)
        if shared and substance >= (least if strength > 1 else least + (self._language == "zh")):
            return base if strength >= 2 else base - 0.1
        if shared and self._closes_soon(index, 2):
            return base - 0.15
        if substance >= least and self._near_request(index):
            return base - 0.18
        return None

    def _enough_for_cue(
        self, index: int, form: str, shared: frozenset[str], figures: frozenset[str]
    ) -> bool:
        if form == "readback":
            return len(shared) >= 2 and len(shared) + len(figures) >= 3
        return len(shared) >= 2 or (bool(shared) and self._closes_soon(index, 4))

    def _own(self, index: int) -> Content:
        """Of a cue also what follows it in the same breath: "what I've done today is | ..."."""
        own = self._content[index]
        if self._is("recap_cue", index) or self._is("restate_request", index):
            for following in range(index + 1, min(index + 3, len(self._sentences))):
                after = self._sentences[following]
                if after.role is not Role.AGENT or after.asked:
                    break
                own = own | self._content[following]
        elif self._language == "zh" and len(own.words) < 2 and self._is("action_done", index):
            # "您要的是住宿发票。| 我已经开好了": the action, said of what stands right before it.
            before = self._sentences[index - 1] if index else None
            if before is not None and before.role is Role.AGENT and not before.asked:
                own = own | self._content[index - 1]
        return own

    def _before(self, index: int) -> tuple[Content, Content]:
        heard, said = NOTHING, NOTHING
        for earlier in range(index):
            if self._sentences[earlier].role is Role.CUSTOMER:
                heard = heard | self._content[earlier]
            elif "greeting" not in self._kinds[earlier]:
                said = said | self._content[earlier]
        return heard, said

    def _is(self, kind: str, index: int) -> bool:
        definition = self._acts.get(kind)
        return definition is not None and definition.find(self._sentences[index].tokens) is not None

    def _place(self, index: int) -> float:
        first, last = self._sentences[0].start_ms, self._sentences[-1].end_ms
        return (self._sentences[index].start_ms - first) / max(1, last - first)

    def _closes_soon(self, index: int, within: int) -> bool:
        """Whether the agent closes within so many of their own sentences from here."""
        following = [
            i
            for i in range(index + 1, len(self._sentences))
            if self._sentences[i].role is Role.AGENT
        ][:within]
        return any(self._kinds[i] & set(CLOSING) for i in following)

    def _asks_only_for_information(self) -> bool:
        asked = [i for i, s in enumerate(self._sentences) if s.role is Role.CUSTOMER]
        action = any(self._is("request_action", i) for i in asked)
        return not action and any(self._is("request_information", i) for i in asked)

    def _near_request(self, index: int) -> bool:
        if self._encoder is None:
            return False
        requests = [
            s.text
            for s, c in zip(self._sentences[:index], self._content, strict=False)
            if s.role is Role.CUSTOMER and len(c.words) >= 2
        ]
        if not requests:
            return False
        vectors = self._encoder.encode([self._sentences[index].text, *requests[:6]])
        return bool((vectors[1:] @ vectors[0]).max() >= NEAR_REQUEST)
