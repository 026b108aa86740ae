"""What each sentence does: patterns first, then all its words weighed, then nearness in meaning.

Patterns and examples are data (rubrics/acts); this stage only applies them. The encoder is asked
for few sentences: the agent's questions that no pattern explains, and the customer's answer to a
request to wait. Assent and refusal exist only as such an answer; a recap only against the call
that it sums up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import dropwhile
from typing import Literal

from qa_pipeline.domain.conversation import Act
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import ActCatalogue, ActDefinition, RecapRule
from qa_pipeline.language.hold_talk import no_agrees
from qa_pipeline.language.learned import LearnedAct, units_of
from qa_pipeline.language.matching import PhraseMatch
from qa_pipeline.language.nearness import NEAR, Nearness
from qa_pipeline.language.recap import Recap, find_recaps, mixed_recap
from qa_pipeline.language.recap_evidence import CallView
from qa_pipeline.language.sentences import Sentence, split_turns
from qa_pipeline.ports import TextEncoder

ACTS_VERSION = "12"  # part of the key of kept conversations: raise it when acts would change
ANSWER_WINDOW_MS = 8_000  # an answer to "may I put you on hold?" comes within a few seconds
CONTEXT_MS = 12_000  # reason and duration belong to an announcement no further away than this
_ANSWERS = ("assent", "refusal")
_WAITS = ("ask_hold", "announce_hold")
_WAIT_DETAILS = ("hold_reason", "hold_duration")
# What only the judge of recaps looks for; no acts of their own.
_FORMS = frozenset(
    {"recap_cue", "restate_request", "action_done", "action_passive", "action_planned",
     "readback_cue", "request_action", "request_information"}
)  # fmt: skip
# What no customer asks: words that were given to the wrong party.
_ONLY_THE_AGENTS = ("ask_satisfaction",)
MIXED = "mixed_"
_NO = ("no", "not")
_BARE_NO = {
    "en": {"no", "not", "at", "all", "do", "i", "would", "of", "course", "go", "ahead", "fine"},
    "zh": set("不会没有的啊哦呀，好"),
}


def recognize_acts(
    turns: Sequence[Turn],
    language: str,
    catalogue: ActCatalogue,
    encoder: TextEncoder | None,
    names: Sequence[str] = (),
) -> tuple[Act, ...]:
    """The acts of a conversation, in order of time.

    Without an encoder only patterns and content count; a language without acts gives none. `names`
    are the parties' own, which a recap does not count as content.
    """
    definitions = catalogue.of(language)
    sentences = split_turns(turns, language)
    if not definitions or not sentences:
        return ()
    found = _found(sentences, language, catalogue, encoder)
    acts = [act for _, act in found]
    rule = catalogue.recaps.get(language)
    if rule is not None:
        view = CallView(sentences, _kinds(sentences, found), definitions, language, names)
        acts += [_recapped(recap, sentences, rule) for recap in find_recaps(view, rule)]
        if not any(act.kind == "recap" for act in acts):
            mixed = mixed_recap(view, rule)
            acts += [_mixed(mixed, sentences)] if mixed is not None else []
    return tuple(sorted(acts, key=lambda act: (act.start_ms, act.end_ms, act.kind)))


def recap_view(
    turns: Sequence[Turn],
    language: str,
    catalogue: ActCatalogue,
    encoder: TextEncoder | None,
    names: Sequence[str] = (),
) -> CallView:
    """What recaps are judged by, as `recognize_acts` sees it; for finding the weights."""
    definitions = catalogue.of(language)
    sentences = split_turns(turns, language)
    found = _found(sentences, language, catalogue, encoder)
    return CallView(sentences, _kinds(sentences, found), definitions, language, names)


def _found(
    sentences: Sequence[Sentence],
    language: str,
    catalogue: ActCatalogue,
    encoder: TextEncoder | None,
) -> list[tuple[int, Act]]:
    """The acts but recaps, each with the index of its sentence."""
    definitions, learned = catalogue.of(language), catalogue.learned.get(language, {})
    middle_ms = (sentences[0].start_ms + sentences[-1].end_ms) / 2
    nearness = Nearness(definitions, encoder) if encoder is not None else None
    found: list[tuple[int, Act]] = []
    for index, sentence in enumerate(sentences):
        parts = ("any", "closing") if sentence.end_ms >= middle_ms else ("any",)
        looked_for = {kind: act for kind, act in learned.items() if act.part in parts}
        found += [(index, a) for a in _acts_of(sentence, definitions, looked_for, nearness)]
    found += _answers(sentences, [act for _, act in found], definitions, nearness, language)
    return [pair for pair in found if not _loose_detail(pair[1], [act for _, act in found])]


def _kinds(sentences: Sequence[Sentence], found: Sequence[tuple[int, Act]]) -> list[frozenset[str]]:
    return [frozenset(a.kind for i, a in found if i == n) for n in range(len(sentences))]


def _recapped(recap: Recap, sentences: Sequence[Sentence], rule: RecapRule) -> Act:
    """A recap as an act; what only comes near to one is an act of its own kind."""
    said = [s for s in sentences[recap.first : recap.last + 1] if s.role is Role.AGENT]
    return _restated("recap" if recap.probability >= rule.recap_from else "near_recap", recap, said)


def _mixed(recap: Recap, sentences: Sequence[Sentence]) -> Act:
    """What would be a recap if the words of both parties were the agent's."""
    return _restated("mixed_recap", recap, sentences[recap.first : recap.last + 1])


