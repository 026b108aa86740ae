from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.engines.ct2_checkpoint import read_arrays, to_checkpoint
from qa_pipeline.errors import ModelError

WIDTH = 64


def tiny_arrays(dtype: type = np.float16) -> dict[str, np.ndarray]:
    """A Whisper of one layer on each side, each array with values of its own."""
    random = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "encoder/conv1/weight": (WIDTH, 80, 3),
        "encoder/conv1/bias": (WIDTH,),
        "encoder/conv2/weight": (WIDTH, WIDTH, 3),
        "encoder/conv2/bias": (WIDTH,),
        "encoder/position_encodings/encodings": (1500, WIDTH),
        "decoder/position_encodings/encodings": (448, WIDTH),
        "decoder/embeddings/weight": (51865, WIDTH),
    }
    for norm in ("encoder/layer_norm", "decoder/layer_norm"):
        shapes |= {f"{norm}/gamma": (WIDTH,), f"{norm}/beta": (WIDTH,)}
    for side in ("encoder", "decoder"):
        blocks = {"self_attention": (3 * WIDTH, WIDTH)}
        if side == "decoder":
            blocks["attention"] = (WIDTH, 2 * WIDTH, WIDTH)
        for block, rows in blocks.items():
            base = f"{side}/layer_0/{block}"
            for number, count in enumerate(rows):
                shapes[f"{base}/linear_{number}/weight"] = (count, WIDTH)
                shapes[f"{base}/linear_{number}/bias"] = (count,)
            shapes |= {f"{base}/layer_norm/gamma": (WIDTH,), f"{base}/layer_norm/beta": (WIDTH,)}
        ffn = f"{side}/layer_0/ffn"
        shapes |= {
            f"{ffn}/linear_0/weight": (4 * WIDTH, WIDTH),
            f"{ffn}/linear_0/bias": (4 * WIDTH,),
            f"{ffn}/linear_1/weight": (WIDTH, 4 * WIDTH),
            f"{ffn}/linear_1/bias": (WIDTH,),
            f"{ffn}/layer_norm/gamma": (WIDTH,),
            f"{ffn}/layer_norm/beta": (WIDTH,),
        }
    return {
        name: random.standard_normal(shape).astype(np.float32).astype(dtype)
        for name, shape in shapes.items()
    }


def written(arrays: dict[str, np.ndarray], spec: str = "WhisperSpec") -> bytes:
    out = io.BytesIO()

    def string(text: str) -> None:
        out.write(struct.pack("<H", len(text) + 1) + text.encode() + b"\0")

    kinds = {np.dtype(np.float32): 0, np.dtype(np.int8): 1, np.dtype(np.float16): 4}
    out.write(struct.pack("<I", 6))
    string(spec)
    out.write(struct.pack("<II", 3, len(arrays)))
    for name, array in arrays.items():
        string(name)
        out.write(struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape))
        out.write(struct.pack("<BI", kinds[array.dtype], array.nbytes) + array.tobytes())
    out.write(struct.pack("<I", 1))
    string("decoder/projection/weight")
    string("decoder/embeddings/weight")
    return out.getvalue()


def test_arrays_are_read_as_they_were_written(tmp_path: Path) -> None:
    arrays = tiny_arrays()
    (tmp_path / "model.bin").write_bytes(written(arrays))
    found = read_arrays(tmp_path / "model.bin")
    assert set(found) == {*arrays, "decoder/projection/weight"}
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)


def test_the_checkpoint_has_every_number_where_openai_has_it() -> None:
    arrays = tiny_arrays()
    checkpoint = to_checkpoint(arrays, [[0, 0]])
    state = checkpoint["model_state_dict"]
    stacked = arrays["decoder/layer_0/self_attention/linear_0/weight"]
    assert np.array_equal(state["decoder.blocks.0.attn.query.weight"], stacked[:WIDTH])
    assert np.array_equal(state["decoder.blocks.0.attn.key.weight"], stacked[WIDTH : 2 * WIDTH])
    assert np.array_equal(state["decoder.blocks.0.attn.value.weight"], stacked[2 * WIDTH :])
    cross = arrays["decoder/layer_0/attention/linear_1/weight"]
    assert np.array_equal(state["decoder.blocks.0.cross_attn.key.weight"], cross[:WIDTH])
    assert np.array_equal(state["decoder.blocks.0.cross_attn.value.weight"], cross[WIDTH:])
    assert "decoder.blocks.0.attn.key.bias" not in state
    assert checkpoint["dims"]["n_audio_head"] == 1
    assert checkpoint["dims"]["n_text_layer"] == 1
    assert checkpoint["dims"]["n_vocab"] == 51865
    assert all(array.dtype == np.float16 for array in state.values())


def test_a_cut_or_foreign_file_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    whole = written(tiny_arrays())
    for content in (b"", b"hello", whole[:5000], written({}, spec="TransformerSpec")):
        path.write_bytes(content)
        with pytest.raises(ModelError, match=r"model\.bin is not a CTranslate2 model"):
            read_arrays(path)


def test_quantized_or_incomplete_weights_are_refused() -> None:
    with pytest.raises(ModelError, match="quantized"):
        to_checkpoint(tiny_arrays(np.int8), [])
    arrays = tiny_arrays()
    del arrays["encoder/conv2/bias"]
    with pytest.raises(ModelError, match="encoder/conv2/bias"):
        to_checkpoint(arrays, [])
