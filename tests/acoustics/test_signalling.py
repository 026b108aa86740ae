import numpy as np
import pytest
from line_sounds import RATE, join, pause, talk

from qa_pipeline.acoustics import synthesis
from qa_pipeline.acoustics.signalling import find_signals
from qa_pipeline.acoustics.spectrogram import spectrogram, to_analysis_rate
from qa_pipeline.acoustics.tone_plans import TONE_PLANS, dtmf_digit

COUNTRIES = sorted(TONE_PLANS)


def signals(wave, country=None, rate=RATE):
    return find_signals(spectrogram(to_analysis_rate(wave, rate)), country)


@pytest.mark.parametrize("rings", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("country", COUNTRIES)
def test_rings_are_counted_for_each_country(country, rings):
    wave = join(
        pause(700), synthesis.ringback(country, rings, RATE, -20), pause(900), talk(3000, 1)
    )
    (phase,) = signals(wave).ringback
    assert phase.rings == rings
    assert phase.country == country
    assert not phase.first_cut
    assert not phase.last_cut
    assert phase.start_ms == pytest.approx(700, abs=20)


@pytest.mark.parametrize("kind", ["line", "hum", "office", "babble"])
@pytest.mark.parametrize("level_db", [-40, -6])
@pytest.mark.parametrize("country", COUNTRIES)
def test_rings_are_counted_in_noise_at_10_db(country, level_db, kind):
    plan = TONE_PLANS[country]
    ringing = synthesis.ringback(country, 3, RATE, level_db, last_cut_ms=plan.on_ms * 3 // 4)
    wave = join(pause(900), ringing, pause(1500))
    noise = synthesis.line_noise(wave.size / 8, RATE, seed=level_db + 50, kind=kind)
    noisy = synthesis.mu_law(synthesis.mix_at_snr(wave, noise, 10.0))
    (phase,) = signals(noisy, country).ringback
    assert phase.rings == 3
    assert phase.country == country
    assert phase.last_cut
    assert phase.end_ms == pytest.approx(900 + ringing.size / 8, abs=60)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_variant_is_counted(country):
    for variant in range(len(TONE_PLANS[country].ringback)):
        ringing = synthesis.ringback(country, 2, RATE, -25, variant=variant)
        (phase,) = signals(join(pause(300), ringing, pause(300)), country).ringback
        assert phase.rings == 2
        assert phase.country == country


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_first_ring_cut_by_the_recorder_counts(country):
    ringing = synthesis.ringback(country, 3, RATE, -20, first_cut_ms=200)
    (phase,) = signals(join(ringing, pause(1000)), country).ringback
    assert phase.rings == 3
    assert phase.first_cut
    assert not phase.last_cut


@pytest.mark.parametrize("country", ["GB", "AU", "IN"])
def test_a_double_ring_of_which_only_the_second_burst_is_recorded(country):
    ringing = synthesis.ringback(country, 2, RATE, -20, first_cut_ms=600)
    (phase,) = signals(ringing, country).ringback
    assert phase.rings == 2
    assert phase.first_cut


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_ring_cut_by_talk_ends_where_the_tone_ends(country):
    ringing = synthesis.ringback(country, 2, RATE, -18, last_cut_ms=330)
    wave = join(pause(500), ringing, talk(2500, 9, -16))
    (phase,) = signals(wave, country).ringback
    assert phase.rings == 2
    assert phase.end_ms == pytest.approx(500 + ringing.size / 8, abs=60)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000])
def test_sampling_rates(rate):
    (phase,) = signals(synthesis.ringback("US", 2, rate), "US", rate).ringback
    assert (phase.rings, phase.country) == (2, "US")


def test_the_known_country_decides_between_equal_plans():
    ringing = synthesis.ringback("AU", 2, RATE, variant=1)  # 400+450 as in Britain
    assert signals(ringing, "AU").ringback[0].country == "AU"
    assert signals(ringing, "GB").ringback[0].country == "GB"


def test_a_later_ringing_is_a_phase_of_its_own():
    first, second = (synthesis.ringback("US", n, RATE) for n in (2, 1))
    wave = join(first, pause(500), talk(12000, 4), pause(500), second, pause(500))
    phases = signals(wave, "US").ringback
    assert [phase.rings for phase in phases] == [2, 1]


@pytest.mark.parametrize("country", COUNTRIES)
def test_busy_is_heard_and_is_no_ringing(country):
    wave = join(talk(2000, 5), pause(600), synthesis.busy_tone(country, 4000, RATE, -22))
    heard = signals(wave, country)
    (busy,) = [tone for tone in heard.tones if tone.name == "busy"]
    assert heard.ringback == ()
    assert busy.country == country
    assert busy.start_ms == pytest.approx(2600, abs=40)
    assert busy.frequencies_hz == pytest.approx(TONE_PLANS[country].busy[0].lines_hz, abs=3)


def test_congestion_is_busy_too():
    heard = signals(join(pause(500), synthesis.busy_tone("US", 3000, RATE, cadence=1)), "US")
    assert [tone.name for tone in heard.tones] == ["busy"]


