"""Makes telephone recordings with known labels out of scripts.

`script` is the form of a script, `voices` speaks its lines, `render` lays them on a time line with
ringing, hold, hang-up and line noise, `formats` writes the audio file, `labels` says what is true
of it, `calls` makes one call. ``python -m sample_calls.maker`` does all of it; the speech packages
it needs are listed in ``requirements.txt`` beside this file.
"""
