"""Job scripts from hostile names: each parses, and gives back the names."""

import random
import subprocess
from pathlib import Path

import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.submission import ClusterProfile
from neurosim_rl.submission.driver import Driver
from neurosim_rl.submission.script import array_script, compare_script, run_script, study_script
from tests.slurm_cluster import SlurmCluster
from tests.submission.sbatch_reader import directives, output_path

N_NAMES = 75
"""With four kinds of scripts: 300."""
PIECES = (
    *("a", "run", "seed1", "50%", "%j", "%A_%a", "%%", "%n", "%", "%5j"),
    *(" ", "  ", '"', "'", '"" ', "#", "#SBATCH --wrap=x", "--out", "-rf", "--", "~", "*", "?", "[a]", "{a,b}"),
    *("$HOME", "${run}", "$(touch pwned)", "`touch pwned`", "!", "!!", ";", "&", "&&", "|", ">x", "<(x)", "()"),
    *("=", ":", ",", "@", "^", "ä", "名前", "\u202e", "\u2028", "\u00a0", "{command}", "{0}", "EOF", "%(x)s"),
)
"""Each means something to bash, sbatch, Slurm's file patterns, or Python's formatting."""
FORBIDDEN = ("\n", "\r", "\t", "\0", "\x1b[31m", "\x7f", "\x85", "\udcff", "\n#SBATCH --wrap=x", "\ntouch pwned\n")


def hostile_names(seed: int, n: int = N_NAMES) -> list[str]:
    """Return names of files made from the pieces: each piece alone, then combinations."""
    draw = random.Random(seed)
    names = list(PIECES)
    while len(names) < n:
        names.append("".join(draw.choices(PIECES, k=draw.randint(2, 6))))
    return names


def scripts_of(name: str, profile: ClusterProfile, folder: Path, python: Path) -> list[str]:
    """Return scripts of every kind, all with the name in every place where a name can be."""
    driver = Driver(str(python), ["--plugin", name])
    return [
        run_script(profile, folder / name, driver),
        study_script(profile, folder / name, driver),
        array_script(profile, folder / name, ["seed0", name], driver),
        compare_script(profile, folder / name, driver=driver),
    ]


PRINT = """#!/bin/bash
printf '%s\\0' "$@" >>"$ARGUMENTS"
"""


def test_300_job_scripts_from_hostile_names_parse_and_give_back_the_names(tmp_path: Path) -> None:
    python, folder = tmp_path / "my 'python' $x", tmp_path / 'my %j "runs"'
    python.write_text(PRINT)
    python.chmod(0o755)
    profile = ClusterProfile(partition='a"b#c', account="$x", modules=())
    everything: list[str] = []
    expected: list[list[str]] = []
    for name in hostile_names(1):
        run = folder / name
        for kind, script in enumerate(scripts_of(name, profile, folder, python)):
            read = directives(script)
            assert read["job-name"] == (f"{name}-compare" if kind == 3 else name)
            assert (read["partition"], read["account"]) == ('a"b#c', "$x")
            log = ["slurm-7.log", "slurm-7.log", "slurm-5_1.log", "compare.log"][kind]
            assert output_path(read["output"], {"j": "7", "A": "5", "a": "1"}) == str(run / log)
            started = run / name if kind == 2 else run
            started.mkdir(parents=True, exist_ok=True)
            everything.append(script)
            words = [["resume", str(started)], ["study", f"{run}/study.toml", "--out", str(run)]]
            words += [["resume", str(started)], ["compare", str(run), "--csv", f"{run}/compare.csv"]]
            more = [] if kind == 3 else ["--set", "execution.name=processes", "--workers", "1"]
            expected.append(["-m", "neurosim_rl.cli", *words[kind], *more, "--plugin", name])
    got = run_all(everything, tmp_path)
    assert len(got) == len(expected) == 4 * N_NAMES
    for mine, theirs in zip(expected, got, strict=True):
        assert mine == theirs
    assert not list(tmp_path.rglob("pwned"))


def run_all(scripts: list[str], folder: Path) -> list[list[str]]:
    """Run scripts as bash does; return the arguments that the interpreter of each gets."""
    work = folder / "work"
    work.mkdir()
    for k, script in enumerate(scripts):
        (work / f"{k:04}.sh").write_text(script, encoding="utf-8")
    loop = 'for script in *.sh; do ARGUMENTS="$script.arguments" bash "$script" || echo "$script: $?" >&2; done'
    numbers = {"SLURM_JOB_ID": "7", "SLURM_ARRAY_JOB_ID": "5", "SLURM_ARRAY_TASK_ID": "1"}
    done = subprocess.run(
        ["bash", "-c", loop], cwd=work, env={"PATH": "/usr/bin:/bin", **numbers}, capture_output=True, text=True
    )
    assert done.stderr == ""
    found = sorted(work.glob("*.arguments"))
    return [path.read_bytes().decode("utf-8").split("\0")[:-1] for path in found]


@pytest.mark.parametrize("bad", FORBIDDEN)
@pytest.mark.parametrize("kind", range(4))
def test_names_that_no_line_can_hold_are_refused(kind: int, bad: str) -> None:
    with pytest.raises(ConfigurationError, match="without control characters, in UTF-8") as caught:
        scripts_of(f"a{bad}b", ClusterProfile(), Path("/data"), Path("/opt/py"))[kind]
    assert str(caught.value).isprintable()


def test_a_folder_with_a_backslash_is_refused_because_slurm_s_patterns_cannot_have_one() -> None:
    with pytest.raises(ConfigurationError, match=r"path with a backslash\. Choose another folder"):
        run_script(ClusterProfile(), Path("/data/a\\b"), Driver("py"))


@pytest.mark.slurm
def test_slurm_itself_gives_back_the_names_and_writes_into_their_folders(slurm: SlurmCluster, tmp_path: Path) -> None:
    names = ["dropout50%noise", 'a "b" %j', "it's #1", "$HOME `x`", *hostile_names(2)[::6]]
    jobs = {}
    for name in names:
        (tmp_path / name).mkdir()
        script = tmp_path / name / "job.sbatch"
        script.write_text(compare_script(ClusterProfile(time="1-0"), tmp_path / name, driver=Driver("/bin/echo")))
        jobs[name] = int(slurm.run("sbatch", "--parsable", str(script)))
        assert f"JobName={name}-compare\n" in slurm.run("scontrol", "show", "job", str(jobs[name]))
    for name, job in jobs.items():
        assert slurm.wait_for_job(job) == "COMPLETED"
        said = (tmp_path / name / "compare.log").read_text()
        assert said == f"-m neurosim_rl.cli compare {tmp_path / name} --csv {tmp_path / name}/compare.csv\n"
