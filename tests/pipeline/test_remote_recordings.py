"""Recordings in S3-compatible storage, against a real server: a run does there what it does here.

The engines are staged, so that the only thing that differs is where the recordings lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from night_engines import SHORT
from s3_server import BUCKET, READER, STRANGER, WRITER, S3Server, s3_server  # noqa: F401  # a fixture
from staged_calls import (
    GOOD_EN,
    GOOD_ZH,
    HELD_EN,
    POOR_EN,
    SCENES,
    StagedEngines,
    stage_a_night,
    write_call,
    write_turns,
)

from qa_pipeline import api
from qa_pipeline.config import Settings
from qa_pipeline.domain.stored import CallFilter
from qa_pipeline.errors import AudioError, ExitCode, SetupError, UsageError
from qa_pipeline.metadata import discover, fetched

Exported = Callable[[Path], dict[str, Any]]
MANIFEST = "file,agent_id,customer_name\ngood_zh.wav,A9,李建国\nfirst/poor_en.wav,A2,Karen Doyle\n"


class Night:
    """A folder of the bucket, and the same folder here."""

    def __init__(self, server: S3Server, here: Path, name: str) -> None:
        self.server, self.here, self.name = server, here, name
        self.url = f"s3://{BUCKET}/{name}/"
        self.storage = server.storage()
        self.data = here.parent / "data"
        self.settings = Settings(data_dir=self.data, storage_options=server.options())

    def upload(self) -> None:
        for path in sorted(self.here.rglob("*")):
            if path.is_file():
                self.put(str(path.relative_to(self.here)), path.read_bytes())

    def put(self, name: str, content: bytes) -> None:
        self.storage.pipe(f"{BUCKET}/{self.name}/{name}", content)

    def remove(self, name: str) -> None:
        self.storage.rm(f"{BUCKET}/{self.name}/{name}")

    def run(self, engines: StagedEngines | None = None) -> Any:
        return api.run([self.url], self.settings, engines=engines or StagedEngines())


@pytest.fixture
def night(
    s3_server: S3Server,  # noqa: F811
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Night]:
    name = request.node.name[:40]
    yield Night(s3_server, tmp_path / "calls", name)
    temporary = tmp_path / "data" / "tmp"
    assert not temporary.exists() or not list(temporary.iterdir())


def without_places(content: Any) -> Any:
    """An export without what tells where and when."""
    if isinstance(content, dict):
        return {
            key: without_places(value)
            for key, value in content.items()
            if key not in {"path", "evaluated_at", "exported_at", "created_at"}
        }
    return [without_places(item) for item in content] if isinstance(content, list) else content


def test_a_bucket_gives_the_same_as_the_folder(
    night: Night,
    tmp_path: Path,
    exported: Exported,
    s3_server: S3Server,  # noqa: F811
) -> None:
    stage_a_night(night.here)
    (night.here / "manifest.csv").write_text(MANIFEST, encoding="utf-8")
    night.upload()
    here = Settings(data_dir=tmp_path / "data_here")
    of_folder = api.run([night.here], here, engines=StagedEngines())
    of_bucket = night.run()
    assert of_bucket.counts == of_folder.counts
    assert [f.file for f in of_bucket.failures] == [f.file for f in of_folder.failures]
    assert [f.error for f in of_bucket.failures] == [f.error for f in of_folder.failures]
    found = exported(night.data)
    assert len(found["calls"]) == len(SCENES) + 1
    assert without_places(found) == without_places(exported(here.data_dir))
    with api.open_data(night.settings) as store:
        kept = {call.recording.path: call.recording.file for call in store.calls()}
    assert kept == {f"{night.url}{file}": file for file in kept.values()}

    asked = s3_server.requests("GET")
    engines = StagedEngines()
    again = night.run(engines)
    assert again.counts["unchanged"] == len(SCENES) + 1
    assert not engines.calls.asked
    failed_again = len(again.failures)
    # The manifest is read again, and what failed is fetched again (asked for before and after).
    assert s3_server.requests("GET") - asked <= 1 + 5 * failed_again
    assert without_places(exported(night.data)) == without_places(found)


def test_what_is_replaced_is_scored_again_and_nothing_else(night: Night) -> None:
    for scene in (POOR_EN, GOOD_ZH):
        write_call(night.here, scene, sidecar={"call_id": scene.name})
    write_turns(night.here, HELD_EN)
    night.upload()
    assert night.run().counts["scored"] == 3
    other = write_call(night.here / "other", GOOD_EN)
    night.put("poor_en.wav", other.read_bytes())
    engines = StagedEngines()
    summary = night.run(engines)
    assert (summary.counts["scored"], summary.counts["unchanged"]) == (1, 2)
    assert engines.calls.by_scene("transcriber") == {"good_en": engines.calls.of("transcriber")}

    night.put("good_zh.json", b'{"call_id": "good_zh", "agent_id": "A77"}')
    engines = StagedEngines()
    assert night.run(engines).counts["scored"] == 1
    assert not engines.calls.of("transcriber")
    stored, _ = api.find_call(night.settings, "good_zh")
    assert stored.agent.id == "A77"


def test_what_vanishes_between_listing_and_fetching_fails_nothing(night: Night) -> None:
    write_call(night.here, POOR_EN)
    write_call(night.here, GOOD_ZH)
    night.upload()

    class Removing(StagedEngines):
        def enter(self, engine: str, samples: Any) -> Any:
            if night.storage.exists(f"{BUCKET}/{night.name}/poor_en.wav"):
                night.remove("poor_en.wav")
            return super().enter(engine, samples)

    summary = night.run(Removing())
    assert not summary.failures
    assert (summary.counts["scored"], summary.counts["gone"]) == (1, 1)
    summary = night.run()
    assert (summary.counts["unchanged"], summary.counts["gone"]) == (1, 0)


def test_an_upload_that_is_not_complete_is_not_listed(night: Night) -> None:
    path = write_call(night.here, POOR_EN)
    night.upload()
    with night.storage.open(f"{BUCKET}/{night.name}/half.wav", "wb", block_size=6_000_000) as file:
        file.write(path.read_bytes() * (1 + 6_000_000 // path.stat().st_size))
        file.flush()
        listed = [source.file for source in discover([night.url], night.settings)]
    assert listed == ["poor_en.wav"]


def test_evidence_is_fetched_again_for_clips_and_scorecards(night: Night, tmp_path: Path) -> None:
    write_call(night.here, GOOD_EN, sidecar={"call_id": "one", "agent_id": "A1"})
    night.upload()
    night.run()
    written = api.clips(night.settings, "greeting", "pass", None, tmp_path / "clips")
    assert [clip.call.call_id for clip in written.clips] == ["one"]
    assert (tmp_path / "clips" / written.clips[0].file).stat().st_size > 1000
    page = api.scorecards(night.settings, tmp_path / "cards", None)
    cards = "".join(path.read_text("utf-8") for path in page.parent.glob("*.html"))
    assert 'data-mime="audio/mpeg"' in cards

    night.remove("good_en.wav")
    written = api.clips(night.settings, "greeting", "pass", None, tmp_path / "clips")
    assert not written.clips
    assert "no longer where it was" in written.problems[0]


def test_the_commands_do_it_with_credentials_from_the_configuration(
    night: Night, command: Callable[..., Any], staged: StagedEngines, tmp_path: Path
) -> None:
    write_call(night.here, GOOD_EN, sidecar={"call_id": "one", "agent_id": "A1"})
    night.upload()
    options = night.server.options()["s3"]
    lines = "".join(f'{name} = "{value}"\n' for name, value in options.items())
    config = tmp_path / "desk.toml"
    config.write_text(f'data_dir = "{night.data}"\n[storage_options.s3]\n{lines}', "utf-8")
    ran = command("run", night.url, "--config", config)
    assert ran.code == 0, ran.text
    ran = command("clips", "--criterion", "greeting", "--out", tmp_path / "c", "--config", config)
    assert (ran.code, "Wrote 1 clips" in ran.out) == (0, True), ran.text
    ran = command("run", f"s3://{BUCKET}/no-such-day/", "--config", config)
    assert ran.code == 2
    assert f"s3://{BUCKET}/no-such-day/ is not there" in ran.err


def test_a_worker_in_a_process_of_its_own_fetches_by_itself(night: Night) -> None:
    for scene in SHORT[:2]:
        write_call(night.here, scene, sidecar={"call_id": scene.name})
    night.upload()
    workers = {"executor": "processes", "workers": 1, "engine_factory": "night_engines:make"}
    night.settings = night.settings.model_copy(update=workers)
    summary = api.run([night.url], night.settings)
    assert sorted(summary.call_ids) == [scene.name for scene in SHORT[:2]]


def test_one_recording_may_be_given_by_its_address(night: Night) -> None:
    write_call(night.here, POOR_EN, sidecar={"call_id": "given", "agent_id": "A2"})
    write_call(night.here, GOOD_ZH)
    night.upload()
    [source] = discover([f"{night.url}poor_en.wav"], night.settings)
    assert (source.file, source.location) == ("poor_en.wav", f"{night.url}poor_en.wav")
    summary = api.run([source.location], night.settings, engines=StagedEngines())
    assert summary.call_ids == ("given",)


@pytest.mark.parametrize(
    ("who", "place", "kind", "said"),
    [
        (WRITER, "s3://no-such-bucket/day/", UsageError, "no such bucket"),
        (READER, f"s3://{BUCKET}/no-such-day/", UsageError, "is not there"),
        (READER, f"s3://{BUCKET}/no-such-day.wav", UsageError, "is not there"),
        (STRANGER, f"s3://{BUCKET}/day/", SetupError, "may not be read"),
        (STRANGER, f"s3://{BUCKET}/day", SetupError, "may not be read"),
        ({**READER, "secret": "wrong"}, f"s3://{BUCKET}/day", SetupError, "does not accept"),
        ({**READER, "key": "nobody"}, f"s3://{BUCKET}/day/", SetupError, "does not accept"),
    ],
)
def test_what_is_wrong_with_the_place_is_said_at_once(
    s3_server: S3Server,  # noqa: F811
    tmp_path: Path,
    who: dict[str, str],
    place: str,
    kind: type[SetupError],
    said: str,
) -> None:
    settings = Settings(data_dir=tmp_path / "data", storage_options=s3_server.options(who))
    with pytest.raises(kind, match=said) as caught:
        api.run([place], settings, engines=StagedEngines())
    assert caught.value.exit_code is ExitCode.SETUP
    assert place in caught.value.cause
    assert caught.value.cure
    assert who["secret"] not in str(caught.value)


def test_without_credentials_it_says_how_to_give_them(
    s3_server: S3Server,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    options = {"s3": {"endpoint_url": s3_server.url}}
    settings = Settings(data_dir=tmp_path / "data", storage_options=options)
    with pytest.raises(SetupError, match="no access key") as caught:
        discover([f"s3://{BUCKET}/day/"], settings)
    assert "storage_options" in caught.value.cure


def test_a_right_taken_away_during_the_run_is_each_recordings_failure(night: Night) -> None:
    write_call(night.here, POOR_EN)
    night.upload()
    sources = list(discover([night.url], night.settings))
    assert [source.size for source in sources] == [(night.here / "poor_en.wav").stat().st_size]
    night.settings = night.settings.model_copy(
        update={"storage_options": night.server.options(STRANGER)}
    )
    with pytest.raises(AudioError, match="may not be read"), fetched(sources[0], night.settings):
        pytest.fail("it was fetched")


def test_secrets_stay_out_of_the_results(night: Night, tmp_path: Path) -> None:
    write_call(night.here, POOR_EN)
    (night.here / "broken.wav").write_bytes(b"RIFF")
    night.upload()
    summary = night.run()
    assert summary.counts["failed"] == 1
    kept = b"".join(path.read_bytes() for path in night.data.rglob("*") if path.is_file())
    assert READER["secret"].encode() not in kept
    assert READER["secret"] not in repr(night.settings)
    assert list(api.open_data(night.settings).calls(CallFilter()))
