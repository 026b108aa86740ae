"""Which weights, their SHA-256, and where they can come from.

`require` is what engines are handed: it gives the folder of a verified model or says how to get
it. Only `fetch` ever uses the network.
"""

from qa_pipeline.models.doctor import Diagnosis, diagnose
from qa_pipeline.models.fetching import (
    FetchResult,
    ModelStatus,
    fetch,
    list_models,
    require,
    verify,
)
from qa_pipeline.models.registry import MODELS, ModelSpec, WeightFile

__all__ = [
    "MODELS",
    "Diagnosis",
    "FetchResult",
    "ModelSpec",
    "ModelStatus",
    "WeightFile",
    "diagnose",
    "fetch",
    "list_models",
    "require",
    "verify",
]
