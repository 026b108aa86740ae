"""Scripts of calls to conversations, for tests that write them as cases do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import CallMetadata, ChannelRoles, Party, Role
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.ports import TextEncoder
from qa_pipeline.resources import acts_dir
from qa_pipeline.rubric_cases import Script, conversation_of

CHANNELS = ChannelRoles(agent=0, customer=1)


def metadata_of(given: Mapping[str, Any]) -> CallMetadata:
    fields = dict(given)
    if "disconnected_by" in fields:
        fields["disconnected_by"] = Party(fields["disconnected_by"])
    return CallMetadata(**fields)


def converse(case: Mapping[str, Any], encoder: TextEncoder | None = None) -> Conversation:
    """The conversation of a case written as a mapping."""
    script = Script(
        name=case["name"],
        language=case["language"],
        lines=tuple(case["script"]),
        metadata=metadata_of(case.get("metadata", {})),
        country=case.get("country"),
        line_ends=tuple((Role(who), ends) for who, ends in case.get("line", {}).items()),
        stereo=case.get("stereo", False),
    )
    return conversation_of(script, load_catalogue(acts_dir()), encoder)
