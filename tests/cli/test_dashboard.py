"""``neurosim-rl dashboard`` as a process: its address, its socket, its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from neurosim_rl.cli import dashboard, main
from tests.dashboard.folders import make_runs, snapshot
from tests.structure import ROOT
from tests.waiting import wait_until

pytest.importorskip("uvicorn", reason="needs the extra [dashboard]")


@contextmanager
def process(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Give the command as a process."""
    # A command under nohup ignores SIGHUP, and so would what it starts, these tests among it.
    command = [
        "env",
        "--default-signal=HUP",
        sys.executable,
        "-m",
        "neurosim_rl.cli",
        "dashboard",
        str(folder),
        *arguments,
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def first_json(started: subprocess.Popen[str]) -> dict[str, object]:
    """Return the object that the process prints; it goes on."""
    assert started.stdout is not None
    text = ""
    while not text.endswith("}\n"):
        line = started.stdout.readline()
        assert line, started.communicate()
        text += line
    return dict(json.loads(text))


def ended(started: subprocess.Popen[str], number: int) -> tuple[int, str, str]:
    """Send a signal; return exit code, output and errors."""
    started.send_signal(number)
    out, error = started.communicate(timeout=120)
    return started.returncode, out, error


def sockets_of(pid: int) -> set[str]:
    """Return the local addresses, in hexadecimal, at which a process listens."""
    owned = {os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in owned:  # 0A: listening
                found.add(fields[1])
    return found


def test_it_serves_this_machine_alone_and_ends_cleanly_with_ctrl_c(tmp_path: Path) -> None:
    make_runs(tmp_path, 2)
    before = snapshot(tmp_path)
    with process(tmp_path, "--port", "0", "--json") as started:
        told = first_json(started)
        address, port = str(told["address"]), int(str(told["port"]))
        assert told["runs"] == 2
        assert re.fullmatch(rf"http://127\.0\.0\.1:{port}/[0-9a-f]{{48}}/", address)
        assert str(told["ssh"]).startswith(f"ssh -N -L {port}:127.0.0.1:{port} ")
        with urllib.request.urlopen(f"{address}runs") as answer:
            assert len(json.load(answer)["rows"]) == 2
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/")
        assert sockets_of(started.pid) == {f"0100007F:{port:04X}"}
        code, out, error = ended(started, signal.SIGINT)
    assert (code, out) == (0, "")
    assert error == "neurosim-rl: the dashboard has ended; runs go on.\n"
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_end_it_cleanly_too(tmp_path: Path, number: int) -> None:
    with process(tmp_path, "--port", "0", "--json") as started:
        first_json(started)
        assert ended(started, number) == (0, "", "neurosim-rl: the dashboard has ended; runs go on.\n")


def test_another_port_is_taken_where_one_is_in_use_and_the_text_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_runs(tmp_path, 1)
    served: list[str] = []

    def end(application: object, listener: socket.socket) -> None:
        served.append(listener.getsockname()[0])
        listener.close()
        raise KeyboardInterrupt

    monkeypatch.setattr("neurosim_rl.dashboard.serving.serve_dashboard", end)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["dashboard", str(tmp_path), "--port", str(port)]) == 0
    out, error = capsys.readouterr()
    assert served == ["127.0.0.1"]
    (other,) = re.findall(r"http://127\.0\.0\.1:(\d+)/[0-9a-f]{48}/", out)
    assert int(other) != port
    assert f"port {port} is in use; this is {other}." in error
    assert f"ssh -N -L {other}:127.0.0.1:{other} " in out
    assert out.startswith(f"1 runs in {tmp_path}, 0 of them running\n")


def test_the_browser_gets_an_address_without_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(dashboard.webbrowser, "open", opened.append)

    def end(application: object, listener: socket.socket) -> None:
        listener.close()
        raise KeyboardInterrupt

    monkeypatch.setattr("neurosim_rl.dashboard.serving.serve_dashboard", end)
    assert main(["dashboard", str(tmp_path), "--port", "0", "--open", "--json"]) == 0
    wait_until(lambda: bool(opened), "a browser is opened")
    token = json.loads(capsys.readouterr().out)["address"].split("/")[3]
    (address,) = opened
    assert address.endswith("/open")
    assert token not in address


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere is no folder. Expected a folder of runs"),
        ([".", "--port", "70000"], "--port 70000: expected 0 to 65535"),
        ([".", "--port", "x"], "invalid int value: 'x'"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main(["dashboard", *arguments])
    except SystemExit as error:  # of the parser
        code = int(str(error.code))
    assert code == 2
    error_text = capsys.readouterr().err
    assert message in error_text
    assert error_text.count("\n") == 1


def test_without_the_extra_one_line_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["dashboard", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "pip install 'neurosim-rl[dashboard]'" in error
    assert error.count("\n") == 1
