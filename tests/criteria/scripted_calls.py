"""Scripts of calls to conversations, as the rubric's cases write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from qa_pipeline.acoustics.tone_plans import plan_of
from qa_pipeline.domain.conversation import Conversation
from qa_pipeline.domain.recording import CallMetadata, ChannelRoles, Layout, Party, Role
from qa_pipeline.domain.spans import Span
from qa_pipeline.domain.timeline import Event, LineState, Music, Ringback, Silence, Tone
from qa_pipeline.domain.transcript import Turn
from qa_pipeline.language.acts import load_catalogue
from qa_pipeline.ports import TextEncoder
from qa_pipeline.resources import acts_dir
from qa_pipeline.stages.find_names import find_names
from qa_pipeline.stages.locate_holds import locate_holds
from qa_pipeline.stages.recognize_acts import recognize_acts

GAP_MS = 400
_SOUND = re.compile(r"\((\w+) ([\d.]+)\)")


def metadata_of(given: Mapping[str, Any]) -> CallMetadata:
    fields = dict(given)
    if "disconnected_by" in fields:
        fields["disconnected_by"] = Party(fields["disconnected_by"])
    return CallMetadata(**fields)


def spoken_ms(text: str, language: str) -> int:
    """How long it takes to say: 15 letters or 4.5 characters a second."""
    return round(len(text) * 1000 / (4.5 if language == "zh" else 15)) + 200


def converse(case: Mapping[str, Any], encoder: TextEncoder | None = None) -> Conversation:
    language, country = case["language"], case.get("country")
    turns: list[Turn] = []
    events: list[Event] = []
    now = 0
    for line in case["script"]:
        if match := _SOUND.fullmatch(line):
            kind, amount = match[1], float(match[2])
            event, now = _sound(kind, amount, now, country or "US")
            events.append(event)
            continue
        who, text = line.split(": ", 1)
        role = Role.AGENT if who == "A" else Role.CUSTOMER
        end = now + spoken_ms(text, language)
        turns.append(Turn(role, now, end, text, speaker=f"channel_{int(role is Role.CUSTOMER)}"))
        now = end + GAP_MS
    duration_ms = now + 4_000
    metadata = metadata_of(case.get("metadata", {}))
    acts = recognize_acts(turns, language, load_catalogue(acts_dir()), encoder)
    agent_name, customer_name = find_names(tuple(turns), metadata, language)
    return Conversation(
        call_id=case["name"],
        layout=Layout.STEREO if "line" in case else Layout.MONO,
        duration_ms=duration_ms,
        metadata=metadata,
        language=language,
        language_confidence=1.0,
        country=metadata.country or country,
        country_source="metadata" if metadata.country or country else "none",
        turns=tuple(turns),
        acts=acts,
        events=locate_holds(turns, acts, events, metadata, duration_ms),
        lines=_lines(case.get("line"), duration_ms),
        agent_name=agent_name,
        customer_name=customer_name,
        speech_confidence=0.9,
    )


def _sound(kind: str, amount: float, now: int, country: str) -> tuple[Event, int]:
    end = now + round(amount * 1000)
    if kind == "music":
        return Music(now, end), end + GAP_MS
    if kind == "silence":
        return Silence(now, end), end
    if kind == "busy":
        return Tone(now, end, "busy"), end
    plan = plan_of(country)
    assert kind == "rings" and plan is not None, f"unknown sound {kind}"
    count = int(amount)
    starts = [now + n * plan.cycle_ms for n in range(count)]
    bursts = tuple(Span(start, start + plan.on_ms) for start in starts)
    last = bursts[-1].end_ms
    return Ringback(now, last, count, country, bursts), last + 900


def _lines(given: Mapping[str, float] | None, duration_ms: int) -> tuple[LineState, ...]:
    if given is None:
        return ()
    ((party, seconds),) = given.items()
    died = duration_ms - round(seconds * 1000)
    return tuple(
        LineState(channel, -60.0, died if role == party else None, click=role == party)
        for channel, role in enumerate(("agent", "customer"))
    )


CHANNELS = ChannelRoles(agent=0, customer=1)
