"""Stages at the end of a run, and the measures that can choose its champion, by their names in files and reports."""

from __future__ import annotations

VALIDATION, FINALISTS, FITNESS = "validation", "finalists", "training fitness"
"""Measures that choose a champion; the first two are stages of a run, too."""

UNSEEN, RANDOM, RULE = "unseen starts", "random policy", "rule"
RECORDING, REPLAY = "recording", "replay in NEST"

MEASUREMENTS = (UNSEEN, RECORDING, RANDOM, RULE, REPLAY)
"""Stages that measure a champion, in their order."""
