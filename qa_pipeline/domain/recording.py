"""The recording: an audio file and what the phone system knows about its call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


class Role(StrEnum):
    """Who a turn or a piece of evidence belongs to; `line` is the telephone line itself."""

    AGENT = "agent"
    CUSTOMER = "customer"
    LINE = "line"


class Party(StrEnum):
    """Who ended the call."""

    AGENT = "agent"
    CUSTOMER = "customer"
    SYSTEM = "system"


class Layout(StrEnum):
    """How voices lie on channels."""

    MONO = "mono"
    STEREO = "stereo"
    DUAL_MONO = "dual_mono"  # a stereo file with the same signal on both channels
    TEXT = "text"  # a conversation transcribed elsewhere, no audio


@dataclass(frozen=True, slots=True)
class ChannelRoles:
    """Which channel (0-based) carries whom, as the phone system says."""

    agent: int
    customer: int


@dataclass(frozen=True, slots=True)
class CallMetadata:
    """What is known about a call beside its audio; every field is optional.

    `sources` names for each known field where it came from: ``sidecar``, ``manifest``,
    ``file_name``, ``turns`` or ``configuration``. `extra` keeps fields that this version does not
    know.
    """

    call_id: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    customer_name: str | None = None
    direction: str | None = None  # inbound | outbound
    started_at: datetime | None = None
    ring_seconds: float | None = None
    ring_count: int | None = None
    disconnected_by: Party | None = None
    hold_seconds: float | None = None
    channels: ChannelRoles | None = None
    language: str | None = None  # en | zh
    country: str | None = None  # ISO 3166 alpha-2, upper case
    extra: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recording:
    """One audio (or turns) file, identified by its content.

    `file` is the name as given by the user; `path` where it was read. `channel_count` counts
    the channels of the file; `notes` are plain facts for a person ("dual mono: ..."),
    `kept_channels` which channels of the file (0-based) the decoder took.
    """

    path: str
    file: str
    content_sha256: str
    call_id: str
    duration_ms: int
    sample_rate_hz: int
    codec: str
    layout: Layout
    channel_count: int
    metadata: CallMetadata
    notes: tuple[str, ...] = ()
    kept_channels: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Audio:
    """Decoded samples: float32 of shape (channels, samples), full scale is 1.0.

    Dual mono is already reduced to one channel.
    """

    samples: FloatArray
    sample_rate_hz: int

    @property
    def channel_count(self) -> int:
        """Number of channels."""
        count: int = self.samples.shape[0]
        return count

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds."""
        count: int = self.samples.shape[1]
        return round(count * 1000 / self.sample_rate_hz)

    def channel(self, index: int) -> FloatArray:
        """One channel, shape (samples,)."""
        samples: FloatArray = self.samples[index]
        return samples

    def mono(self) -> FloatArray:
        """The mean of all channels, shape (samples,)."""
        if self.channel_count == 1:
            return self.channel(0)
        return np.asarray(self.samples.mean(axis=0), dtype=np.float32)
