"""Verdicts on 36 real bank conversations (text only) against their labels.

    python benchmarks/harper_valley.py [FOLDER] [--no-encoder]

The conversations are the Gridspace-Stanford Harper Valley corpus (Apache-2.0) as turns, each
`<name>.turns.json`, with one `labels.json`. Prints accuracy per criterion, precision and recall of
pass and fail, and every wrong verdict with its evidence.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qa_pipeline import resources
from qa_pipeline.criteria.base import clock
from qa_pipeline.criteria.rubric_file import load_rubric
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.evaluation import Evaluation, Verdict
from qa_pipeline.domain.recording import CallMetadata, Layout, Party, Role
from qa_pipeline.domain.rubric import Rubric
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import ActCatalogue, load_catalogue
from qa_pipeline.ports import TextEncoder
from qa_pipeline.stages.find_names import find_names
from qa_pipeline.stages.locate_holds import locate_holds
from qa_pipeline.stages.recognize_acts import recognize_acts
from qa_pipeline.stages.score import score

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "harper_valley"


def read(path: Path) -> tuple[CallMetadata, str, tuple[Turn, ...]]:
    """Metadata, language and turns of one file."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    given = content.get("metadata", {})
    metadata = CallMetadata(
        call_id=content["call_id"],
        agent_name=given.get("agent_name"),
        customer_name=given.get("customer_name"),
        disconnected_by=Party(given["disconnected_by"]) if given.get("disconnected_by") else None,
        extra={"hangup_gap_ms": given.get("hangup_gap_ms")},
    )
    turns = tuple(
        Turn(Role(turn["role"]), turn["start_ms"], turn["end_ms"], turn["text"])
        for turn in content["turns"]
    )
    return metadata, content["language"], turns


def converse(path: Path, catalogue: ActCatalogue, encoder: TextEncoder | None) -> Conversation:
    """The conversation in one file, ready to be scored."""
    metadata, language, turns = read(path)
    duration_ms = max(turn.end_ms for turn in turns)
    agent_name, customer_name = find_names(turns, metadata, language)
    names = [name.text for name in (agent_name, customer_name) if name is not None]
    acts = recognize_acts(turns, language, catalogue, encoder, names)
    return Conversation(
        call_id=metadata.call_id or path.name,
        layout=Layout.TEXT,
        duration_ms=duration_ms,
        metadata=metadata,
        language=language,
        language_confidence=1.0,
        country=None,
        country_source="none",
        turns=turns,
        acts=acts,
        events=locate_holds(turns, acts, (), metadata, duration_ms, has_audio=False),
        agent_name=agent_name,
        customer_name=customer_name,
    )


def share(hits: int, total: int) -> str:
    return f"{hits / total:5.2f}" if total else "    -"


def print_table(criteria: Sequence[str], pairs: Sequence[tuple[str, str, Verdict]]) -> None:
    print(f"{'criterion':14}{'n':>4}{'accuracy':>10}   fail: prec.  recall   pass: prec.  recall")
    for criterion in criteria:
        own = [(label, v.outcome.value) for name, label, v in pairs if name == criterion]
        right = sum(label == outcome for label, outcome in own)
        line = f"{criterion:14}{len(own):4}{share(right, len(own)):>10}"
        for value in ("fail", "pass"):
            hits = sum(label == outcome == value for label, outcome in own)
            said = sum(outcome == value for _, outcome in own)
            meant = sum(label == value for label, _ in own)
            line += f"        {share(hits, said)}   {share(hits, meant)}"
        print(line)


def print_wrong(call_id: str, label: str, verdict: Verdict) -> None:
    print(
        f"\n{call_id} {verdict.criterion}: {verdict.outcome.value} "
        f"({verdict.confidence:.2f}, {verdict.reason}), the label says {label}"
    )
    for evidence in verdict.evidence:
        print(f"    {clock(evidence.start_ms)} {evidence.role.value}: {evidence.text}")


def load_encoder() -> TextEncoder:
    from qa_pipeline.engines.encoder import SentenceEncoder

    return SentenceEncoder()


def evaluate(
    folder: Path, rubric: Rubric, encoder: TextEncoder | None
) -> list[tuple[str, str, Verdict, str]]:
    """Criterion, label, verdict and call of every labelled verdict."""
    catalogue = load_catalogue(resources.acts_dir(), ("en", "zh"))
    labels: dict[str, dict[str, Any]] = json.loads(
        (folder / "labels.json").read_text(encoding="utf-8")
    )
    found: list[tuple[str, str, Verdict, str]] = []
    for name, label in sorted(labels.items()):
        evaluation: Evaluation = score(converse(folder / name, catalogue, encoder), rubric)
        found += [
            (v.criterion, label[v.criterion], v, evaluation.call_id)
            for v in evaluation.verdicts
            if v.criterion in label
        ]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="verdicts on real conversations against labels")
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--no-encoder", action="store_true", help="patterns and content only")
    arguments = parser.parse_args()
    encoder = None if arguments.no_encoder else load_encoder()
    rubric = load_rubric(resources.rubrics_dir() / "phone_standard.yaml")
    began = time.perf_counter()
    found = evaluate(arguments.folder, rubric, encoder)
    seconds = time.perf_counter() - began
    calls = len({call_id for *_, call_id in found})
    criteria = list(dict.fromkeys(criterion for criterion, *_ in found))
    print(f"{calls} conversations, {seconds:.1f} s\n")
    print_table(criteria, [(c, label, v) for c, label, v, _ in found])
    for _, label, verdict, call_id in found:
        if label != verdict.outcome.value:
            print_wrong(call_id, label, verdict)


if __name__ == "__main__":
    main()
