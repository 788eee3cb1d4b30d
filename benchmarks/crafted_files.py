"""Crafted files x every command that reads files: nothing outside is read, written or imported, nothing crashes."""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.crafted import Crafted, Originals, craft
from benchmarks.crafted_dashboard import dashboard
from benchmarks.crafted_places import DEVICES, copy
from benchmarks.crafted_settings import MODULE

N_FILES, SEED = 300, 1
LONGEST_S, MOST_BYTES = 20.0, 2_000_000_000
"""Limits of a command: of its processor time, and of its wall time on an idle machine, in s; of its memory."""
SECRET = "the-secret-of-somebody-else"
SMALL = ("--set", "episodes=1", "--set", "validation_episodes=2", "--set", "finalists=0")
BRIEF = ("--workers", "1", "--no-figures")


def commands(crafted: Crafted) -> list[list[str]]:
    """Return the commands that read a crafted file, as lists of words."""
    path = str(crafted.path)
    champion = [
        ["show", path],
        ["show", path, "--json"],
        ["show", path, "--provenance"],
        ["evaluate", path, "--episodes", "2", "--workers", "1"],
        ["verify", path],
        ["plot", path, "--out", "figures"],
        ["analyse", path, "--out", "figures"],
        ["record", path, "--out", "film.gif", "--steps", "5"],
        ["export", path, "--nir", "out.nir"],
        ["export", path, "--pynest", "out.py"],
        ["export", path, "--csv", "tables"],
        ["report", path, "--out", "report.html", "--no-film"],
        ["evolve", "cart-pole", "--start-from", path, "--generations", "1", "--population", "4", *SMALL, *BRIEF],
    ]
    if crafted.kind == "champion":
        return [*champion, ["results", "--champions", str(crafted.path.parent), "--episodes", "2", "--workers", "1"]]
    if crafted.kind == "run":
        more = [["status", path], ["show", path, "--failures"], ["compare", path], ["plot", path], ["dashboard", path]]
        return [*champion, *more, ["resume", path, *BRIEF], ["resume", path, "--no-figures"]]
    if crafted.kind == "study":
        file = f"{path}/study.toml"
        table = ["study", file, "--table", f"{path}/study.h5"]
        again = ["study", file, "--out", path, "--discard-runs", *BRIEF]
        in_runs = ["study", file, *BRIEF]  # into runs/NAME
        shown = [["status", path], table, [*table, "--format", "rst"], ["report", path], ["compare", path]]
        return [*shown, again, in_runs]
    if crafted.kind == "nir":
        return [["import", path, "--out", "imported.h5"], ["import", path, "--task", "cart-pole", "--out", "other.h5"]]
    evolve = ["evolve", "cart-pole", "--config", path, "--generations", "1", "--population", "4"]
    return [[*evolve, *SMALL, *BRIEF], ["submit", "cart-pole", "--config", path, "--dry-run"], ["study", path, *BRIEF]]


def originals(folder: Path) -> Originals:
    """Make good files, and what no command may touch."""
    from neurosim_rl.api.evolving import evolve, train
    from neurosim_rl.api.studying import study
    from neurosim_rl.training import champion

    champion.UNSEEN_EPISODES, champion.RECORDED_EPISODES = 5, 2
    brief: dict[str, Any] = {"generations": 2, "episodes": 1, "validation_episodes": 2, "finalists": 0, "workers": 1}
    options = {"optimizer": {"population": 4}, "environment": {"kwargs": {"max_episode_steps": 30}}}
    run = evolve("cart-pole", options, out=folder / "run", progress=False, **brief)
    run.champion.plot("responses")
    (folder / "study.toml").write_text(
        'name = "mine"\nseeds = "1"\n[grid]\ntask = ["cart-pole"]\n[settings]\ngenerations = 1\nepisodes = 1\n'
        'validation_episodes = 1\nfinalists = 0\n"optimizer.population" = 4\n'
    )
    study(folder / "study.toml", out=folder / "study", workers=1, progress=False)
    shutil.copy(folder / "study.toml", folder / "study")
    layers = {**options, "optimizer": {"name": "none"}}
    network = train(
        "cart-pole", layers, learner="ppo", out=folder / "trained", progress=False, **{**brief, "generations": 1}
    )
    network.champion.export(folder / "network.nir")
    outside = folder / "outside"
    outside.mkdir()
    for name in ("secret", "own"):
        (outside / name).write_text(SECRET * 40)
    shutil.copy(folder / "run" / "champion.h5", outside / "secret.h5")
    (folder / f"{MODULE}.py").write_text(f"open({str(folder / 'imported')!r}, 'w').close()\n")
    sys.path.insert(0, str(folder))
    return Originals(folder / "run", folder / "study", folder / "network.nir", outside)