def _restated(kind: str, recap: Recap, said: Sequence[Sentence]) -> Act:
    return Act(
        kind=kind,
        role=said[0].role,
        turn=said[0].turn,
        start_ms=said[0].start_ms,
        end_ms=max(s.end_ms for s in said),
        text=" ".join(s.text for s in said),
        confidence=recap.probability,
        method="content",
        slots={"form": recap.form, "shared": " ".join(recap.shared)},
    )


def _acts_of(
    sentence: Sentence,
    definitions: Mapping[str, ActDefinition],
    learned: Mapping[str, LearnedAct],
    nearness: Nearness | None,
) -> list[Act]:
    found: dict[str, Act] = {}
    for kind, definition in definitions.items():
        if kind in _FORMS or kind in _ANSWERS or not definition.said_by(sentence.role):
            continue
        hit = definition.find(sentence.tokens) if _form_fits(definition, sentence) else None
        if hit is not None:
            match, method = hit
            found[kind] = _act(kind, sentence, match, method, definition)
        elif (unmarked := definition.find_unmarked(sentence.tokens)) is not None:
            act = _act(kind, sentence, unmarked, "pattern", definition)
            sure = definition.entry.confidence.unmarked
            found[kind] = replace(act, confidence=sure, slots={**act.slots, "form": "unmarked"})
    found |= _like(sentence, definitions, learned, found)
    if nearness is not None:
        told = {kind for kind in found if not kind.startswith(NEAR)}
        for kind in nearness.kinds_of(sentence, told):
            whole = PhraseMatch(0, len(sentence.tokens))
            definition = definitions[kind.removeprefix(NEAR)]
            found[kind] = _act(kind, sentence, whole, "encoder", definition)
    if all(kind.startswith(NEAR) for kind in found):
        found = _nearly(sentence, definitions) | _misplaced(sentence, definitions) | found
    return [act for kind, act in found.items() if not _explained(kind, act, found, definitions)]


def _explained(
    kind: str, act: Act, found: Mapping[str, Act], definitions: Mapping[str, ActDefinition]
) -> bool:
    """Whether the words are another act, or the act itself and not only near to it.

    What a phrase found is not undone by words that are only like something else.
    """
    meant = kind.removeprefix(NEAR).removeprefix(MIXED)
    if kind.startswith(NEAR) and meant in found:
        return True
    others = {
        other for other, by in found.items() if by.method != "learned" or act.method == "learned"
    }
    return not others.isdisjoint(definitions[meant].entry.unless)


def _like(
    sentence: Sentence,
    definitions: Mapping[str, ActDefinition],
    learned: Mapping[str, LearnedAct],
    known: Mapping[str, Act],
) -> dict[str, Act]:
    """What a sentence is by all its words, besides what phrases have found."""
    found: dict[str, Act] = {}
    units = units_of(sentence.tokens) if learned else ()
    for kind, act in learned.items():
        definition = definitions.get(kind)
        if definition is None or kind in known or not definition.said_by(sentence.role):
            continue
        score, first, last = act.likest(units)
        judged = act.judged(score, sentence.asked, known)
        if judged != "no" and not definition.vetoed(sentence.tokens):
            name = kind if judged == "is" else NEAR + kind
            found[name] = _act(name, sentence, PhraseMatch(first, last), "learned", definition)
    return found