@pytest.mark.parametrize("kind", ["line", "hum"])
def test_the_american_busy_tone_in_noise_at_10_db(kind):
    wave = join(talk(2000, 5), pause(600), synthesis.busy_tone("US", 4000, RATE, -28))
    noise = synthesis.line_noise(wave.size / 8, RATE, -38.0, seed=3, kind=kind)[: wave.size]
    (busy,) = [tone for tone in signals(wave + noise).tones if tone.name == "busy"]
    assert busy.country == "US"
    assert busy.start_ms == pytest.approx(2600, abs=60)


def test_a_cadence_of_four_parts_is_busy_although_only_one_cycle_is_whole():
    wave = join(pause(500), synthesis.busy_tone("GB", 2500, RATE, cadence=1))
    assert [tone.name for tone in signals(wave).tones] == ["busy"]


def test_busy_bursts_bitten_by_lost_packets_stay_one_train():
    wave = join(pause(500), synthesis.busy_tone("CN", 4200, RATE), pause(500))
    holes = wave.copy()
    holes[1400 * 8 : 1420 * 8] = 0.0  # in the second burst
    holes[2840 * 8 : 2900 * 8] = 0.0
    (busy,) = signals(holes, "CN").tones
    assert busy.name == "busy"
    assert busy.end_ms - busy.start_ms == pytest.approx(3850, abs=60)


def test_a_blip_in_a_pause_does_not_break_the_train():
    wave = join(pause(500), synthesis.busy_tone("CN", 5600, RATE, -12, cadence=1))
    blip = synthesis.tone(TONE_PLANS["CN"].busy[0], 100, RATE, -32)
    wave[2800 * 8 : 2800 * 8 + blip.size] += blip
    assert [tone.name for tone in signals(wave).tones] == ["busy"]


@pytest.mark.parametrize("seed", range(6))
def test_talk_alone_has_no_busy_tone(seed):
    heard = signals(talk(12000, seed))
    assert not [tone for tone in heard.tones if tone.name == "busy"]


def test_keys_are_read():
    wave = synthesis.dtmf("1590*D", RATE, -15)
    noisy = synthesis.mix_at_snr(wave, synthesis.line_noise(wave.size / 8, RATE, seed=2), 15.0)
    digits = [dtmf_digit(tone.frequencies_hz) for tone in signals(noisy).tones]
    assert digits == list("1590*D")


@pytest.mark.parametrize(
    ("hz", "length_ms", "name"),
    [(1400.0, 250, "beep"), (1000.0, 600, "beep"), (1100.0, 500, "fax"), (2100.0, 3000, "fax")],
)
def test_single_tones(hz, length_ms, name):
    wave = join(talk(2500, 6), pause(300), synthesis.tone((hz,), length_ms, RATE), pause(900))
    (tone,) = signals(wave).tones
    assert tone.name == name
    assert tone.start_ms == pytest.approx(2800, abs=20)
    assert tone.end_ms == pytest.approx(2800 + length_ms, abs=20)


@pytest.mark.parametrize("kind", ["line", "office", "babble", "hum"])
def test_noise_alone_holds_no_signal(kind):
    heard = signals(synthesis.line_noise(30_000, RATE, -30, seed=8, kind=kind))
    assert heard.ringback == ()
    assert heard.tones == ()


@pytest.mark.parametrize("seed", range(6))
def test_talk_alone_holds_no_signal(seed):
    heard = signals(talk(30_000, seed))
    assert heard.ringback == ()
    assert heard.tones == ()


def test_an_empty_channel_holds_nothing():
    heard = signals(np.zeros(0, np.float32))
    assert heard.ringback == ()
    assert heard.tones == ()


@pytest.mark.parametrize("country", COUNTRIES)
def test_lost_packets_make_no_new_rings(country):
    ringing = synthesis.ringback(country, 3, RATE, -20)
    for start_ms in range(130, ringing.size // 8, 700):
        ringing[start_ms * 8 : (start_ms + 60) * 8] = 0
    (phase,) = signals(join(pause(800), ringing, pause(800)), country).ringback
    assert phase.rings == 3


def test_talk_between_two_ringings_is_no_ring_that_was_missed():
    first, second = (synthesis.ringback("GB", n, RATE, -22) for n in (2, 3))
    wave = join(first, pause(600), talk(4400, 4), pause(400), second, pause(500))
    assert [phase.rings for phase in signals(wave, "GB").ringback] == [2, 3]


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_single_ring_cut_by_the_answer_counts(country):
    wave = join(pause(900), synthesis.ringback(country, 1, RATE, -20, last_cut_ms=300), pause(900))
    noisy = synthesis.mix_at_snr(wave, synthesis.line_noise(wave.size / 8, RATE, seed=3), 15.0)
    assert [phase.rings for phase in signals(noisy, country).ringback] == [1]


def test_a_scrap_of_a_vowel_behind_a_lone_ring_does_not_take_its_place():
    ring = synthesis.ringback("IN", 1, RATE, variant=1)
    vowel = synthesis.tone((434.0,), 45, RATE, -20.0)
    wave = join(pause(600), ring, pause(1_400), vowel, pause(1_000))
    (heard,) = signals(wave).ringback
    assert heard.rings == 1
    assert abs(heard.start_ms - 600) <= 30
