"""Both criteria about names on 36 real conversations, against their labels."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.criteria import kind
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import CallMetadata, Layout, Role
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.stages.find_names import find_names

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data" / "harper_valley"
FOLDER = Path(os.environ.get("QA_PIPELINE_HARPER_VALLEY", str(_BESIDE)))

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the conversations are not here")


def _conversation(path: Path, with_records: bool) -> Conversation:
    data = json.loads(path.read_text(encoding="utf-8"))
    turns = tuple(
        Turn(Role(t["role"]), t["start_ms"], t["end_ms"], t["text"]) for t in data["turns"]
    )
    known = data["metadata"]
    metadata = (
        CallMetadata(agent_name=known["agent_name"], customer_name=known["customer_name"])
        if with_records
        else CallMetadata()
    )
    agent, customer = find_names(turns, metadata, "en")
    return Conversation(
        call_id=data["call_id"], layout=Layout.TEXT, duration_ms=max(t.end_ms for t in turns),
        metadata=metadata, language="en", language_confidence=1.0, country=None,
        country_source="none", turns=turns, acts=(), events=(), agent_name=agent,
        customer_name=customer,
    )  # fmt: skip


@pytest.mark.parametrize("with_records", [True, False])
@pytest.mark.parametrize(
    ("criterion", "kind_name"), [("greeting", "self_introduction"), ("name_use", "name_use")]
)
def test_all_labels(criterion: str, kind_name: str, with_records: bool) -> None:
    labels = json.loads((FOLDER / "labels.json").read_text(encoding="utf-8"))
    check = kind(kind_name)
    wrong = []
    for path in sorted(FOLDER.glob("*.turns.json")):
        finding = check.judge(_conversation(path, with_records), check.params())
        if finding.outcome.value != labels[path.name][criterion]:
            wrong.append((path.name, finding.outcome, finding.reason))
    assert wrong == []


def test_a_family_name_added_to_the_first_name_passes() -> None:
    """The labels are all fails; so the same calls must pass once the agent says it all."""
    check = kind("self_introduction")
    missed = []
    changed = 0
    for path in sorted(FOLDER.glob("*.turns.json")):
        conversation = _conversation(path, with_records=False)
        turns = tuple(
            replace(turn, text=re.sub(r"my name is (\w+)", r"my name is \1 bradshaw", turn.text))
            if turn.role is Role.AGENT
            else turn
            for turn in conversation.turns
        )
        if turns == conversation.turns:
            continue
        changed += 1
        finding = check.judge(replace(conversation, turns=turns, agent_name=None), check.params())
        if finding.outcome.value != "pass":
            missed.append((path.name, finding.reason))
    assert missed == []
    assert changed >= 30
