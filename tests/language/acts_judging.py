"""Applies the act recogniser to single sentences, as the labelled cases need it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import ActCatalogue, load_catalogue
from qa_pipeline.ports import TextEncoder
from qa_pipeline.resources import acts_dir
from qa_pipeline.stages.recognize_acts import recognize_acts

CASES = Path(__file__).with_name("acts_cases.yaml")
HELD_OUT = Path(__file__).with_name("acts_heldout.yaml")
KEY_ACTS = (
    "ask_hold", "announce_hold", "assent", "refusal", "ask_satisfaction", "ask_anything_else",
    "thanks_for_waiting",
)  # fmt: skip
ANSWERS = ("assent", "refusal")
WORDINGS = Path(__file__).with_name("acts_wordings.yaml")
READ_BACK = Path(__file__).with_name("acts_asr.yaml")
WIDER_ACTS = (*KEY_ACTS, "offer_help", "greeting")
_BEGINS_OR_HELPS = ("offer_help", "greeting")  # stand beside any other act: negatives are `none`
_ASK = {"en": "May I put you on hold?", "zh": "请您稍等一下好吗？"}


def cases(path: Path = CASES) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def catalogue() -> ActCatalogue:
    return load_catalogue(acts_dir())


def phrases_alone() -> ActCatalogue:
    """The acts without what was learned."""
    return replace(catalogue(), learned={})


def acts_in(
    sentence: str,
    language: str,
    *,
    answer: bool,
    encoder: TextEncoder | None = None,
    phrases: bool = False,
) -> set[str]:
    """The acts of one sentence: the customer's answer to a request to wait, or the agent's.

    `phrases`: by phrases alone.
    """
    known = phrases_alone() if phrases else catalogue()
    turns: tuple[Turn, ...]
    if answer:
        turns = (
            Turn(Role.AGENT, 0, 2_000, _ASK[language]),
            Turn(Role.CUSTOMER, 3_000, 5_000, sentence),
        )
        acts = recognize_acts(turns, language, known, encoder)
        return {act.kind for act in acts if act.role is Role.CUSTOMER}
    turns = (Turn(Role.AGENT, 0, 3_000, sentence),)
    return {act.kind for act in recognize_acts(turns, language, known, encoder)}


def confusions(
    language: str,
    encoder: TextEncoder | None = None,
    path: Path = CASES,
    phrases: bool = False,
) -> dict[str, tuple[list[str], list[str], int]]:
    """For each key act: sentences missed, sentences wrongly found, and how many were right."""
    result: dict[str, tuple[list[str], list[str], int]] = {a: ([], [], 0) for a in KEY_ACTS}
    for labelled, sentences in cases(path)[language].items():
        answer = labelled in ANSWERS
        for sentence in sentences:
            found = acts_in(sentence, language, answer=answer, encoder=encoder, phrases=phrases)
            for act in KEY_ACTS:
                if (act in ANSWERS) is not answer:
                    continue
                missed, wrong, hits = result[act]
                if act == labelled and act in found:
                    hits += 1
                elif act == labelled:
                    missed.append(sentence)
                elif act in found:
                    wrong.append(sentence)
                result[act] = (missed, wrong, hits)
    return result


def half(sentence: str) -> str:
    """The half that a sentence belongs to, whatever a recogniser made of it."""
    digest = hashlib.sha256(f"half:{sentence}".encode()).hexdigest()
    return "held-out" if int(digest[:8], 16) % 2 else "tuning"


@dataclass
class Counts:
    """How one act did: found, missed, and wrongly found, with the sentences."""

    hits: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.hits / max(1, self.hits + len(self.missed))

    @property
    def precision(self) -> float:
        return self.hits / max(1, self.hits + len(self.wrong))


def wordings(language: str) -> Iterator[tuple[str, str, str]]:
    """Act, sentence as said, sentence as written (here the same)."""
    for act, sentences in cases(WORDINGS)[language].items():
        yield from ((act, sentence, sentence) for sentence in sentences)


def read_back(language: str, reading: str = "first") -> Iterator[tuple[str, str, str]]:
    """Act, sentence as said, sentence as the recogniser wrote it."""
    found = yaml.safe_load(READ_BACK.read_text(encoding="utf-8"))[reading][language]
    for act, rows in found.items():
        yield from ((act, said, written) for said, written, _ in rows if written)


def count(
    language: str,
    sentences: Iterator[tuple[str, str, str]],
    part: str = "",
    encoder: TextEncoder | None = None,
) -> dict[str, Counts]:
    """Each act's counts over the sentences of one half, or of both."""
    result = {act: Counts() for act in WIDER_ACTS}
    for labelled, said, written in sentences:
        if part and half(said) != part:
            continue
        answer = labelled in (*ANSWERS, "answer_none")
        found = acts_in(written, language, answer=answer, encoder=encoder)
        for act, counts in result.items():
            if (act in ANSWERS) is not answer:
                continue
            if act == labelled:
                counts.hits += act in found
                counts.missed += [] if act in found else [written]
            elif act in found and (act not in _BEGINS_OR_HELPS or labelled == "none"):
                counts.wrong.append(written)
    return result
