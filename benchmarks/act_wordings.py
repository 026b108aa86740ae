"""The bank of wordings (wordings/en.yaml, zh.yaml) as labelled lines and calls.

Its author knew neither patterns nor results. Lines of even index were looked at when recognition
was mended (`mend`), those of odd index are only measured (`held_out`). Single lines are judged by
the acts found in them; dialogues (summaries) and openings (greetings) by the verdicts of the
rubric on them as a call. The wordings of transfers, absence, messages and service
(wordings/en_service.yaml, zh_service.yaml) are kept by act, with the parts `mended` and `fresh`;
lines of further authors (wordings/en_lines.yaml, zh_lines.yaml) by what they are, of which every
other one is held out::

    python -m benchmarks.act_wordings
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from benchmarks.text_damage import damaged
from qa_pipeline.domain.recording import Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import ActCatalogue, load_catalogue
from qa_pipeline.ports import TextEncoder
from qa_pipeline.resources import acts_dir
from qa_pipeline.stages.recognize_acts import recognize_acts

WORDINGS = Path(__file__).parent / "wordings"
PARTS = ("mend", "held_out")
SERVICE_PARTS = ("mended", "fresh")
ROLES = {"a": Role.AGENT, "r": Role.AGENT, "c": Role.CUSTOMER}
# Lines that are each of these acts; every other single line of the bank is none of it.
ACTS = {
    "ask_satisfaction": "satisfaction_yes", "farewell": "farewell", "offer_help": "offer_help",
    "thanks_for_waiting": "thanks_waiting", "ask_anything_else": "anything_else",
}  # fmt: skip
LINES = {
    "ask_satisfaction": "satisfaction_yes", "ask_hold": "ask_hold",
    "ask_anything_else": "anything_else",
}  # fmt: skip
DIALOGUES = {
    "summary": (("summary_yes", "pass"), ("summary_no", "fail")),
    "greeting": (("greeting_pass", "pass"), ("greeting_fail", "fail")),
}
# What one line may hold besides: a closing line asks several things, thanks and says goodbye.
_SINGLE = ("satisfaction_yes", "satisfaction_no", "other")


@lru_cache
def _bank(language: str) -> Mapping[str, list[list[str]]]:
    text = (WORDINGS / f"{language}.yaml").read_text(encoding="utf-8")
    found: Mapping[str, list[list[str]]] = yaml.safe_load(text)
    return found


def lines(
    language: str, key: str, part: str, *, damage: bool = False
) -> Iterator[list[tuple[Role, str]]]:
    """The items under a key of one part, each a list of who says what."""
    for index, item in enumerate(_bank(language)[key]):
        if PARTS[index % 2] != part:
            continue
        rng = random.Random(f"{key}:{index}")
        said = [(ROLES[line[0]], line[2:].strip()) for line in item]
        yield [(role, damaged(text, language, rng) if damage else text) for role, text in said]


def acts_table(
    language: str,
    part: str,
    catalogue: ActCatalogue,
    encoder: TextEncoder | None,
    *,
    damage: bool = False,
) -> str:
    """Precision and recall of each act on single lines; those that are wrong of the mended part."""
    rows = [f"{'act':20}{'lines':>6}{'found':>7}  prec.  recall"]
    wrong: list[str] = []
    for act, key in ACTS.items():
        near = [k for k in _SINGLE if k != key] if act == "ask_satisfaction" else ["other"]
        counts = {True: [0, 0], False: [0, 0]}
        for other in (key, *near):
            for item in lines(language, other, part, damage=damage):
                found = _has(act, item, language, catalogue, encoder)
                counts[other == key][found] += 1
                if found is not (other == key):
                    wrong.append(f"{act}, {'missed' if other == key else 'wrong'}: {item[0][1]}")
        hits, said = counts[True][1], counts[True][1] + counts[False][1]
        meant = sum(counts[True])
        rows.append(
            f"{act:20}{meant:6}{said:7}  {hits / max(1, said):5.3f}  {hits / max(1, meant):5.3f}"
        )
    return "\n".join(rows + (wrong if part == "mend" else []))


def _has(
    act: str,
    item: list[tuple[Role, str]],
    language: str,
    catalogue: ActCatalogue,
    encoder: TextEncoder | None,
) -> bool:
    turns = tuple(
        Turn(role, 4_000 * at, 4_000 * at + 3_500, text) for at, (role, text) in enumerate(item)
    )
    return any(found.kind == act for found in recognize_acts(turns, language, catalogue, encoder))


def service_found(language: str, part: str, catalogue: ActCatalogue) -> dict[str, list[bool]]:
    """By act of transfers and service, whether it is found in each of its wordings of a part."""
    text = (WORDINGS / f"{language}_service.yaml").read_text(encoding="utf-8")
    bank: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text)
    found = {}
    for act, entry in bank.items():
        role = Role(entry.get("role", "agent"))
        found[act] = [
            _has(act, [(role, said)], language, catalogue, encoder=None) for said in entry[part]
        ]
    return found


def lines_found(language: str, catalogue: ActCatalogue) -> dict[str, tuple[int, int, int]]:
    """By act of the lines: how many held-out ones there are, found, and found in other lines."""
    text = (WORDINGS / f"{language}_lines.yaml").read_text(encoding="utf-8")
    bank: Mapping[str, list[str]] = yaml.safe_load(text)
    held = [(kind, line) for kind, said in bank.items() for line in said[1::2]]
    told = {}
    for act, kind in LINES.items():
        found = [
            (other, _has(act, [(Role.AGENT, line)], language, catalogue, encoder=None))
            for other, line in held
        ]
        hits = [hit for other, hit in found if other == kind]
        told[act] = len(hits), sum(hits), sum(hit for other, hit in found if other != kind)
    return told


def main() -> None:
    """Print how many wordings are found, by language: lines of many desks, transfers, service."""
    catalogue = load_catalogue(acts_dir())
    for language in ("en", "zh"):
        for name, known in (("phrases", replace(catalogue, learned={})), ("all", catalogue)):
            for act, (said, hits, others) in lines_found(language, known).items():
                print(f"{language} {name:8}{act:18}{hits / said:.2f} of {said}, in others {others}")
        for part in SERVICE_PARTS:
            found = service_found(language, part, catalogue)
            hits, said = (sum(map(count, found.values())) for count in (sum, len))
            print(f"{language} {part:8}{hits:5} of {said} found ({hits / said:.3f})")
            some = [f"{act} {sum(h)}/{len(h)}" for act, h in found.items() if not all(h)]
            print(f"   not all of: {', '.join(some)}")


if __name__ == "__main__":
    main()
