"""Names in drawn calls: single uses, the greeting and the verdicts, against their labels.

    python -m benchmarks.names [--half tuning|test] [--calls N] [--language en|zh] [--wrong]

The calls are text, drawn from the templates and name banks in name_calls/ by seed, three in ten
as they were said, three without capitals and punctuation, four as a recogniser mishears them
(name_calls/noise.py). The halves share neither names nor templates. A use is right if the turn
has it; too many in a turn are false, too few are missed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.name_calls.dialogues import HALVES, NameCall, draw
from benchmarks.name_calls.scenarios import draw_scenario, scenarios
from qa_pipeline.criteria import kind
from qa_pipeline.criteria.base import Finding
from qa_pipeline.criteria.name_facts import names_of
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import CallMetadata, Layout, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.stages.find_names import find_names

CRITERIA = ("greeting", "name_use")
_KINDS = {"greeting": "self_introduction", "name_use": "name_use"}


@dataclass(frozen=True, slots=True)
class Judged:
    """One call, what was found in it, and the label of each criterion."""

    call_id: str
    conversation: Conversation
    findings: dict[str, Finding]
    labels: dict[str, str]
    uses: tuple[int, ...]
    found: tuple[int, ...]


def conversation_of(
    call_id: str, language: str, turns: tuple[Turn, ...], metadata: CallMetadata
) -> Conversation:
    """A conversation of text alone, with the names found in it."""
    agent_name, customer_name = find_names(turns, metadata, language)
    return Conversation(
        call_id=call_id, layout=Layout.TEXT, duration_ms=turns[-1].end_ms + 1_000,
        metadata=metadata, language=language, language_confidence=1.0, country=None,
        country_source="none", turns=turns, acts=(), events=(), agent_name=agent_name,
        customer_name=customer_name,
    )  # fmt: skip


def judge(call: NameCall) -> Judged:
    """Findings on one drawn call beside its labels."""
    metadata = CallMetadata(agent_name=call.recorded_agent, customer_name=call.recorded_customer)
    conversation = conversation_of(call.call_id, call.language, call.turns, metadata)
    labels = {"greeting": call.greeting, "name_use": call.name_use}
    return judged(conversation, labels, call.uses)


def judged(conversation: Conversation, labels: dict[str, str], uses: tuple[int, ...]) -> Judged:
    """Findings on a conversation; `uses` are the true ones per turn."""
    findings = {}
    for criterion in labels:
        check = kind(_KINDS[criterion])
        findings[criterion] = check.judge(conversation, check.params())
    agents = [i for i, turn in enumerate(conversation.turns) if turn.role is Role.AGENT]
    counts = Counter(agents[use.turn] for use in names_of(conversation).uses if use.certain)
    found = tuple(counts[i] for i in range(len(conversation.turns)))
    return Judged(conversation.call_id, conversation, findings, labels, uses, found)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "    -"


def report(results: Sequence[Judged]) -> str:
    """Precision and recall of single uses; per criterion determined accuracy and undetermined."""
    right = sum(min(u, f) for r in results for u, f in zip(r.uses, r.found, strict=True))
    said = sum(sum(r.found) for r in results)
    meant = sum(sum(r.uses) for r in results)
    lines = [
        f"{len(results)} calls; single uses: precision {_share(right, said)} (of {said}), "
        f"recall {_share(right, meant)} (of {meant})"
    ]
    for criterion in CRITERIA:
        pairs = [
            (r.labels[criterion], r.findings[criterion].outcome.value, r.findings[criterion])
            for r in results
            if criterion in r.labels
        ]
        settled = [(label, out) for label, out, _ in pairs if out in ("pass", "fail")]
        wrong_fails = sum(label == "pass" and out == "fail" for label, out in settled)
        wrong_passes = sum(label == "fail" and out == "pass" for label, out in settled)
        sure = sum(
            label != out and out in ("pass", "fail") and found.confidence > 0.9
            for label, out, found in pairs
        )
        lines.append(
            f"  {criterion:9} accuracy of determined "
            f"{_share(sum(a == b for a, b in settled), len(settled))}, undetermined "
            f"{_share(len(pairs) - len(settled), len(pairs))}, wrong fail {wrong_fails}, "
            f"wrong pass {wrong_passes}, wrong above 0.9: {sure}"
        )
    return "\n".join(lines)


def mistakes(results: Iterable[Judged]) -> str:
    """Every missed or false use, and every wrong or undetermined verdict, with its words."""
    lines = []
    for r in results:
        agent, customer = r.conversation.agent_name, r.conversation.customer_name
        who = f"{r.call_id} (agent {agent.text if agent else None}, customer " + (
            f"{customer.text} [{customer.family}|{customer.given}] {customer.source})"
            if customer
            else "None)"
        )
        for turn, uses, found in zip(r.conversation.turns, r.uses, r.found, strict=True):
            if uses != found:
                lines.append(f"{who}: {'missed' if found < uses else 'false'} use: {turn.text}")
        for criterion, finding in r.findings.items():
            if finding.outcome.value != r.labels[criterion]:
                opening = " / ".join(t.text for t in r.conversation.turns[:4])
                shown = f" [{opening}]" if criterion == "greeting" else ""
                lines.append(
                    f"{who}: {criterion} {finding.outcome.value} {finding.confidence:.2f} "
                    f"{finding.reason}, label {r.labels[criterion]}{shown}"
                )
    return "\n".join(lines)


def main() -> None:
    """Print the figures, and with --wrong every mistake."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=HALVES, default="test")
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--language", choices=("en", "zh"))
    parser.add_argument("--scenarios", action="store_true", help="from unheard/scenarios")
    parser.add_argument("--wrong", action="store_true")
    given = parser.parse_args()
    scripts = scenarios(given.half) if given.scenarios else []
    for language in [given.language] if given.language else ("en", "zh"):
        if given.scenarios:
            own_scripts = [s for s in scripts if s["language"] == language]
            calls = [draw_scenario(own_scripts[i % len(own_scripts)], i)
                     for i in range(given.calls if own_scripts else 0)]  # fmt: skip
        else:
            calls = [draw(seed, language, given.half) for seed in range(given.calls)]
        results = [judge(call) for call in calls]
        print(f"{language} {given.half}: {report(results)}")
        for profile in ("clean", "plain", "heard"):
            own = [r for r, c in zip(results, calls, strict=True) if c.profile == profile]
            print(f" {profile}: {report(own)}")
        if given.wrong:
            print(mistakes(results))


if __name__ == "__main__":
    main()
