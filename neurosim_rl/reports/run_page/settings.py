"""Settings of the report: the run's configuration beside the task's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurosim_rl.analysis.page.markup import Markup, element, folded, paragraph, section, table
from neurosim_rl.errors import NeurosimError
from neurosim_rl.optimizees import task_settings
from neurosim_rl.reports.run_page.widget import Widget
from neurosim_rl.reports.subject import Subject

COLUMNS = ("setting", "value", "task's default")
ABSENT = "-"


def settings_widget(subject: Subject) -> Widget:
    """Return the settings that differ from the task's defaults, and all settings."""
    values = flattened(subject.config.tables())
    try:
        defaults = flattened(task_settings(subject.config.task).tables())
    except NeurosimError as error:  # a task of the user's own may be gone
        note = paragraph(f"The task's defaults are not known here: {error}", kind="note")
        rows = [[key, value] for key, value in values.items()]
        return Widget(
            section("settings", "Configuration", note, table(COLUMNS[:2], rows, caption="All settings", numbers=9))
        )
    keys = list(dict.fromkeys([*values, *defaults]))
    rows = [[key, values.get(key, ABSENT), defaults.get(key, ABSENT)] for key in keys]
    changed = [row for row in rows if row[1] != row[2]]
    return Widget(
        section(
            "settings",
            "Configuration",
            _changes(changed),
            folded(f"All {len(rows)} settings", table(COLUMNS, rows, caption="All settings of the run", numbers=9)),
            folded("As TOML, for evolve --config", element("pre", subject.config.to_toml())),
        )
    )


def _changes(rows: list[list[str]]) -> Markup:
    if not rows:
        return paragraph("All settings are the task's defaults.")
    caption = "Settings other than the task's defaults; bounds and sizes that were measured or fitted are among them"
    return table(COLUMNS, rows, caption=caption, numbers=9)


def flattened(tables: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return settings by their keys with dots, such as ``model.hidden``, as text."""
    found: dict[str, str] = {}
    for key, value in tables.items():
        if isinstance(value, Mapping) and value:
            found |= flattened(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = _text(value)
    return found


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, ".6g") if isinstance(value, float) else str(value)
