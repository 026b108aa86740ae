"""The distribution of everything that is drawn, in one place.

Shares are weights of a draw, ranges are drawn evenly unless said otherwise. They follow what
call-centre recordings look like: half are mono, most are G.711 or a low-rate MP3 or Opus of it, a
third starts at the answer, and the phone system's record tells some facts and not others.
"""

from __future__ import annotations

from typing import Final

Range = tuple[float, float]

# Outcomes in a block of twelve calls of one language: exact over the block, in drawn order.
OUTCOME_BLOCKS: Final = {
    "greeting": {"pass": 6, "fail": 6},
    "hold": {"pass": 4, "fail": 4, "not_applicable": 4},
    "summary": {"pass": 6, "fail": 6},
    "satisfaction": {"pass": 6, "fail": 6},
}
NAME_USES: Final = {0: 0.14, 1: 0.17, 2: 0.19, 3: 0.18, 4: 0.14, 5: 0.1, 6: 0.08}
USUAL_FORM_SHARE: Final = 0.8  # of uses that take the call's usual form of address
NAME_FORM: Final = {
    "en": {"first": 0.45, "titled": 0.43, "full": 0.12},
    "zh": {"titled": 0.82, "full": 0.18},
}
SECOND_TITLE: Final = 0.25  # 小姐 in place of 女士

LAYOUT: Final = {"mono": 0.45, "stereo": 0.45, "dual_mono": 0.1}
CODEC: Final = {
    "wav_pcm": 0.2,
    "wav_mulaw": 0.13,
    "wav_alaw": 0.12,
    "wav_gsm": 0.08,  # mono only, as AMR
    "mp3": 0.17,
    "ogg_opus": 0.12,
    "amr": 0.08,
    "flac": 0.05,
    "m4a": 0.05,
}
MONO_ONLY: Final = ("wav_gsm", "amr")
WIDE_RATE_SHARE: Final = 0.2  # of PCM, FLAC, MP3 and M4A files: 16 kHz instead of 8
BITRATES_KBPS: Final = {
    "mp3": (16.0, 24.0, 32.0),
    "ogg_opus": (8.0, 12.0, 16.0),
    "m4a": (16.0, 24.0, 32.0),
    "amr": (4.75, 5.9, 7.4, 10.2, 12.2),
}
LEG_LAW: Final = {"mu": 0.4, "a": 0.35, "none": 0.25}  # G.711 on the way to the recorder

PACKET_LOSS_PERCENT: Final = {0: 0.65, 1: 0.15, 3: 0.13, 5: 0.07}
CONCEALMENT: Final = {"zero": 0.4, "repeat": 0.6}
SNR_DB: Final[dict[Range | None, float]] = {  # per side
    None: 0.35,
    (20.0, 30.0): 0.35,
    (10.0, 20.0): 0.22,
    (5.0, 10.0): 0.08,
}
NOISE_KIND: Final = {"babble": 0.4, "office": 0.35, "hum": 0.25}
LINE_NOISE_BELOW_SPEECH_DB: Final = (38.0, 48.0)  # always there
CROSSTALK_SHARE: Final = 0.5  # of stereo calls
CROSSTALK_DB: Final = (-45.0, -20.0)
IMBALANCE_SD_DB: Final = 4.0  # customer against agent, normal
IMBALANCE_MOST_DB: Final = 12.0
LEVEL_DB: Final = {(-28.0, -17.0): 0.7, (-40.0, -28.0): 0.2, (-17.0, -12.0): 0.1}  # RMS of speech
CLIPPING_SHARE: Final = 0.04
CLIPPING_DRIVE_DB: Final = (6.0, 14.0)  # speech RMS this far above what keeps its peaks whole
OVERLAP_SHARE: Final = 0.25  # of calls, beyond the scenario's own
OVERLAP_LINE_SHARE: Final = 0.2  # of such a call's lines
OVERLAP_MS: Final = (120, 420)
PITCH: Final = (0.94, 1.06)

COUNTRY: Final = {
    "en": {
        "US": 0.34,
        "GB": 0.2,
        "AU": 0.13,
        "IN": 0.11,
        "JP": 0.06,
        "DE": 0.06,
        "FR": 0.06,
        "CN": 0.04,
    },
    "zh": {
        "CN": 0.6,
        "US": 0.09,
        "JP": 0.07,
        "AU": 0.06,
        "GB": 0.06,
        "DE": 0.04,
        "FR": 0.04,
        "IN": 0.04,
    },
}
USUAL_COUNTRY: Final = {"en": "US", "zh": "CN"}
RINGING: Final = {"tone": 0.62, "tune": 0.06, "none": 0.32}  # none: the recorder starts at answer
RINGS: Final = {1: 0.2, 2: 0.2, 3: 0.16, 4: 0.24, 5: 0.2}
FIRST_RING_CUT_SHARE: Final = 0.15
ANSWERED_IN_RING_SHARE: Final = 0.5  # else in the pause after it
RING_LEVEL_DB: Final = (-26.0, -16.0)  # at the nominal level of speech, -20
ANNOUNCED_SHARE: Final = 0.08  # "this call may be recorded", before the agent speaks

HOLD_MEDIUM: Final = {
    "music": 0.45,
    "silence": 0.2,
    "comfort_noise": 0.1,
    "beeps": 0.1,
    "announcement": 0.15,
}
HOLD_SECONDS: Final = {(6.0, 8.0): 0.1, (8.0, 20.0): 0.75, (20.0, 40.0): 0.15}
ANNOUNCEMENT_WITH_MUSIC_SHARE: Final = 0.5
TUNES: Final = ("melody", "cold_day", "robot_dity", "the_simplicity", "morning_coffee", "system")

HUNG_UP_BY: Final = {"customer": 0.53, "agent": 0.43, "system": 0.04}
# How the end sounds, by layout and who left. `line`: click and dead line on one channel while the
# other lives on; `tone`: busy tone; `click`: a click and the end; `none`: the recording stops.
HANGUP_SOUND: Final = {
    ("stereo", "customer"): {"line": 0.6, "tone": 0.17, "none": 0.23},
    ("stereo", "agent"): {"line": 0.7, "none": 0.3},
    ("mono", "customer"): {"tone": 0.45, "click": 0.3, "none": 0.25},
    ("mono", "agent"): {"click": 0.5, "none": 0.5},
}
LEFT_BEHIND_SHARE: Final = {"line": 0.25, "click": 0.25}  # "hello? ... hello?" after the hang-up

RECORD: Final = {  # shares of sidecars that tell a fact
    "agent_id": 0.7,
    "agent_name": 0.7,
    "customer_name": 0.7,
    "ring_seconds": 0.3,
    "disconnected_by": 0.3,
    "country": 0.6,
    "channels": 0.6,  # of stereo files
    "language": 0.3,
}
