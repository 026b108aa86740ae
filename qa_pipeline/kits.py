"""Settings to all that the stages need: acts, rubrics, engines, calibration."""

from __future__ import annotations

import hashlib
from functools import partial

from qa_pipeline import api_rubric, models, resources
from qa_pipeline.config import Settings
from qa_pipeline.criteria.calibration import Calibration, load_calibration
from qa_pipeline.language.learned import FILE as LEARNED_FILE
from qa_pipeline.pipeline import Kit
from qa_pipeline.ports import Engines
from qa_pipeline.store import Store


def build_kit(settings: Settings, store: Store, engines: Engines | None = None) -> Kit:
    """Everything a run needs besides the calls; engines are built when first used."""
    from qa_pipeline.engines.factory import build_engines

    catalogue = api_rubric.acts_of(settings)
    if engines is None:
        engines = build_engines(settings, partial(models.require, models_dir=settings.models_dir))
    return Kit(
        settings,
        engines,
        catalogue,
        _language_fingerprint(settings),
        api_rubric.rubrics_of(settings),
        store,
        calibration(),
    )


def calibration() -> Calibration:
    """The calibration that comes with qa_pipeline."""
    return load_calibration(resources.calibration_file())


def _language_fingerprint(settings: Settings) -> str:
    """SHA-256 over the files that say how acts and roles are recognised, 16 hex digits."""
    digest = hashlib.sha256()
    for folder in (resources.acts_dir(), resources.roles_dir(), *settings.acts):
        for file in sorted(folder.rglob("*.yaml")):
            digest.update(file.read_bytes())
    for file in sorted(resources.acts_dir().rglob(LEARNED_FILE)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
