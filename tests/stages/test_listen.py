import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "acoustics"))
from line_sounds import RATE, join, pause, talk, tune

from qa_pipeline.acoustics import synthesis
from qa_pipeline.domain.recording import Audio
from qa_pipeline.domain.spans import Span
from qa_pipeline.stages.listen import LISTEN_VERSION, listen, non_speech


def call(*channels):
    length = max(channel.size for channel in channels)
    return Audio(np.stack([np.pad(c, (0, length - c.size)) for c in channels]), RATE)


def noise(wave, level_db=-58, seed=0):
    return wave + synthesis.line_noise(wave.size / 8, RATE, level_db, seed)


def of(timeline, kind):
    return [event for event in timeline.events if event.kind == kind]


def test_the_version_is_stated():
    assert LISTEN_VERSION


@pytest.mark.parametrize("seed", range(5))
def test_talk_alone_is_neither_music_nor_signal(seed):
    timeline = listen(call(noise(talk(40_000, seed))))
    assert {event.kind for event in timeline.events} <= {"silence", "click"}
    assert non_speech(timeline, 0) == ()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("level_db", [-35, -18])
def test_music_between_talk_is_found_with_its_ends(seed, level_db):
    wave = join(talk(9000, seed), pause(700), tune(15_000, seed, level_db), pause(500))
    wave = noise(join(wave, talk(9000, seed + 50)), -65)
    (music,) = of(listen(call(wave)), "music")
    assert music.start_ms == pytest.approx(9700, abs=1000)
    assert music.end_ms == pytest.approx(24_700, abs=1000)


def test_short_pauses_in_music_do_not_split_it():
    wave = join(talk(6000, 1), tune(9000, 2), pause(1500), tune(9000, 2), talk(6000, 3))
    assert len(of(listen(call(noise(wave, -65))), "music")) == 1


def test_an_announcement_that_plays_again_is_a_loop_and_stays_to_be_read():
    said = talk(4000, 31)
    waits = join(pause(1000), said, pause(4000), said, pause(4000), said, pause(800))
    timeline = listen(call(noise(join(talk(9000, 1), waits, talk(9000, 2)), -60)))
    (loop,) = of(timeline, "loop")
    assert [span.start_ms for span in loop.rounds] == pytest.approx(
        [10_000, 18_000, 26_000], abs=400
    )
    assert non_speech(timeline, 0) == ()


def test_ringing_is_no_loop():
    ringing = synthesis.ringback("US", rings=4, sample_rate_hz=RATE, last_cut_ms=900)
    timeline = listen(call(noise(join(ringing, talk(15_000, 5)))))
    assert of(timeline, "ringback")
    assert of(timeline, "loop") == []


def test_loud_talk_over_music_is_not_muted():
    tuneful = tune(40_000, 4, -34)
    spoken = join(pause(16_000), talk(8000, 7, -16), pause(16_000))
    timeline = listen(call(join(talk(5000, 2), tuneful + spoken)))
    muted = sum(span.overlap_ms(Span(22_000, 28_000)) for span in non_speech(timeline, 0))
    assert muted <= 600
    assert len(of(timeline, "music")) == 2


def test_music_before_any_word_is_musical_ringback():
    timeline = listen(call(join(tune(12_000, 3), pause(600), talk(8000, 2))))
    (ringback,) = of(timeline, "ringback")
    assert ringback.musical
    assert ringback.rings is None
    assert of(timeline, "music") == []
    (muted,) = non_speech(timeline, 0)
    assert muted.end_ms == pytest.approx(12_000, abs=1000)


def test_music_after_words_is_no_ringback():
    wave = join(talk(2500, 3), tune(12_000, 3), talk(3000, 2))
    timeline = listen(call(wave), speech={0: [Span(0, 2400)]})
    assert of(timeline, "ringback") == []
    assert len(of(timeline, "music")) == 1


def test_music_on_one_channel_mutes_that_channel_only():
    left = join(talk(5000, 1), pause(12_000), talk(5000, 2))
    right = join(pause(5000), tune(12_000, 1), pause(5000))
    timeline = listen(call(noise(left), noise(right, seed=1)))
    (music,) = of(timeline, "music")
    assert music.channel == 1
    assert non_speech(timeline, 0) == ()
    assert non_speech(timeline, 1)


def test_ringing_on_both_channels_is_one_event():
    ringing = synthesis.ringback("GB", 2, RATE, -20)
    timeline = listen(
        call(join(ringing, pause(500), talk(3000, 1)), join(0.5 * ringing, pause(4000)))
    )
    (ringback,) = of(timeline, "ringback")
    assert ringback.channel is None
    assert ringback.rings == 2
    assert non_speech(timeline, 0) == non_speech(timeline, 1) == ringback.bursts


