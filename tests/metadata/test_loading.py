from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.config import Settings
from qa_pipeline.domain.recording import CallMetadata, ChannelRoles, Party
from qa_pipeline.errors import MetadataError, SetupError
from qa_pipeline.metadata import discover, load_metadata
from qa_pipeline.metadata.loading import sidecars_of


def load(
    folder: Path, file: str = "a.wav", **settings: Any
) -> tuple[CallMetadata, tuple[str, ...]]:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).touch()
    chosen = Settings(**settings)
    source = next(s for s in discover([folder], chosen) if s.file == file)
    return load_metadata(source, chosen)


def sidecar(folder: Path, content: object, name: str = "a.json") -> None:
    (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def manifest(folder: Path, *lines: str, encoding: str = "utf-8") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.csv").write_bytes("\r\n".join(lines).encode(encoding))


EVERYTHING = {
    "call_id": "C-77",
    "agent_id": 1001,
    "agent_name": "  王 芳 ",
    "customer_name": "Patricia Brown",
    "direction": "in",
    "started_at": "2025-03-01T09:30:00+08:00",
    "ring_seconds": "12",
    "ring_count": "3",
    "disconnected_by": "Customer",
    "hold_seconds": 4.5,
    "channels": {"agent": 1, "customer": 0},
    "language": "zh-CN",
    "country": "cn",
    "queue": {"name": "billing"},
}


class TestSidecar:
    def test_every_field_and_unknown_ones(self, tmp_path: Path) -> None:
        sidecar(tmp_path, EVERYTHING)
        metadata, notes = load(tmp_path)
        assert metadata == CallMetadata(
            call_id="C-77",
            agent_id="1001",
            agent_name="王 芳",
            customer_name="Patricia Brown",
            direction="inbound",
            started_at=datetime(2025, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=8))),
            ring_seconds=12.0,
            ring_count=3,
            disconnected_by=Party.CUSTOMER,
            hold_seconds=4.5,
            channels=ChannelRoles(agent=1, customer=0),
            language="zh",
            country="CN",
            extra={"queue": {"name": "billing"}},
            sources=dict.fromkeys([k for k in EVERYTHING if k != "queue"], "sidecar"),
        )
        assert notes == ()

    def test_null_and_empty_mean_not_known(self, tmp_path: Path) -> None:
        sidecar(tmp_path, {"agent_name": None, "ring_count": "", "country": "n/a", "x": None})
        metadata, notes = load(tmp_path)
        assert metadata == CallMetadata(extra={"x": None})
        assert notes == ()

    def test_zero_is_known(self, tmp_path: Path) -> None:
        sidecar(tmp_path, {"ring_seconds": 0, "ring_count": 0, "hold_seconds": 0})
        metadata, _ = load(tmp_path)
        assert (metadata.ring_seconds, metadata.ring_count, metadata.hold_seconds) == (0, 0, 0)

    def test_nothing_beside_the_audio(self, tmp_path: Path) -> None:
        assert load(tmp_path) == (CallMetadata(), ())

    def test_the_name_with_extension_is_more_specific(self, tmp_path: Path) -> None:
        sidecar(tmp_path, {"agent_id": "1", "country": "US"})
        sidecar(tmp_path, {"agent_id": "2"}, "a.wav.json")
        metadata, notes = load(tmp_path)
        assert (metadata.agent_id, metadata.country) == ("2", "US")
        assert len(notes) == 1

    def test_a_turns_file_is_no_sidecar(self, tmp_path: Path) -> None:
        (tmp_path / "x.turns.json").write_text('{"turns": []}')
        assert sidecars_of(tmp_path / "x.turns.wav") == []

    def test_a_name_too_long_for_a_sidecar(self, tmp_path: Path) -> None:
        assert load(tmp_path, "n" * 251 + ".wav") == (CallMetadata(), ())

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "is not JSON"),
            (b"{agent: 1}", "line 1, column 2"),
            (b'{"a": 1', "is not JSON"),
            (b"[1, 2]", "not a JSON object but a list"),
            (b"null", "not a JSON object but null"),
            (b'"text"', "not a JSON object but a text"),
            ('{"agent_name": "王芳"}'.encode("gb18030"), "not text in UTF-8"),
            ('{"a": 1}'.encode("utf-16"), "not text in UTF-8"),
            (b"[" * 200_000, "not JSON"),
            (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
            (b" " * 5_000_000, "too large"),
        ],
    )
    def test_one_that_is_no_record_fails_its_call_by_name(
        self, tmp_path: Path, content: bytes, words: str
    ) -> None:
        (tmp_path / "a.json").write_bytes(content)
        with pytest.raises(MetadataError) as refused:
            load(tmp_path)
        assert refused.value.cause.startswith("a.json")
        assert words in refused.value.cause
        assert refused.value.cure

    def test_a_byte_order_mark_is_fine(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"agent_id": "7"}')
        assert load(tmp_path)[0].agent_id == "7"

    @pytest.mark.parametrize(
        ("field", "value", "right"),
        [
            ("ring_seconds", "soon", "seconds from 0"),
            ("ring_seconds", -1, "seconds from 0"),
            ("ring_seconds", float("nan"), "seconds from 0"),
            ("ring_seconds", True, "seconds from 0"),
            ("hold_seconds", [3], "seconds from 0"),
            ("ring_count", 2.5, "whole number"),
            ("ring_count", "three", "whole number"),
            ("ring_count", 10**9, "whole number"),
            ("disconnected_by", "caller", "agent, customer or system"),
            ("direction", "sideways", "inbound or outbound"),
            ("started_at", "yesterday", "2025-03-01T09:30:00+08:00"),
            ("started_at", "2025-13-01", "a date and time"),
            ("channels", {"agent": 0, "customer": 0}, "two different channels"),
            ("channels", {"agent": -1, "customer": 0}, "two different channels"),
            ("channels", {"left": 0}, "two different channels"),
            ("channels", 2, "two different channels"),
            ("language", 3, "a language code"),
            ("country", "China", "two-letter country code"),
            ("agent_name", "", None),
            ("agent_name", "x" * 300, "at most 200"),
            ("agent_name", {"first": "A"}, "text"),
            ("call_id", True, "text"),
        ],
    )
    def test_a_wrong_field_is_named_with_what_is_right(
        self, tmp_path: Path, field: str, value: object, right: str | None
    ) -> None:
        sidecar(tmp_path, {field: value})
        if right is None:
            assert getattr(load(tmp_path)[0], field) is None
            return
        with pytest.raises(MetadataError) as refused:
            load(tmp_path)
        assert refused.value.cause.startswith(f"a.json: {field} is ")
        assert right in refused.value.cause

    def test_all_wrong_fields_are_named_at_once(self, tmp_path: Path) -> None:
        sidecar(tmp_path, {"ring_count": "x", "country": "?"})
        with pytest.raises(MetadataError, match=r"ring_count is 'x'.*country is '\?'"):
            load(tmp_path)

    def test_a_misspelt_field_is_kept_and_told(self, tmp_path: Path) -> None:
        sidecar(tmp_path, {"custmer_name": "Brown"})
        metadata, notes = load(tmp_path)
        assert metadata.extra == {"custmer_name": "Brown"}
        assert notes == ("a.json: unknown field custmer_name; is customer_name meant?",)

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("2025-03-01T09:30:00Z", datetime(2025, 3, 1, 9, 30, tzinfo=UTC)),
            (1_740_821_400, datetime(2025, 3, 1, 9, 30, tzinfo=UTC)),
            ("1740821400000", datetime(2025, 3, 1, 9, 30, tzinfo=UTC)),
            ("2025/3/1 9:30", datetime(2025, 3, 1, 9, 30, tzinfo=UTC)),
            ("2025-03-01 09:30:00", datetime(2025, 3, 1, 9, 30, tzinfo=UTC)),
        ],
    )
    def test_times(self, tmp_path: Path, given: object, expected: datetime) -> None:
        sidecar(tmp_path, {"started_at": given})
        metadata, notes = load(tmp_path)
        assert metadata.started_at == expected
        zoneless = isinstance(given, str) and ("/" in given or " " in given)
        assert bool(notes) == zoneless

    @pytest.mark.parametrize(
        ("given", "expected"), [("0:12", 12), ("1:00:01.5", 3601.5), ("12 s", 12), ("7秒", 7)]
    )
    def test_seconds(self, tmp_path: Path, given: str, expected: float) -> None:
        sidecar(tmp_path, {"ring_seconds": given})
        assert load(tmp_path)[0].ring_seconds == expected

    @pytest.mark.parametrize(
        ("given", "expected"),
        [({"agent": 0}, (0, 1)), ({"customer": "0"}, (1, 0)), ("agent=3, customer=2", (3, 2))],
    )
    def test_channels(self, tmp_path: Path, given: object, expected: tuple[int, int]) -> None:
        sidecar(tmp_path, {"channels": given})
        assert load(tmp_path)[0].channels == ChannelRoles(*expected)


