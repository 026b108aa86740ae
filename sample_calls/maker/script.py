"""The form of a script: who calls whom, what is said and heard in which order, what is expected.

A script's `timeline` is a list of single-key items, played one after the other::

    timeline:
      - ring: {rings: 2, last_cut_ms: 900}
      - agent: Good morning, Lakeside Travel, Daniel Porter speaking.
      - customer: {text: "Hi, uh, I need to move a booking.", pause_ms: 700}
      - agent: {text: "Mm-hm.", overlap_ms: 600}
      - hold: {medium: music, seconds: 14, tune: cold_day}
      - announce: {says: This call may be recorded., voice: heart}
      - pause: 2500
      - hangup: {by: customer, tone: true}
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sample_calls.maker.errors import MakerError

CRITERIA = ("pickup", "greeting", "name_use", "hold", "summary", "satisfaction", "hangup")

Outcome = Literal["pass", "fail", "not_applicable", "undetermined"]
Party = Literal["agent", "customer"]
Layout = Literal["mono", "stereo", "dual_mono"]
Format = Literal[
    "wav_pcm", "wav_mulaw", "wav_alaw", "wav_gsm", "mp3", "m4a", "ogg_opus", "flac", "amr"
]
NoiseKind = Literal["line", "hum", "office", "babble"]
Medium = Literal["music", "silence", "comfort_noise", "beeps", "announcement"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ring(_Frozen):
    """Ringing before the answer; the cuts are those of `qa_pipeline.acoustics.synthesis`."""

    rings: int = Field(ge=1)
    first_cut_ms: int = 0
    last_cut_ms: int | None = None
    level_db: float = -21.0
    variant: int = 0
    country: str | None = None  # None: the script's


class RingTune(_Frozen):
    """A tune that the caller hears in place of ringing (彩铃) until somebody answers."""

    seconds: float = Field(gt=0)
    tune: str = "melody"
    level_db: float = -24.0


class Announcement(_Frozen):
    """A recorded voice that both sides hear before anybody speaks."""

    says: str
    voice: str
    level_db: float = -22.0


class Hold(_Frozen):
    """The agent goes away; what the customer hears until then.

    ``beeps`` are `beep_hz` for 0.3 s every `beep_every_s`. ``announcement`` says `says` in `voice`
    again and again, over nothing or, with a `tune`, between music.
    """

    seconds: float = Field(gt=0)
    medium: Medium = "music"
    tune: str | None = "melody"
    level_db: float = -24.0
    beep_hz: float = 425.0
    beep_every_s: float = 6.0
    says: str = ""
    voice: str = ""

    @model_validator(mode="after")
    def _can_be_heard(self) -> Hold:
        if self.medium == "announcement" and not (self.says and self.voice):
            raise ValueError("a hold with an announcement needs `says` and `voice`")
        if self.medium == "music" and self.tune is None:
            raise ValueError("a hold with music needs a `tune`")
        return self


class Hangup(_Frozen):
    """Who ends the call and how that sounds.

    `linger_ms` is how long the recording goes on after the click. `tone` plays the country's
    busy tone to the side that stays, `tone_after_ms` after the click.
    """

    by: Literal["agent", "customer", "system"]
    click: bool = True
    linger_ms: int = 2200
    tone: bool = False
    tone_after_ms: int = 500
    pause_ms: int = 600


class Line(_Frozen):
    """One turn. `say` replaces `text` for the voice only, where it would misread it.

    `voice` is somebody else's on the same side of the line: a colleague who takes over.
    """

    role: Party
    text: str
    say: str | None = None
    voice: str | None = None  # None: the party's own
    pause_ms: int | None = None  # silence before it; None: a natural one, from the seed
    overlap_ms: int = 0  # starts that long before the turn before it ends
    speed: float = 1.0
    level_db: float = 0.0


class Pause(_Frozen):
    """Nobody speaks, nothing plays."""

    pause_ms: int


Item = Ring | RingTune | Announcement | Hold | Hangup | Line | Pause


class Speaker(_Frozen):
    """One party: its name, its voice, its line.

    `called` are the forms in which the other party says the name; labels count them. `pitch` plays
    the voice faster and higher (above 1) or slower and deeper, as another body speaks.
    """

    name: str
    voice: str
    id: str | None = None
    speed: float = 1.0
    pitch: float = Field(1.0, ge=0.8, le=1.25)
    level_db: float = -22.0
    noise: NoiseKind = "line"
    noise_db: float = -52.0
    called: tuple[str, ...] = ()


class Expected(_Frozen):
    """The right outcome of a criterion and why."""

    outcome: Outcome
    note: str


class Script(_Frozen):
    """One call.

    `expect` holds the seven criteria of the standard; `rubrics` the criteria of further rubrics, by
    rubric and outcome. A rubric that builds on the standard names only what it adds.
    """

    id: str
    title: str
    language: Literal["en", "zh"]
    country: str
    layout: Layout
    format: Format
    sample_rate_hz: Literal[8000, 16000] = 8000
    bitrate_kbps: float = 24
    agent_channel: Literal[0, 1] = 0  # of a stereo file
    crosstalk_db: float | None = None  # echo of each voice on the other one's channel
    seed: int
    agent: Speaker
    customer: Speaker
    timeline: tuple[Item, ...]
    sidecar: dict[str, Any] | None = None
    expect: dict[str, Expected]
    rubrics: dict[str, dict[Outcome, tuple[str, ...]]] = Field(default_factory=dict)
    notes: str = ""

    @field_validator("timeline", mode="before")
    @classmethod
    def _read_items(cls, items: list[dict[str, Any]]) -> tuple[Item, ...]:
        return tuple(_item(item) for item in items)

    @model_validator(mode="after")
    def _complete(self) -> Script:
        if set(self.expect) != set(CRITERIA):
            raise ValueError(f"`expect` must name exactly {', '.join(CRITERIA)}")
        for rubric, outcomes in self.rubrics.items():
            named = [criterion for criteria in outcomes.values() for criterion in criteria]
            if twice := sorted({one for one in named if named.count(one) > 1}):
                raise ValueError(f"`rubrics.{rubric}` names {', '.join(twice)} twice")
        if self.format in {"wav_gsm", "amr"} and self.layout != "mono":
            raise ValueError(f"{self.format} holds one channel only: set layout to mono")
        return self

    def speaker(self, role: Party) -> Speaker:
        """The party in that role."""
        return self.agent if role == "agent" else self.customer


def load(path: Path) -> Script:
    """Read a script.

    Raises:
        MakerError: the file is not YAML, does not have the form, or has another id than its name.
    """
    try:
        script = Script.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise MakerError(f"{path.name} is not a valid script: {error}") from error
    if script.id != path.stem:
        raise MakerError(f"{path.name} has the id {script.id!r}: name the file after its id.")
    return script


def _item(item: dict[str, Any]) -> Item:
    if not isinstance(item, dict) or len(item) != 1:
        raise ValueError(f"an item of the timeline has one key, not {item!r}")
    ((kind, value),) = item.items()
    if kind in ("agent", "customer"):
        fields = {"text": value} if isinstance(value, str) else value
        return Line(role=kind, **fields)
    if kind == "pause":
        return Pause(pause_ms=value)
    makers: dict[str, type[Ring | RingTune | Announcement | Hold | Hangup]] = {
        "ring": Ring,
        "ring_tune": RingTune,
        "announce": Announcement,
        "hold": Hold,
        "hangup": Hangup,
    }
    if kind not in makers:
        raise ValueError(f"unknown item {kind!r} in the timeline")
    return makers[kind](**value)
