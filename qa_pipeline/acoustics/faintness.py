"""Where nothing on a channel is nearly as loud as its talk: a room, people far away, a soft line.

Recognisers read words into a room's voices, and detectors take them for the party's own. Their
level tells them apart: somebody at the telephone is hardly ever so far below the talk for long. Of
8,300 labelled turns of made calls 5 lie by half in what is so called, all of one customer who is
12 dB softer than the agent on the same channel: so far it says that something is no talk only where
the words were hardly read, too.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import ndimage

from qa_pipeline.acoustics.line_state import FRAME_MS
from qa_pipeline.acoustics.spectrogram import runs
from qa_pipeline.domain.recording import FloatArray
from qa_pipeline.domain.spans import Span

SHORTEST_MS: Final = 1_500
_ENVELOPE_FRAMES: Final = 50  # a second of talk holds a stressed syllable of 100 ms
_ENVELOPE_PERCENT: Final = 90.0
_TALK_PERCENT: Final = 90.0  # of the envelope: talk, wherever a party speaks a tenth of the time
_FAINT_DB: Final = 11.0  # under it; two parties on one channel are often 8 dB apart


def faint_spans(levels_db: FloatArray, answered_ms: int = 0) -> tuple[Span, ...]:
    """Stretches of at least `SHORTEST_MS` that are far softer than the channel's talk.

    Args:
        levels_db: one channel's levels per `FRAME_MS`, shape (frames,), dBFS.
        answered_ms: when the ringing ended; it is no talk.

    Example:
        >>> levels = np.full(1500, -20.0, dtype=np.float32)
        >>> levels[500:1000] = -45.0
        >>> [round(span.duration_ms, -3) for span in faint_spans(levels)]
        [9000]
    """
    first_frame = answered_ms // FRAME_MS
    levels_db = levels_db[first_frame:]
    if levels_db.size < _ENVELOPE_FRAMES:
        return ()
    envelope = ndimage.percentile_filter(levels_db, _ENVELOPE_PERCENT, _ENVELOPE_FRAMES)
    faint = envelope < float(np.percentile(envelope, _TALK_PERCENT)) - _FAINT_DB
    return tuple(
        Span((first_frame + first) * FRAME_MS, (first_frame + end) * FRAME_MS)
        for first, end in runs(faint)
        if (end - first) * FRAME_MS >= SHORTEST_MS
    )
