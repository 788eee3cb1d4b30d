"""Files and texts of settings that no parser likes."""

from pathlib import Path

import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings import layers
from neurosim_rl.settings.layers import parse_setting, parse_toml, read_toml

DEEP = "is nested too deeply; expected at most 20 levels"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = " + "[" * 20_000 + "]" * 20_000, f"F {DEEP}"),
        ("x = " + "[" * 30 + "]" * 30, f"F {DEEP}"),
        ("x = " + "{a=" * 20_000, f"F {DEEP}"),
        ("[" + ".".join("a" * 5_000) + "]", f"F {DEEP}"),
        (".".join("a" * 5_000) + " = 1", f"F {DEEP}"),
        ("seed = " + "9" * 5_000, "F is not valid TOML: Exceeds the limit"),
        ("seed = ", "F is not valid TOML: Invalid value"),
    ],
    ids=range(7),
)
def test_a_text_that_is_no_settings_is_one_error(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_toml(text, "F")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("x=" + "[" * 20_000, DEEP),
        ("x=" + "[" * 20_000 + "]" * 20_000, DEEP),
        (".".join("a" * 5_000) + "=1", DEEP),
        ("seed=" + "9" * 5_000, "--set seed: Exceeds the limit"),
    ],
    ids=range(4),
)
def test_a_setting_that_is_none_is_one_error(setting: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as raised:
        parse_setting(setting)
    assert len(str(raised.value)) < 400


def test_twenty_levels_are_read() -> None:
    assert parse_setting("x=" + "[" * 18 + "]" * 18)["x"] is not None


def test_a_file_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(layers, "LARGEST_TEXT", 1000)
    path = tmp_path / "long.toml"
    path.write_text("#" * 1001)
    with pytest.raises(ConfigurationError, match=r"long\.toml: it has 1001 bytes; expected at most 1000"):
        read_toml(path)


def test_a_file_without_an_end_is_not_read() -> None:
    with pytest.raises(ConfigurationError, match="/dev/zero: it is no regular file"):
        read_toml(Path("/dev/zero"))
