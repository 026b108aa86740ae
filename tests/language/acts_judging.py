"""Applies the act recogniser to single sentences, as the labelled cases need it."""

from __future__ import annotations

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
_ASK = {"en": "May I put you on hold?", "zh": "请您稍等一下好吗？"}


def cases(path: Path = CASES) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def catalogue() -> ActCatalogue:
    return load_catalogue(acts_dir())


def acts_in(
    sentence: str, language: str, *, answer: bool, encoder: TextEncoder | None = None
) -> set[str]:
    """The acts of one sentence: the customer's answer to a request to wait, or the agent's."""
    turns: tuple[Turn, ...]
    if answer:
        turns = (
            Turn(Role.AGENT, 0, 2_000, _ASK[language]),
            Turn(Role.CUSTOMER, 3_000, 5_000, sentence),
        )
        acts = recognize_acts(turns, language, catalogue(), encoder)
        return {act.kind for act in acts if act.role is Role.CUSTOMER}
    turns = (Turn(Role.AGENT, 0, 3_000, sentence),)
    return {act.kind for act in recognize_acts(turns, language, catalogue(), encoder)}


def confusions(
    language: str, encoder: TextEncoder | None = None, path: Path = CASES
) -> dict[str, tuple[list[str], list[str], int]]:
    """For each key act: sentences missed, sentences wrongly found, and how many were right."""
    result: dict[str, tuple[list[str], list[str], int]] = {a: ([], [], 0) for a in KEY_ACTS}
    for labelled, sentences in cases(path)[language].items():
        answer = labelled in ANSWERS
        for sentence in sentences:
            found = acts_in(sentence, language, answer=answer, encoder=encoder)
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
