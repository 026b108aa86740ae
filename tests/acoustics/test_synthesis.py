import numpy as np
import pytest

from qa_pipeline.acoustics import synthesis


def level_db(wave):
    return 20 * np.log10(np.sqrt(np.mean(np.square(wave))) * np.sqrt(2))


def test_ringback_lasts_to_the_end_of_its_last_burst():
    assert synthesis.ringback("US", 3, 8000).size == (2 * 6000 + 2000) * 8
    assert synthesis.ringback("GB", 2, 16000).size == (3000 + 1000) * 16


def test_ringback_cuts_shorten_it():
    cut = synthesis.ringback("CN", 2, 8000, first_cut_ms=300, last_cut_ms=400)
    assert cut.size == (5000 + 400 - 300) * 8


@pytest.mark.parametrize("wrong", [{"country": "ZZ", "rings": 1}, {"country": "CN", "rings": 0}])
def test_ringback_refuses_what_cannot_ring(wrong):
    with pytest.raises(ValueError, match=r"tone plan|ring"):
        synthesis.ringback(**wrong, sample_rate_hz=8000)


def test_ringback_refuses_cuts_that_leave_nothing():
    with pytest.raises(ValueError, match="leave nothing"):
        synthesis.ringback("CN", 1, 8000, first_cut_ms=900, last_cut_ms=500)


def test_levels_are_those_asked_for():
    assert level_db(synthesis.tone((440.0,), 1000, 8000, -17.0)) == pytest.approx(-17.0, abs=0.1)
    for kind in ("line", "hum", "office", "babble"):
        noise = synthesis.line_noise(2000, 8000, -45.0, seed=3, kind=kind)
        assert level_db(noise) == pytest.approx(-45.0, abs=0.1)


def test_noise_is_reproducible_by_seed():
    one, same, other = (synthesis.line_noise(200, 8000, seed=s) for s in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_mix_at_snr_takes_the_level_where_it_sounds():
    burst = synthesis.tone((440.0,), 1000, 8000, -20.0)
    padded = np.concatenate([burst, synthesis.silence(3000, 8000)])
    mixed = synthesis.mix_at_snr(padded, synthesis.line_noise(500, 8000, -10.0), 10.0)
    assert level_db(mixed[16000:]) == pytest.approx(-30.0, abs=0.7)


@pytest.mark.parametrize("law", [synthesis.mu_law, synthesis.a_law])
def test_g711_keeps_a_tone_with_some_noise(law):
    wave = synthesis.tone((440.0,), 500, 8000, -15.0)
    error = law(wave) - wave
    assert -45.0 < level_db(error) - level_db(wave) < -30.0


def test_a_law_has_no_zero():
    assert np.all(synthesis.a_law(np.zeros(10, np.float32)) != 0)


def test_telephone_band_takes_hum_and_hiss():
    for hz, kept in ((60.0, False), (1000.0, True)):
        wave = synthesis.telephone_band(synthesis.tone((hz,), 1000, 16000, -10.0), 16000)
        assert bool(level_db(wave[4000:]) > -13.0) is kept


def test_dtmf_refuses_other_characters():
    with pytest.raises(ValueError, match="not a DTMF key"):
        synthesis.dtmf("12x", 8000)
