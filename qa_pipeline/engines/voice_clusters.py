"""Which of the voices heard in overlapping windows are the same person.

A segmentation network tells voices apart within a window of ten seconds; an embedding says what
each of them sounds like. Here the windows are brought together by spherical k-means (each voice
goes to the nearest mean direction) under one rule that plain clustering lacks: two voices of one
window are two people (Wagstaff et al. 2001, "Constrained k-means clustering with background
knowledge"). It is begun from several partitions, and the tightest result is kept, since hierarchies
that merge by centroids often part the noise from the voices instead of voice from voice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

NOBODY = -2  # pyannote's label for a voice without an embedding
# By how much the mean nearness to one's own cluster must grow for a further voice. Tuning calls,
# sung together from synthetic voices: without a third person 0.0035 to 0.0085 (13 calls), with one
# who speaks for 7 to 15 s 0.011 to 0.047 (6 of 9; the other three spoke little or sounded alike).
FURTHER_VOICE_GAIN = 0.0105
# Windows that each voice of such a partition must fill; they begin a second apart, so: seconds.
# Nobody above spoke for less; with less, a laugh or a change of tone passes for a third person.
FURTHER_VOICE_WINDOWS = 7.0
_TRAINING_SHARE = 0.2  # of a window: less speech makes a poor mean
_ROUNDS = 12
_LINKAGES: Final[tuple[Literal["average", "ward", "centroid"], ...]] = (
    "average",
    "ward",
    "centroid",
)


@dataclass(frozen=True, eq=False)
class Windows:
    """The local voices of a recording.

    Attributes:
        vectors: their embeddings, unit length, zero where there is none; (windows, voices, n).
        weights: the share of the window in which each speaks alone, 0 without an embedding;
            (windows, voices).
        spoken: the share in which each speaks at all; (windows, voices).
    """

    vectors: Floats
    weights: Floats
    spoken: Floats


@dataclass(frozen=True, eq=False)
class Clusters:
    """A partition: `labels` of shape (windows, voices), unit `centres` of shape (clusters, n).

    `tightness` is the mean cosine to the own centre, weighted by time.
    """

    labels: Labels
    centres: Floats
    tightness: float


def windows_of(embeddings: npt.ArrayLike, active: npt.ArrayLike) -> Windows:
    """Windows from a network's output.

    Args:
        embeddings: (windows, voices, n), NaN where a voice has none.
        active: (windows, frames, voices), above 0.5 where a voice speaks.
    """
    vectors = np.asarray(embeddings, dtype=np.float64)
    speaks = np.nan_to_num(np.asarray(active, dtype=np.float64)) > 0.5
    alone = speaks & (speaks.sum(axis=2, keepdims=True) == 1)
    known = ~np.isnan(vectors).any(axis=2)
    return Windows(
        _unit(np.nan_to_num(vectors)),
        np.where(known, alone.mean(axis=1), 0.0),
        np.where(known, speaks.mean(axis=1), 0.0),
    )


def cluster(windows: Windows, least: int, most: int) -> Clusters | None:
    """The partition into `least` voices, or more up to `most` where that makes it much tighter.

    Returns:
        None where there are fewer usable voices than two.

    Example:
        >>> speaks = np.tile([[1, 0], [0, 1]], (2, 1, 1))
        >>> two = windows_of([[[1, 0], [0, 1]]] * 2, speaks)
        >>> cluster(two, 2, 2).labels.tolist()
        [[0, 1], [0, 1]]
    """
    found: Clusters | None = None
    for count in range(least, most + 1):
        best = max(
            (_settled(windows, start) for start in _starts(windows, count)),
            key=lambda clusters: clusters.tightness,
            default=None,
        )
        if best is None:
            break
        if found is not None and not _is_better(best, found, windows):
            break
        found = best
    return found


def _is_better(finer: Clusters, coarser: Clusters, windows: Windows) -> bool:
    """Whether a partition with one voice more is that much tighter, and none of it a crumb."""
    filled = [
        float(windows.weights[finer.labels == voice].sum()) for voice in range(len(finer.centres))
    ]
    gain = finer.tightness - coarser.tightness
    return gain >= FURTHER_VOICE_GAIN and min(filled) >= FURTHER_VOICE_WINDOWS


def _starts(windows: Windows, count: int) -> Iterator[Floats]:
    """Centres of the partitions that different hierarchies give."""
    from scipy.cluster.hierarchy import fcluster, linkage

    chosen = windows.weights >= _TRAINING_SHARE
    if chosen.sum() < 2 * count:
        chosen = windows.weights > 0
    vectors = windows.vectors[chosen]
    if len(vectors) < max(2, count):
        return
    for method in _LINKAGES:
        tree = linkage(vectors, method)
        labels = fcluster(tree, count, "maxclust")
        names = np.unique(labels)
        if len(names) == count:
            yield _unit(np.stack([vectors[labels == name].mean(axis=0) for name in names]))


def _settled(windows: Windows, centres: Floats) -> Clusters:
    """k-means from these centres until nothing changes."""
    labels = _assigned(windows, centres)
    for _ in range(_ROUNDS):
        moved = _unit(
            np.stack([_centre(windows, labels == k, old) for k, old in enumerate(centres)])
        )
        labels = _assigned(windows, moved)
        if np.allclose(moved, centres):
            break
        centres = moved
    heard = labels >= 0
    own = np.einsum("ij,ij->i", windows.vectors[heard], centres[labels[heard]])
    weights = windows.weights[heard]
    tightness = float((own * weights).sum() / max(1e-9, float(weights.sum())))
    return Clusters(labels, centres, tightness)


def _centre(windows: Windows, members: npt.NDArray[np.bool_], old: Floats) -> Floats:
    long = members & (windows.weights >= _TRAINING_SHARE)
    chosen = long if long.any() else members & (windows.weights > 0)
    if not chosen.any():
        return old
    weighted = windows.vectors[chosen] * windows.weights[chosen][:, None]
    return np.asarray(weighted.sum(axis=0))


def _assigned(windows: Windows, centres: Floats) -> Labels:
    """The nearest centre for each voice; two voices of a window never share one."""
    from scipy.optimize import linear_sum_assignment

    nearness = windows.vectors @ centres.T
    labels = nearness.argmax(axis=2).astype(np.int64)
    known = windows.spoken > 0
    for window in np.flatnonzero(known.sum(axis=1) > 1):
        voices = np.flatnonzero(known[window])
        if len(voices) > len(centres):
            continue
        worth = nearness[window, voices] * windows.spoken[window, voices][:, None]
        rows, columns = linear_sum_assignment(worth, maximize=True)
        labels[window, voices[rows]] = columns
    return np.where(known, labels, NOBODY).astype(np.int64)


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9))
