"""The page of all settings at the top of a configuration, and of its tables with fixed keys."""

from __future__ import annotations

from docs.extension.options import options_table
from docs.extension.parts import folder, kind_name, kinds
from docs.extension.rst import page, title
from neurosim_rl.optimizees import Settings
from neurosim_rl.settings.options import option_fields


def settings_page() -> str:
    """Return the page: keys at the top, tables with fixed keys, and where the keys of parts are."""
    blocks = [
        title("Settings"),
        "Keys of a TOML file (``--config``), of ``--set KEY=VALUE``, and of keyword arguments in Python. A task has "
        "defaults of its own, which win over these. ``RUN/config.toml`` holds all settings of a run. This page is made "
        "of the code.",
        title("At the top", "-"),
        options_table(Settings, ""),
    ]
    for key, field in option_fields(Settings).items():
        if field.metadata["options"] is not None:
            blocks += [title(f"[{key}]", "-"), options_table(field.metadata["options"], key)]
    named = [path for path in kinds() if path != "task"]
    links = [f"* :doc:`[{path}] <parts/{folder(path)}/index>`: the {kind_name(path)}" for path in named]
    blocks += [title("Tables of parts", "-"), "\n".join(links)]
    return page(*blocks)
