"""Only regular files up to a size are read; nothing waits for a pipe."""

import os
from pathlib import Path

import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.layers import read_text
from neurosim_rl.settings.regular_file import read_end, read_regular


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert read_regular(tmp_path / "file", 3) == b"abc"
    assert read_end(tmp_path / "file", 2) == "bc"


def test_a_pipe_a_device_and_a_folder_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        for read in (read_regular, read_end):
            with pytest.raises(OSError, match="no regular file"):
                read(path, 10)
    with pytest.raises(ConfigurationError, match="pipe: it is no regular file"):
        read_text(tmp_path / "pipe")


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(2**40)
    with pytest.raises(OSError, match="1099511627776 bytes; expected at most 10"):
        read_regular(tmp_path / "sparse", 10)


def test_a_high_limit_takes_no_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert read_regular(tmp_path / "file", 2**60) == b"abc"
    assert read_end(tmp_path / "file", 2**60) == "abc"


def test_a_file_that_grows_while_it_is_read_is_read_up_to_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, fstat = tmp_path / "file", os.fstat

    def before_it_grows(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        with path.open("ab") as file:
            file.write(b"def")
        return status

    path.write_bytes(b"abc")
    monkeypatch.setattr(os, "fstat", before_it_grows)
    assert read_regular(path, 6) == b"abcdef"
    with pytest.raises(OSError, match="grows beyond 8 bytes"):
        read_regular(path, 8)
