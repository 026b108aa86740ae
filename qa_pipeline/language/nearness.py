"""Nearness in meaning to an act's examples and away from its counter-examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from qa_pipeline.language.acts import ActDefinition
from qa_pipeline.language.sentences import Sentence
from qa_pipeline.ports import TextEncoder

NEAR = "nearly_"  # before the name of an act that a sentence only comes near to
LEAST_TOKENS = 4  # shorter questions ("is that all") say too little for their vector to mean much

_Vectors = npt.NDArray[np.float32]
# Examples are encoded once per encoder and process.
_KNOWN: WeakKeyDictionary[TextEncoder, dict[tuple[str, ...], _Vectors]] = WeakKeyDictionary()


class Nearness:
    """Judges sentences against the examples of those acts that allow it."""

    def __init__(self, definitions: Mapping[str, ActDefinition], encoder: TextEncoder) -> None:
        self._definitions = definitions
        self._encoder = encoder
        self._open = [
            kind
            for kind, d in definitions.items()
            if d.entry.encoder and d.entry.form == "question"
        ]

    def kinds_of(self, sentence: Sentence, found: Set[str]) -> Iterator[str]:
        """The acts that a question's meaning shows; none where a pattern already explains it.

        What only comes near to an act is yielded as ``nearly_<act>``.
        """
        if found or not sentence.asked or len(sentence.tokens) < LEAST_TOKENS:
            return
        kinds = [kind for kind in self._open if self._definitions[kind].said_by(sentence.role)]
        if not kinds:
            return
        vector = self._encoder.encode([sentence.text])[0]
        for kind in kinds:
            if self._definitions[kind].vetoed(sentence.tokens):
                continue
            if self._near(kind, vector):
                yield kind
            elif self._nearly(kind, vector):
                yield f"{NEAR}{kind}"

    def is_near(self, kind: str, text: str) -> bool:
        """Whether a text means the same as the act's examples."""
        definition = self._definitions.get(kind)
        if definition is None or definition.entry.encoder is None:
            return False
        return self._near(kind, self._encoder.encode([text])[0])

    def scores(self, kind: str, text: str) -> tuple[float, float]:
        """Nearness to the nearest example and to the nearest counter-example, for calibration."""
        return self._scores(kind, self._encoder.encode([text])[0])

    def _near(self, kind: str, vector: _Vectors) -> bool:
        rule = self._definitions[kind].entry.encoder
        near, away = self._scores(kind, vector)
        return rule is not None and near >= rule.threshold and near - away >= rule.margin

    def _nearly(self, kind: str, vector: _Vectors) -> bool:
        rule = self._definitions[kind].entry.encoder
        if rule is None or rule.near_threshold is None:
            return False
        near, away = self._scores(kind, vector)
        return near >= rule.near_threshold and near - away >= rule.near_margin

    def _scores(self, kind: str, vector: _Vectors) -> tuple[float, float]:
        entry = self._definitions[kind].entry
        near = float((self._encoded(entry.examples) @ vector).max())
        others = entry.counter_examples
        return near, float((self._encoded(others) @ vector).max()) if others else -1.0

    def _encoded(self, texts: tuple[str, ...]) -> _Vectors:
        known = _KNOWN.setdefault(self._encoder, {})
        if texts not in known:
            known[texts] = np.asarray(self._encoder.encode(texts), dtype=np.float32)
        return known[texts]