def _misplaced(sentence: Sentence, definitions: Mapping[str, ActDefinition]) -> dict[str, Act]:
    """What only the other party says: the words were given to the wrong one."""
    found: dict[str, Act] = {}
    for kind in _ONLY_THE_AGENTS:
        definition = definitions.get(kind)
        if definition is None or definition.said_by(sentence.role) or not sentence.asked:
            continue
        hit = definition.find(sentence.tokens)
        if hit is not None:
            found[MIXED + kind] = _act(MIXED + kind, sentence, hit[0], hit[1], definition)
    return found


def _nearly(sentence: Sentence, definitions: Mapping[str, ActDefinition]) -> dict[str, Act]:
    """What a sentence comes near to that is nothing else."""
    found: dict[str, Act] = {}
    for kind, definition in definitions.items():
        match = definition.find_nearly(sentence.tokens)
        if match is not None and definition.said_by(sentence.role):
            found[NEAR + kind] = _act(NEAR + kind, sentence, match, "phonetic", definition)
    return found


def _form_fits(definition: ActDefinition, sentence: Sentence) -> bool:
    form = definition.entry.form
    return form == "any" or (form == "question") is sentence.asked


def _act(
    kind: str,
    sentence: Sentence,
    match: PhraseMatch,
    method: Literal["pattern", "phonetic", "learned", "encoder"],
    definition: ActDefinition,
) -> Act:
    # A question is quoted whole; of other sentences the words that did it.
    first, last = (0, len(sentence.tokens)) if sentence.asked else (match.first, match.last)
    text, start_ms, end_ms = sentence.part(first, last)
    return Act(
        kind=kind,
        role=sentence.role,
        turn=sentence.turn,
        start_ms=start_ms,
        end_ms=max(end_ms, start_ms),
        text=sentence.text if sentence.asked else text,
        confidence=getattr(definition.entry.confidence, method),
        method=method,
        slots=match.slots,
    )


def _answers(
    sentences: Sequence[Sentence],
    acts: Sequence[Act],
    definitions: Mapping[str, ActDefinition],
    nearness: Nearness | None,
    language: str,
) -> list[tuple[int, Act]]:
    """What the customer answers to each request or announcement of a wait; the last one counts."""
    found: dict[int, Act] = {}
    for ask in (act for act in reversed(acts) if act.kind in _WAITS and act.role is Role.AGENT):
        for index, sentence in enumerate(sentences):
            in_time = ask.start_ms < sentence.start_ms <= ask.end_ms + ANSWER_WINDOW_MS
            if sentence.role is not Role.CUSTOMER or not in_time or index in found:
                continue
            answer = _answer(sentence, ask, definitions, nearness, language)
            if answer is not None:
                found[index] = answer
    return list(found.items())


def _answer(
    sentence: Sentence,
    ask: Act,
    definitions: Mapping[str, ActDefinition],
    nearness: Nearness | None,
    language: str,
) -> Act | None:
    whole = PhraseMatch(0, len(sentence.tokens))
    words = [token.text for token in sentence.tokens]
    minds = no_agrees(ask.text)
    if minds and set(words) <= _BARE_NO.get(language, set()):
        return _act("assent", sentence, whole, "pattern", definitions["assent"])
    if minds and language == "en" and words and words[0] in _NO:
        # "Do you mind ...?" - "No, carry on": what stands behind the no must refuse, if it does.
        rest = tuple(dropwhile(lambda token: token.text in _NO, sentence.tokens))
        kind = "refusal" if definitions["refusal"].find(rest) else "assent"
        return _act(kind, sentence, whole, "pattern", definitions[kind])
    # A refusal outweighs: "yes, but I can't wait".
    for kind in ("refusal", "assent"):
        definition = definitions.get(kind)
        hit = definition.find(sentence.tokens) if definition else None
        if definition is not None and hit is not None:
            act = _act(kind, sentence, hit[0], hit[1], definition)
            return Act(act.kind, act.role, act.turn, sentence.start_ms, sentence.end_ms,
                       sentence.text, act.confidence, act.method)  # fmt: skip
    if nearness is not None and nearness.is_near("assent", sentence.text):
        return _act("assent", sentence, whole, "encoder", definitions["assent"])
    return None


def _loose_detail(act: Act, acts: Sequence[Act]) -> bool:
    """Whether a reason or a duration stands alone: it counts only beside a request to wait."""
    if act.kind not in _WAIT_DETAILS:
        return False
    return not any(
        other.kind in _WAITS and abs(other.start_ms - act.start_ms) <= CONTEXT_MS for other in acts
    )
