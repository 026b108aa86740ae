"""The setting that names the store, and the password in it."""

from __future__ import annotations

import pickle
import traceback
from pathlib import Path

import pytest

from qa_pipeline import config
from qa_pipeline.errors import SetupError

URL = "postgresql://qa:hush@db.example:5432/qa?sslmode=require"


def test_none_means_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.load().store is None
    monkeypatch.setenv("QA_PIPELINE_STORE", "")
    assert config.load().store is None


def test_from_environment_file_and_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('store = "postgresql://file@db/qa"')
    assert config.load(file).store == "postgresql://file@db/qa"
    monkeypatch.setenv("QA_PIPELINE_STORE", URL)
    assert config.load(file).store == URL
    assert config.load(file, store="postgres://flag@db/qa").store == "postgres://flag@db/qa"


def test_the_password_is_not_shown() -> None:
    settings = config.load(store=URL)
    assert "hush" not in repr(settings) + str(settings)
    assert pickle.loads(pickle.dumps(settings)).store == URL


@pytest.mark.parametrize(
    "wrong", ["mysql://qa:hush@db/qa", "postgresql://qa:hush@db", "hush", "/data/hush", "qa_data"]
)
def test_what_is_no_url_is_refused_without_repeating_it(wrong: str) -> None:
    with pytest.raises(SetupError, match=r"store: .*postgresql://USER:PASSWORD@HOST") as caught:
        config.load(store=wrong)
    assert "hush" not in "".join(traceback.format_exception(caught.value))
