"""Makes one call: audio, sidecar and labels out of a script."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sample_calls.maker.errors import need
from sample_calls.maker.formats import write
from sample_calls.maker.labels import file_name, label
from sample_calls.maker.render import NOTHING_ADDED, Surroundings, render
from sample_calls.maker.script import Script
from sample_calls.maker.voices import SAMPLE_RATE_HZ, Voices


def make(
    script: Script, audio_dir: Path, voices: Voices, surroundings: Surroundings = NOTHING_ADDED
) -> dict[str, Any]:
    """Make one call: audio and sidecar into `audio_dir`; returns its labels.

    Raises:
        MakerError: see `render`, `labels.check` and `formats.write`.
    """
    rendered = render(script, voices, surroundings)
    entry = label(script, rendered)
    samples = rendered.samples
    if script.sample_rate_hz != SAMPLE_RATE_HZ:
        soxr = need("soxr", "resampling")
        samples = soxr.resample(samples.T, SAMPLE_RATE_HZ, script.sample_rate_hz).T
    path = audio_dir / file_name(script)
    write(path, samples, script.sample_rate_hz, script.format, script.bitrate_kbps)
    sidecar = path.with_suffix(".json")
    if script.sidecar is None:
        sidecar.unlink(missing_ok=True)
    else:
        write_json(sidecar, script.sidecar)
    return entry


def write_json(path: Path, content: Any) -> None:
    """Write whole or not at all, so that whoever reads meanwhile reads sense."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
