"""The end of the report: verification in NEST, provenance, and the command."""

from __future__ import annotations

from typing import Any

from neurosim_rl.analysis.page.markup import definitions, element, paragraph, section
from neurosim_rl.reports.champion import verification_text
from neurosim_rl.reports.run_page.widget import Widget
from neurosim_rl.reports.subject import Subject
from neurosim_rl.runs.stages import REPLAY
from neurosim_rl.settings.printable import printable


def verification_widget(subject: Subject) -> Widget:
    """Return the comparison of the recorded episodes with their replay in NEST."""
    champion = subject.finished_champion
    if REPLAY in champion.missing or champion.recording.is_empty:
        return Widget(section("verification", "Verification in NEST", paragraph("Not measured yet.", kind="note")))
    verification = champion.verification
    verdict = "identical" if verification.identical else "not identical"
    counts = (
        ("episodes replayed", verification.episodes),
        ("spikes compared", verification.spikes_compared),
        ("spikes that differ", verification.spikes_differing),
        ("actions that differ", verification.actions_differing),
        ("replays that failed", verification.failed),
    )
    return Widget(
        section(
            "verification",
            "Verification in NEST",
            paragraph(verdict, kind="verdict good" if verification.identical else "verdict bad"),
            definitions(counts),
            paragraph(verification_text(verification, subject.optimizee), kind="note"),
        )
    )


def provenance_widget(subject: Subject) -> Widget:
    """Return the command, versions, host and digests of the champion."""
    champion = subject.finished_champion
    pairs: list[tuple[object, object]] = [
        ("genome (sha256)", champion.sha256),
        ("generation, individual", f"{champion.generation + 1}, {champion.individual}"),
        ("chosen by", champion.chosen_by or "not known"),
        ("environment steps of training", "not known" if champion.n_steps is None else f"{champion.n_steps:,}"),
        ("time of training", "not known" if champion.seconds is None else f"{champion.seconds:.0f} s"),
    ]
    for name, value in champion.provenance.items():
        if name != "command":
            pairs.append((name, _listed(value)))
    return Widget(
        section(
            "provenance",
            "Provenance",
            paragraph("Command that made the run:"),
            element("pre", printable(champion.provenance["command"])),
            definitions(pairs),
        )
    )


def _listed(value: Any) -> str:
    """Return a value of the provenance in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_listed(item)}" for key, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
