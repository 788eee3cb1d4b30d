"""Functions of the user's that a configuration names: ``module:function``, or ``folder/file.py:function``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.checks import nearest
from neurosim_rl.settings.plugin_loading import load_module
from neurosim_rl.settings.plugins import require


def user_function(table: str, key: str, name: str, does: str) -> Callable[..., Any]:
    """Return a function by its name; its module becomes a plugin (`neurosim_rl.settings.plugin_loading.load_module`).

    Parameters
    ----------
    table, key : str
        Table and key of the configuration that names it.
    name : str
        ``"my_net:build"``, or ``"nets/my_net.py:build"``.
    does : str
        What the function gets and returns, a sentence for messages.

    Raises
    ------
    ConfigurationError
        When the name has another form, or the module has no such function.
    PluginError
        When only a file names the module, there is no such module or file, or its import fails.
    """
    module, colon, function = name.rpartition(":")
    if not (colon and module and function.isidentifier()):
        raise ConfigurationError(
            f"{table}.{key} = {name!r}: expected module:function, such as 'my_module:my_function'. {does}"
        )
    require({table: {key: name}})
    names = vars(load_module(module))
    found = names.get(function)
    if not callable(found):
        match = nearest(function, [key for key, value in names.items() if callable(value) and key[0] != "_"])
        hint = f"Did you mean {match!r}?" if match else "Correct the name, or define it."
        raise ConfigurationError(f"{table}.{key} = {name!r}: module {module!r} has no function {function!r}. {hint}")
    return found  # type: ignore[no-any-return]
