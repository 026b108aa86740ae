"""The weights of a CTranslate2 Whisper folder as an OpenAI checkpoint, without loss.

OpenAI's checkpoints hold float16 and so does the CTranslate2 file, so that every number is copied
as it is. The file is a list of named arrays (little-endian): a header (version, specification,
revision, count), for each array its name, rank, dimensions, type, byte count and data, and after
them aliases for arrays that are used twice. Query, key and value of self-attention lie stacked in
one array, key and value of cross-attention in another; Whisper's keys have no bias.
"""

from __future__ import annotations

import hashlib
import json
import logging
import struct
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from qa_pipeline.errors import ModelError

Array = npt.NDArray[Any]

_TYPES: Mapping[int, type[np.generic]] = {
    0: np.float32,
    1: np.int8,
    2: np.int16,
    3: np.int32,
    4: np.float16,
}
_NEWEST_FORMAT = 6
_STAMP = 2  # of the converted file; changes when this module writes something else

_log = logging.getLogger(__name__)


def read_arrays(model_bin: Path) -> dict[str, Array]:
    """The named arrays of a CTranslate2 ``model.bin``, aliases resolved.

    Raises:
        ModelError: the file is cut or has another layout.
    """
    try:
        with model_bin.open("rb") as stream:
            return dict(_arrays(stream))
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{model_bin} is not a CTranslate2 model that can be converted: {error}.",
            "Run 'qa-pipeline models verify', or use the engine faster-whisper.",
        ) from error


def to_checkpoint(arrays: Mapping[str, Array], alignment_heads: list[list[int]]) -> dict[str, Any]:
    """Arrays of CTranslate2 as OpenAI's ``{"dims": ..., "model_state_dict": ...}`` of numpy arrays.

    `alignment_heads` (layer, head), from the folder's config.json, is carried along under its own
    key for word times.

    Raises:
        ModelError: an array is missing or the weights are quantized.
    """
    try:
        state = dict(_state(arrays))
        dims = _dims(arrays, state)
    except KeyError as error:
        raise ModelError(
            f"The model has no array {error.args[0]}.", "Use a Whisper model of CTranslate2."
        ) from error
    lossy = [name for name, array in state.items() if array.dtype not in (np.float16, np.float32)]
    if lossy:
        raise ModelError(
            f"The model is quantized ({lossy[0]}), so it cannot be converted without loss.",
            "Use a float16 model, or the engine faster-whisper.",
        )
    return {"dims": dims, "model_state_dict": state, "alignment_heads": alignment_heads}


def converted(model_dir: Path, content_id: str, cache_dir: Path) -> Path:
    """The checkpoint file of a model folder, converted once and kept in `cache_dir`.

    The file's name carries the weights' hash, so that other weights are converted anew. Where
    `cache_dir` cannot be written, a temporary folder is used.

    Raises:
        ModelError: see `read_arrays` and `to_checkpoint`.
    """
    name = f"openai-{content_id}-{_STAMP}.pt"
    if _is_whole(cache_dir / name):
        return cache_dir / name
    arrays = read_arrays(model_dir / "model.bin")
    try:
        config = json.loads((model_dir / "config.json").read_text(encoding="utf-8"))
        heads = [[int(layer), int(head)] for layer, head in config.get("alignment_heads", [])]
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(
            f"{model_dir / 'config.json'} cannot be read: {error}.", "Fetch the model again."
        ) from error
    checkpoint = to_checkpoint(arrays, heads)
    try:
        return _save(checkpoint, cache_dir / name)
    except OSError as error:
        _log.info("%s cannot be written (%s): converted for this run only", cache_dir, error)
        return _save(checkpoint, Path(tempfile.mkdtemp(prefix="qa-pipeline-")) / name)


def _save(checkpoint: Mapping[str, Any], path: Path) -> Path:
    import torch

    tensors = {
        key: torch.from_numpy(array.copy())  # arrays read from a file cannot be written to
        for key, array in checkpoint["model_state_dict"].items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
    ) as stream:
        temporary = Path(stream.name)
        try:
            torch.save({**checkpoint, "model_state_dict": tensors}, stream)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    temporary.chmod(0o644)
    stamp = path.with_suffix(".sha256")
    stamp.write_text(_sha256(temporary), encoding="ascii")
    temporary.replace(path)
    return path