def test_talk_over_a_ring_is_kept_for_the_transcriber():
    ringing = synthesis.ringback("US", 2, RATE, -24)
    over = join(pause(6600), talk(1200, 3, -14), pause(200))
    timeline = listen(call(join(ringing + over[: ringing.size], pause(1000))), country="US")
    (ringback,) = of(timeline, "ringback")
    assert ringback.rings == 2
    muted = sum(span.overlap_ms(Span(6600, 7800)) for span in non_speech(timeline, 0))
    assert muted < 700


def test_a_line_that_dies_with_a_click():
    left = noise(join(talk(8000, 1), pause(4000)), -55, 1)
    alive = noise(join(pause(2000), talk(4400, 2), pause(600)), -55, 2)
    right = join(alive, synthesis.click(RATE, -10), pause(4900))
    timeline = listen(call(left, right))
    agent, customer = timeline.lines
    assert agent.end_ms is None
    assert customer.end_ms == pytest.approx(7000, abs=60)
    assert customer.click
    assert any(event.channel == 1 for event in of(timeline, "click"))


@pytest.mark.parametrize("law", [synthesis.mu_law, synthesis.a_law])
def test_a_line_that_dies_without_a_click_through_g711(law):
    wave = law(join(noise(talk(8000, 3), -50), pause(2000)))
    (line,) = listen(call(wave)).lines
    assert line.end_ms == pytest.approx(8000, abs=100)
    assert not line.click


def test_a_channel_that_is_still_between_words_tells_nothing():
    parts = [part for n in range(6) for part in (talk(1500, n), pause(1200))]
    timeline = listen(call(join(*parts), noise(talk(16_000, 9), -55)))
    assert timeline.lines[0].end_ms is None
    assert any("channel 0" in note for note in timeline.notes)
    assert timeline.lines[1].end_ms is None


def test_the_noise_floor_is_measured():
    wave = noise(join(*[p for n in range(5) for p in (talk(2000, n), pause(1500))]), -52)
    (line,) = listen(call(wave)).lines
    assert line.noise_floor_db == pytest.approx(-52, abs=3)
    assert line.snr_db > 20


def test_silence_on_all_channels():
    left = join(talk(4000, 1), pause(6000), talk(3000, 2))
    right = join(pause(4500), pause(8500))
    (silence,) = of(listen(call(noise(left, -62), noise(right, -62, 1))), "silence")
    assert silence.channel is None
    assert not silence.digital
    assert silence.start_ms == pytest.approx(4000, abs=300)
    assert silence.end_ms == pytest.approx(10_000, abs=300)


def test_digital_silence_is_told():
    (silence,) = of(listen(call(join(talk(4000, 1), pause(6000), talk(3000, 2)))), "silence")
    assert silence.digital


def test_busy_tone_after_the_talk_lies_on_its_channel():
    left = noise(join(talk(6000, 1), pause(5000)))
    right = join(noise(talk(6000, 2)), synthesis.busy_tone("CN", 5000, RATE))
    (busy,) = of(listen(call(left, right), country="CN"), "tone")
    assert (busy.name, busy.channel, busy.country) == ("busy", 1, "CN")


@pytest.mark.parametrize("size", [0, 1, 400, 8000])
def test_tiny_and_empty_audio(size):
    timeline = listen(Audio(np.zeros((1, size), np.float32), RATE))
    assert of(timeline, "ringback") == of(timeline, "music") == of(timeline, "tone") == []
    assert len(timeline.lines) == 1


def test_ten_minutes_of_silence_and_values_that_are_no_numbers():
    wave = np.zeros((2, 600 * RATE), np.float32)
    wave[0, 100] = np.nan
    (silence,) = of(listen(Audio(wave, RATE)), "silence")
    assert silence.end_ms - silence.start_ms > 599_000


def test_the_same_audio_gives_the_same_timeline():
    audio = call(noise(join(synthesis.ringback("JP", 2, RATE), talk(4000, 1), tune(6000, 1))))
    assert listen(audio) == listen(audio)


def test_ringing_over_babble_is_no_music():
    ringing = join(pause(900), synthesis.ringback("FR", 2, RATE, -12), pause(700))
    babble = synthesis.line_noise(ringing.size / 8, RATE, seed=4, kind="babble")
    wave = join(synthesis.mix_at_snr(ringing, babble, 10.0), talk(6000, 2))
    (ringback,) = [e for e in of(listen(call(wave)), "ringback") if not e.musical]
    assert ringback.rings == 2