class TestManifest:
    def test_a_row_is_found_by_file(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file,agent_id,Ring Seconds,queue", "a.wav,7,12,billing", "b.wav,8,,")
        metadata, notes = load(tmp_path)
        assert (metadata.agent_id, metadata.ring_seconds) == ("7", 12.0)
        assert metadata.extra == {"queue": "billing"}
        assert metadata.sources["agent_id"] == "manifest"
        assert notes == ()

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    def test_delimiters_and_encodings(self, tmp_path: Path, delimiter: str, encoding: str) -> None:
        rows = [["file", "agent_name", "customer_name"], ["通话.wav", "王芳", "李总"]]
        manifest(tmp_path, *(delimiter.join(row) for row in rows), encoding=encoding)
        metadata, _ = load(tmp_path, "通话.wav")
        assert (metadata.agent_name, metadata.customer_name) == ("王芳", "李总")

    def test_rows_of_the_nearest_folder_come_first(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file,agent_id,country", "sub/a.wav,far,US")
        manifest(tmp_path / "sub", "file,agent_id", "a.wav,near")
        metadata, notes = load(tmp_path, "sub/a.wav")
        assert (metadata.agent_id, metadata.country) == ("near", "US")
        assert len(notes) == 1

    def test_a_bare_name_reaches_down_if_it_is_the_only_one(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file,agent_id", "a.wav,7")
        assert load(tmp_path, "audio/a.wav")[0].agent_id == "7"

    def test_a_bare_name_of_two_recordings_is_refused(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file,agent_id", "a.wav,7")
        (tmp_path / "one").mkdir()
        (tmp_path / "one/a.wav").touch()
        with pytest.raises(MetadataError, match=r"line 2 names a\.wav, of which there are 2"):
            load(tmp_path, "two/a.wav")

    @pytest.mark.parametrize("written", ["sub\\a.wav", "./sub/a.wav", "sub/a.wav"])
    def test_ways_to_write_a_path(self, tmp_path: Path, written: str) -> None:
        manifest(tmp_path, "file,agent_id", f"{written},7")
        assert load(tmp_path, "sub/a.wav")[0].agent_id == "7"

    def test_an_absolute_path_and_a_decomposed_name(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file,agent_id", f"{tmp_path}/cafe\u0301.wav,7")
        assert load(tmp_path, "caf\u00e9.wav")[0].agent_id == "7"

    def test_a_name_in_the_bytes_of_another_encoding(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file,agent_id", "录音查询.wav,7")
        name = os.fsdecode("录音查询.wav".encode("gb18030"))
        assert load(tmp_path, name)[0].agent_id == "7"

    def test_equal_and_complementary_rows_are_one(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file,agent_id,country", "a.wav,7,", "a.wav,7,US")
        metadata, _ = load(tmp_path)
        assert (metadata.agent_id, metadata.country) == ("7", "US")

    def test_contradicting_rows_fail_the_call(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file,agent_id", "a.wav,7", "b.wav,1", "a.wav,8")
        with pytest.raises(MetadataError, match=r"line 2 and line 4 contradict.*agent_id: 7 and 8"):
            load(tmp_path)
        assert load(tmp_path, "b.wav")[0].agent_id == "1"

    def test_rows_without_a_recording_are_reported(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file,agent_id", "a.wav,7", "gone.wav,8")
        (tmp_path / "a.wav").touch()
        found = discover([tmp_path], Settings())
        assert len(list(found)) == 1
        (line,) = found.unmatched_manifest_rows
        assert line.endswith("manifest.csv, line 3: gone.wav is not there")

    def test_a_file_given_by_itself_uses_the_manifest_beside_it(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file,agent_id", "a.wav,7", "b.wav,8")
        (tmp_path / "a.wav").touch()
        found = discover([tmp_path / "a.wav"], Settings())
        (source,) = found
        assert load_metadata(source, Settings())[0].agent_id == "7"
        assert found.unmatched_manifest_rows == ()

    @pytest.mark.parametrize(
        ("lines", "words"),
        [
            (["name,agent_id", "a.wav,7"], "has no column 'file'"),
            ([""], "is empty"),
            (["file,agent_id,agent_id", "a.wav,7,8"], "several columns agent_id"),
            (["file,x\0", "a.wav,1"], "is not text"),
        ],
    )
    def test_an_unusable_one_fails_the_calls_in_its_reach(
        self, tmp_path: Path, lines: list[str], words: str
    ) -> None:
        manifest(tmp_path / "sub", *lines)
        with pytest.raises(MetadataError) as refused:
            load(tmp_path, "sub/a.wav")
        assert words in refused.value.cause
        assert "manifest.csv" in refused.value.cause
        assert load(tmp_path, "other.wav")[0] == CallMetadata()

    def test_a_wrong_cell_is_named_with_its_line(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file,ring_count", "b.wav,3", "a.wav,many")
        with pytest.raises(MetadataError, match=r"manifest\.csv, line 3: ring_count is 'many'"):
            load(tmp_path)
        assert load(tmp_path, "b.wav")[0].ring_count == 3

    def test_too_many_cells_fail_that_row_only(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file,agent_name", "a.wav,King, Ann", 'b.wav,"King, Ann"')
        with pytest.raises(MetadataError, match=r"line 2: it has 3 cells"):
            load(tmp_path)
        assert load(tmp_path, "b.wav")[0].agent_name == "King, Ann"

    def test_channels_in_a_table(self, tmp_path: Path) -> None:
        manifest(tmp_path, "file;channels", 'a.wav;"{""agent"": 1, ""customer"": 0}"')
        assert load(tmp_path)[0].channels == ChannelRoles(1, 0)
        manifest(tmp_path, "file,agent_channel,customer_channel", "a.wav,1,0")
        assert load(tmp_path)[0].channels == ChannelRoles(1, 0)


class TestFileName:
    PATTERN = (
        r"(?P<started_at>\d{14})_(?P<agent_id>\w+?)_(?P<customer_name>[^_]+)(_(?P<queue>\w+))?"
    )

    def test_its_groups_are_fields(self, tmp_path: Path) -> None:
        metadata, notes = load(
            tmp_path, "20250301093000_7_王芳_q1.wav", file_name_pattern=self.PATTERN
        )
        assert metadata.agent_id == "7"
        assert metadata.customer_name == "王芳"
        assert metadata.started_at == datetime(2025, 3, 1, 9, 30, tzinfo=UTC)
        assert metadata.extra == {"queue": "q1"}
        assert set(metadata.sources.values()) == {"file_name"}
        assert len(notes) == 1
        assert "time zone" in notes[0]

    def test_a_name_that_does_not_fit_is_a_stated_gap(self, tmp_path: Path) -> None:
        metadata, notes = load(tmp_path, file_name_pattern=self.PATTERN)
        assert metadata == CallMetadata()
        assert notes == ("the file name does not fit file_name_pattern: it tells nothing",)

    def test_half_a_fit_is_no_fit(self, tmp_path: Path) -> None:
        metadata, notes = load(tmp_path, "x20250301093000_7_a.wav", file_name_pattern=self.PATTERN)
        assert metadata.started_at is None
        assert notes

    def test_a_time_that_is_none_fails_the_call(self, tmp_path: Path) -> None:
        with pytest.raises(MetadataError, match="started_at is '20251399000000'"):
            load(tmp_path, "20251399000000_7_a.wav", file_name_pattern=self.PATTERN)

    def test_the_folder_may_carry_facts(self, tmp_path: Path) -> None:
        pattern = r"(?P<agent_id>\w+)/.*"
        assert load(tmp_path, "anna/1.wav", file_name_pattern=pattern)[0].agent_id == "anna"

    def test_a_broken_pattern_stops_the_run(self, tmp_path: Path) -> None:
        with pytest.raises(SetupError, match="file_name_pattern is not a regular expression"):
            load(tmp_path, file_name_pattern="(?P<agent_id")


class TestTrust:
    def test_sidecar_over_manifest_over_file_name(self, tmp_path: Path) -> None:
        name = "n-1_US_x"
        sidecar(tmp_path, {"call_id": "s"}, f"{name}.json")
        manifest(tmp_path, "file,call_id,agent_id", f"{name}.wav,m,m-1")
        metadata, notes = load(
            tmp_path,
            f"{name}.wav",
            file_name_pattern=r"(?P<agent_id>[\w-]+?)_(?P<country>[A-Z]+)_(?P<call_id>\w+)",
        )
        assert (metadata.call_id, metadata.agent_id, metadata.country) == ("s", "m-1", "US")
        assert metadata.sources == {
            "call_id": "sidecar",
            "agent_id": "manifest",
            "country": "file_name",
        }
        assert len(notes) == 3
        assert any("call_id: n-1_US_x.json says s" in note for note in notes)

    def test_agreement_is_not_worth_a_note(self, tmp_path: Path) -> None:
        sidecar(tmp_path, {"ring_seconds": 12})
        manifest(tmp_path, "file,ring_seconds", "a.wav,12.0")
        assert load(tmp_path)[1] == ()

    def test_the_roster_names_the_agent(self, tmp_path: Path) -> None:
        sidecar(tmp_path, {"agent_id": "A7"})
        metadata, _ = load(tmp_path, agents={"a7": "Anna King"})
        assert metadata.agent_name == "Anna King"
        assert metadata.sources["agent_name"] == "configuration"

    def test_a_record_beats_the_roster(self, tmp_path: Path) -> None:
        sidecar(tmp_path, {"agent_id": "A7", "agent_name": "Mary King"})
        assert load(tmp_path, agents={"A7": "Anna King"})[0].agent_name == "Mary King"

    def test_a_turns_files_own_metadata_comes_first(self, tmp_path: Path) -> None:
        sidecar(
            tmp_path,
            {
                "call_id": "t",
                "language": "en",
                "metadata": {"agent_id": "1", "gap_ms": 4},
                "turns": [],
            },
            "x.turns.json",
        )
        manifest(tmp_path, "file,agent_id,country", "x.turns.json,2,US")
        source = next(iter(discover([tmp_path], Settings())))
        metadata, notes = load_metadata(source, Settings())
        assert (metadata.call_id, metadata.agent_id, metadata.country) == ("t", "1", "US")
        assert metadata.extra == {"gap_ms": 4}
        assert metadata.sources["agent_id"] == "turns"
        assert len(notes) == 1
