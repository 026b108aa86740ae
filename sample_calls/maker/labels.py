"""What is true of a call: labels out of the script and what was rendered, and sidecars."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sample_calls.maker.errors import MakerError
from sample_calls.maker.formats import CONTAINERS
from sample_calls.maker.render import CHANNEL_OF, Rendered
from sample_calls.maker.script import CRITERIA, Line, Ring, Script

NAME_USES_WANTED = 3  # rule H26
RINGS_ALLOWED = 3  # rule H22: answered before a fourth ring began


def file_name(script: Script) -> str:
    """The audio file's name."""
    return script.id + CONTAINERS[script.format].suffix


def label(script: Script, rendered: Rendered) -> dict[str, Any]:
    """One call's entry in labels.json.

    Raises:
        MakerError: the script expects something that what was rendered contradicts.
    """
    name_count = count_name(script)
    check(script, rendered, name_count)
    entry: dict[str, Any] = {name: script.expect[name].outcome for name in CRITERIA}
    entry |= {
        "name_count": name_count,
        "notes": {name: script.expect[name].note for name in CRITERIA},
        "rubrics": {
            rubric: {name: outcome for outcome, names in outcomes.items() for name in names}
            for rubric, outcomes in script.rubrics.items()
        },
        "title": script.title,
        "remark": script.notes,
        "language": script.language,
        "country": script.country,
        "layout": script.layout,
        "format": script.format,
        "duration_ms": rendered.duration_ms,
        "agent": {"id": script.agent.id, "name": script.agent.name},
        "customer": {"name": script.customer.name},
        "channels": _channels(script),
        "hung_up_by": rendered.hung_up_by,
        "hung_up_at_ms": rendered.hung_up_at_ms,
        "turns": [
            {"role": t.role, "start_ms": t.start_ms, "end_ms": t.end_ms, "text": t.text}
            for t in rendered.turns
        ],
        "events": [_event(script, sound) for sound in rendered.sounds],
    }
    return entry


def count_name(script: Script) -> int:
    """How often the agent says the customer's name, by the forms in `customer.called`."""
    said = [i.text for i in script.timeline if isinstance(i, Line) and i.role == "agent"]
    return count_forms(said, script.customer.called, script.language)


def count_forms(said: Iterable[str], forms: Iterable[str], language: str) -> int:
    """How often any of `forms` is said; longer forms first, so that "Ann Bell" counts once.

    Example:
        >>> count_forms(["Yes, Ann Bell.", "Bye, Ann."], ["Ann", "Ann Bell"], "en")
        2
    """
    ordered = sorted(forms, key=len, reverse=True)
    if not ordered:
        return 0
    edge = r"\b" if language == "en" else ""
    pattern = re.compile(edge + "(?:" + "|".join(map(re.escape, ordered)) + ")" + edge)
    return sum(len(pattern.findall(text)) for text in said)


def check(script: Script, rendered: Rendered, name_count: int) -> None:
    """Refuse expectations that the rendered call contradicts.

    Raises:
        MakerError: names the criterion and both sides.
    """
    outcome = {name: expected.outcome for name, expected in script.expect.items()}
    sidecar = script.sidecar or {}
    rings = next((s.rings for s in rendered.sounds if s.kind == "ringback"), None)
    rings = sidecar.get("ring_count", rings)
    problems = []
    # Ringing that the recorder joined late may have begun with rings that are not on the tape.
    cut = any(isinstance(item, Ring) and item.first_cut_ms for item in script.timeline)
    allowed = {"undetermined"} if cut and "ring_count" not in sidecar else set()
    if rings is not None and outcome["pickup"] not in allowed | {
        "pass" if rings <= RINGS_ALLOWED else "fail"
    }:
        problems.append(f"pickup is {outcome['pickup']} with {rings} rings")
    if rings is None and "ring_seconds" not in sidecar and outcome["pickup"] != "undetermined":
        problems.append(f"pickup is {outcome['pickup']} though nothing tells of ringing")
    if (name_count >= NAME_USES_WANTED) != (outcome["name_use"] == "pass"):
        problems.append(f"name_use is {outcome['name_use']} with {name_count} uses")
    held = any(sound.kind == "hold" for sound in rendered.sounds)
    if held != (outcome["hold"] != "not_applicable"):
        problems.append(f"hold is {outcome['hold']}, holds in the time line: {held}")
    by_party = {
        "customer": "pass",
        "agent": "fail",
        "system": "not_applicable",
        None: "undetermined",
    }
    if outcome["hangup"] not in (by_party[rendered.hung_up_by], "undetermined"):
        problems.append(f"hangup is {outcome['hangup']}, ended by {rendered.hung_up_by}")
    said = sidecar.get("disconnected_by")
    if said is not None and said != rendered.hung_up_by:
        problems.append(f"the sidecar says {said} hung up, the time line {rendered.hung_up_by}")
    if problems:
        raise MakerError(f"{script.id}: " + "; ".join(problems) + ".")


def _channels(script: Script) -> dict[str, int] | None:
    if script.layout != "stereo":
        return None
    flip = script.agent_channel
    return {role: channel ^ flip for role, channel in CHANNEL_OF.items()}


def _event(script: Script, sound: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "kind": sound.kind,
        "start_ms": sound.start_ms,
        "end_ms": sound.end_ms,
    }
    if sound.kind == "ringback":
        event |= (
            {"medium": sound.medium}
            if sound.medium is not None
            else {"rings": sound.rings, "country": sound.country}
        )
    elif sound.kind == "hold":
        event["medium"] = sound.medium
    elif sound.kind == "tone":
        event |= {"name": "busy", "country": sound.country}
    return event