def _is_whole(path: Path) -> bool:
    """Whether the converted file is what was written, by the stamp beside it."""
    try:
        return path.with_suffix(".sha256").read_text(encoding="ascii") == _sha256(path)
    except (OSError, UnicodeDecodeError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _arrays(stream: BinaryIO) -> Iterator[tuple[str, Array]]:
    version = _number(stream, "<I")
    if version > _NEWEST_FORMAT:
        raise ValueError(f"its format {version} is newer than {_NEWEST_FORMAT}")
    specification = _string(stream)
    if specification != "WhisperSpec":
        raise ValueError(f"it is a {specification}, not a Whisper")
    _number(stream, "<I")  # revision of the specification
    found: dict[str, Array] = {}
    for _ in range(_number(stream, "<I")):
        name = _string(stream)
        shape = [_number(stream, "<I") for _ in range(_number(stream, "<B"))]
        kind = _TYPES[_number(stream, "<B")]
        size = _number(stream, "<I")
        data = stream.read(size)
        if len(data) != size:
            raise ValueError("it ends too early")
        found[name] = np.frombuffer(data, dtype=kind).reshape(shape)
        yield name, found[name]
    for _ in range(_number(stream, "<I")):
        alias, name = _string(stream), _string(stream)
        yield alias, found[name]


def _number(stream: BinaryIO, layout: str) -> int:
    value: int = struct.unpack(layout, stream.read(struct.calcsize(layout)))[0]
    return value


def _string(stream: BinaryIO) -> str:
    return stream.read(_number(stream, "<H")).rstrip(b"\0").decode("utf-8")


def _state(arrays: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """OpenAI's parameters, one by one."""
    for number in (1, 2):
        yield from _pair(arrays, f"encoder/conv{number}", f"encoder.conv{number}")
    yield "encoder.positional_embedding", arrays["encoder/position_encodings/encodings"]
    yield from _norm(arrays, "encoder/layer_norm", "encoder.ln_post")
    yield "decoder.token_embedding.weight", arrays["decoder/embeddings/weight"]
    yield "decoder.positional_embedding", arrays["decoder/position_encodings/encodings"]
    yield from _norm(arrays, "decoder/layer_norm", "decoder.ln")
    for side in ("encoder", "decoder"):
        for layer in range(_layers(arrays, side)):
            yield from _block(arrays, f"{side}/layer_{layer}", f"{side}.blocks.{layer}")


def _block(arrays: Mapping[str, Array], source: str, target: str) -> Iterator[tuple[str, Array]]:
    """One transformer block; decoders have a second attention over the audio."""
    own = f"{source}/self_attention"
    yield from _split(arrays, f"{own}/linear_0", f"{target}.attn", ("query", "key", "value"))
    yield from _pair(arrays, f"{own}/linear_1", f"{target}.attn.out")
    yield from _norm(arrays, f"{own}/layer_norm", f"{target}.attn_ln")
    cross = f"{source}/attention"
    if f"{cross}/linear_0/weight" in arrays:
        yield from _pair(arrays, f"{cross}/linear_0", f"{target}.cross_attn.query")
        yield from _split(arrays, f"{cross}/linear_1", f"{target}.cross_attn", ("key", "value"))
        yield from _pair(arrays, f"{cross}/linear_2", f"{target}.cross_attn.out")
        yield from _norm(arrays, f"{cross}/layer_norm", f"{target}.cross_attn_ln")
    yield from _pair(arrays, f"{source}/ffn/linear_0", f"{target}.mlp.0")
    yield from _pair(arrays, f"{source}/ffn/linear_1", f"{target}.mlp.2")
    yield from _norm(arrays, f"{source}/ffn/layer_norm", f"{target}.mlp_ln")


def _pair(arrays: Mapping[str, Array], source: str, target: str) -> Iterator[tuple[str, Array]]:
    yield f"{target}.weight", arrays[f"{source}/weight"]
    yield f"{target}.bias", arrays[f"{source}/bias"]


def _norm(arrays: Mapping[str, Array], source: str, target: str) -> Iterator[tuple[str, Array]]:
    yield f"{target}.weight", arrays[f"{source}/gamma"]
    yield f"{target}.bias", arrays[f"{source}/beta"]


def _split(
    arrays: Mapping[str, Array], source: str, target: str, names: tuple[str, ...]
) -> Iterator[tuple[str, Array]]:
    weights = np.split(arrays[f"{source}/weight"], len(names))
    biases = np.split(arrays[f"{source}/bias"], len(names))
    for name, weight, bias in zip(names, weights, biases, strict=True):
        yield f"{target}.{name}.weight", weight
        if name != "key":
            yield f"{target}.{name}.bias", bias


def _layers(arrays: Mapping[str, Array], side: str) -> int:
    prefix = f"{side}/layer_"
    indices = (name[len(prefix) :].split("/")[0] for name in arrays if name.startswith(prefix))
    numbers = {int(index) for index in indices if index.isdigit()}
    if not numbers:
        raise KeyError(f"{prefix}0")
    return max(numbers) + 1


def _dims(arrays: Mapping[str, Array], state: Mapping[str, Array]) -> dict[str, int]:
    """The sizes that OpenAI's checkpoints carry, read off the arrays' shapes."""
    vocabulary, width = state["decoder.token_embedding.weight"].shape
    # Every Whisper has heads of 64; larger files also name their number.
    heads = int(arrays["encoder/num_heads"]) if "encoder/num_heads" in arrays else width // 64
    return {
        "n_mels": state["encoder.conv1.weight"].shape[1],
        "n_vocab": vocabulary,
        "n_audio_ctx": state["encoder.positional_embedding"].shape[0],
        "n_audio_state": state["encoder.positional_embedding"].shape[1],
        "n_audio_head": heads,
        "n_audio_layer": _layers(arrays, "encoder"),
        "n_text_ctx": state["decoder.positional_embedding"].shape[0],
        "n_text_state": width,
        "n_text_head": heads,
        "n_text_layer": _layers(arrays, "decoder"),
    }