def play(words: list[str], folder: Path, outside: Path, wall_s: float = LONGEST_S) -> dict[str, Any]:
    """Run a command in a child process; return its exit code or signal, time, memory, and the text that it printed.

    Files that the command names may be links, as with any program; others that are opened must not lead outside.
    """
    begin = time.monotonic()
    child = os.fork()
    if not child:
        _play_and_end(words, folder, outside)
    is_late = False
    while True:
        found, status, usage = os.wait4(child, os.WNOHANG)
        if found:
            break
        if not is_late and time.monotonic() > begin + wall_s:
            is_late = True
            os.killpg(child, signal.SIGKILL)
        time.sleep(0.005)
    texts = [(folder / name).read_text("utf-8", "surrogateescape") for name in ("output", "errors", "opened")]
    return {
        "code": os.waitstatus_to_exitcode(status),
        "is_late": is_late or usage.ru_utime + usage.ru_stime > LONGEST_S,
        "seconds": time.monotonic() - begin,
        "megabytes": usage.ru_maxrss / 1000,
        "printed": texts[0] + texts[1],
        "errors": texts[1],
        "opened": texts[2],
    }


def _play_and_end(words: list[str], folder: Path, outside: Path) -> None:
    from neurosim_rl.cli.main import main

    forbidden = (str(outside), *DEVICES.values())
    os.setsid()
    os.chdir(folder)
    for name, descriptor in (("output", 1), ("errors", 2)):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    opened = os.open(folder / "opened", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "import" and str(arguments[0]).startswith(MODULE):
            os.write(opened, f"import {arguments[0]}\n".encode())
        if event == "open" and isinstance(arguments[0], str | bytes) and os.fsdecode(arguments[0]) not in words:
            target = _target(os.fsdecode(arguments[0]), arguments[2])
            if target.startswith(forbidden) or target.endswith("/mem"):
                os.write(opened, f"open {arguments[0]!r}\n".encode())

    sys.addaudithook(watch)
    code = 1
    try:
        code = dashboard(words[1]) if words[0] == "dashboard" else main(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException as error:
        print(f"internal error: escaped {type(error).__name__}: {error}", file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _target(path: str, flags: int) -> str:
    """Return the path of the file that is opened, through all links that are followed."""
    if not flags & os.O_NOFOLLOW:
        return os.path.realpath(path)
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(folder), name)


def findings(result: dict[str, Any], originals: Originals, before: dict[str, Any]) -> list[str]:
    """Return what is wrong with a command's outcome."""
    found = []
    if result["is_late"]:
        found.append("hang")
    elif result["code"] < 0:
        found.append(f"crash by signal {-result['code']}")
    if "internal error" in result["printed"] or "Traceback" in result["errors"]:
        found.append("internal error")
    if result["megabytes"] * 1e6 > MOST_BYTES:
        found.append("memory")
    if result["opened"] or (originals.outside.parent / "imported").exists():
        found.append("outside read or imported")
        (originals.outside.parent / "imported").unlink(missing_ok=True)
    if outside_state(originals.outside) != before:
        found.append("outside written")
    if SECRET in result["printed"]:
        found.append("secret printed")
    if any(not c.isprintable() and c not in "\n\r\t" for c in result["printed"] if not 0xDC80 <= ord(c) <= 0xDCFF):
        found.append("control characters printed")
    return found


def outside_state(outside: Path) -> dict[str, Any]:
    """Return the names and contents of everything outside."""
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in sorted(outside.rglob("*"))}


def measure(
    numbers: Sequence[int] = range(N_FILES), seed: int = SEED, most_commands: int = 0, wall_s: float = LONGEST_S
) -> dict[str, Any]:
    """Return counts of outcomes, and the findings, over crafted files and all commands that read them.

    Parameters
    ----------
    numbers : sequence of int
        Files of the seed.
    seed : int
    most_commands : int
        Commands for each file, drawn from all; 0: all of them.
    wall_s : float
        Longest wall time of a command, in s; more than `LONGEST_S` where other programs use the machine.
    """
    import matplotlib.pyplot  # noqa: F401  # children have what commands import

    import neurosim_rl.comparison.figures
    import neurosim_rl.reports.all_tasks
    import neurosim_rl.reports.figures
    import neurosim_rl.simulators.nest
    import neurosim_rl.studies  # noqa: F401

    counts: Counter[str] = Counter()
    found = []
    with tempfile.TemporaryDirectory() as root:
        good = originals(Path(root))
        for number in numbers:
            rng = np.random.Generator(np.random.PCG64([seed, number]))
            master = Path(root) / f"case-{number}"
            master.mkdir()
            crafted = craft(number, rng, good, master)
            wanted = commands(crafted)
            if most_commands:
                wanted = [wanted[k] for k in sorted(rng.permutation(len(wanted))[:most_commands])]
            for words in wanted:
                outcome = _outcome(words, crafted, good, wall_s)
                counts[outcome["outcome"]] += 1
                if outcome["wrong"]:
                    found.append({"file": number, "what": crafted.what, "command": " ".join(words[:1]), **outcome})
                    print(json.dumps(found[-1]), file=sys.stderr, flush=True)
            shutil.rmtree(master, ignore_errors=True)
            print(f"to file {number}, {crafted.what!r:.80}: {dict(counts)}", file=sys.stderr, flush=True)
    n_commands = sum(counts.values())
    return {"seed": seed, "files": len(numbers), "commands": n_commands, "counts": dict(counts), "findings": found}


def _outcome(words: list[str], crafted: Crafted, good: Originals, wall_s: float) -> dict[str, Any]:
    """Play a command with a file as it was crafted, in a folder of its own; return what became of it."""
    master, folder = crafted.path.parent, good.outside.parent / "work"
    before = outside_state(good.outside)
    shutil.copytree(master, folder, symlinks=True, copy_function=copy)
    here = [word.replace(str(master), str(folder)) for word in words]
    result = play(here, folder, good.outside, wall_s)
    shutil.rmtree(folder, ignore_errors=True)
    wrong = findings(result, good, before)
    return {
        "outcome": ", ".join(wrong) or ("succeeds" if result["code"] == 0 else "refused"),
        "wrong": wrong,
        "code": result["code"],
        "seconds": round(result["seconds"], 1),
        "text": result["errors"][-400:] + result["opened"][-200:],
    }


def run() -> dict[str, Any]:
    """Return one row for each outcome, and the findings."""
    result = measure()
    rows = [{"outcome": name, "commands": n} for name, n in sorted(result["counts"].items())]
    about = f"{N_FILES} crafted files x every command that reads such files, seed {SEED}"
    return {"about": about, "rows": rows, "findings": result["findings"]}


def main() -> int:
    """Play some of the files; return 1 if there are findings."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crafted_files", description=__doc__)
    parser.add_argument("--files", type=int, default=N_FILES)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--every", type=int, default=1, help="10: files of one kind")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--most-commands", type=int, default=0)
    parser.add_argument("--wall-s", type=float, default=LONGEST_S, help="longest wall time of a command, in s")
    given = parser.parse_args()
    numbers = range(given.first, given.first + given.files * given.every, given.every)
    outcome = measure(numbers, given.seed, given.most_commands, given.wall_s)
    print(json.dumps(outcome, indent=2))
    return 1 if outcome["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
