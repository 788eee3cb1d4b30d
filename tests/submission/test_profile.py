from pathlib import Path

import pytest

from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.submission import ClusterProfile, load_profile
from tests.slurm_cluster import SlurmCluster


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of named profiles, with one named ``jureca``."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "neurosim-rl"
    folder.mkdir()
    (folder / "jureca.toml").write_text('partition = "dc-cpu"\nnodes = 2\nmodules = ["GCC", "NEST/3.8"]\n')
    return folder


def test_without_a_profile_everything_is_left_to_the_cluster() -> None:
    assert load_profile() == ClusterProfile()


def test_a_profile_is_found_by_name(profiles: Path) -> None:
    profile = load_profile("jureca")
    assert (profile.partition, profile.nodes, profile.modules) == ("dc-cpu", 2, ("GCC", "NEST/3.8"))


def test_a_profile_is_found_by_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('account = "me"\n')
    assert load_profile(str(file)).account == "me"


def test_options_of_the_command_line_win(profiles: Path) -> None:
    profile = load_profile("jureca", {"partition": "test", "workers_per_node": 3})
    assert (profile.partition, profile.nodes, profile.n_workers) == ("test", 2, 6)


def test_an_unknown_name_is_told_with_the_nearest(profiles: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown profile 'jurecca'\. Did you mean 'jureca'\?"):
        load_profile("jurecca")


def test_the_folder_is_told_when_it_holds_no_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(UnknownNameError, match=rf"one of {tmp_path}/neurosim-rl: it has none"):
        load_profile("jureca")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partion = 'a'", r"unknown key in \[profile\] 'partion'\. Did you mean 'partition'"),
        ("nodes = 0", "profile.nodes = 0 is out of range; expected at least 1"),
        ("nodes = 'two'", "expected a whole number, got str"),
        ("modules = 'NEST'", "expected a list of strings, got str"),
        ("modules = [1]", "expected a string, got int"),
        ("time = 'an hour'", "profile.time = 'an hour': expected a value for sbatch, such as 04:00:00"),
        ("memory = '4 GB'", "profile.memory = '4 GB': expected a value for sbatch, such as 4G"),
        ("partition = 'a b'", "profile.partition = 'a b': expected a name without spaces"),
        ("directives = ['constraint=avx2']", "is no option of sbatch; expected a form such as --constraint=avx2"),
        ("chain = 'requeu'", "Did you mean 'requeue'"),
        ("nodes = ", "is not valid TOML"),
    ],
)
def test_a_wrong_profile_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        load_profile(str(file))


TIMES = ["90", "90:00", "04:00:00", "4:0:0", "2-12", "2-12:30", "2-12:30:00", "UNLIMITED", "infinite", "-1", "0"]
MEMORIES = ["4", "4G", "4GB", "4gb", "4000M", "4000MB", "4K", "4KB", "1T", "1TB", "0"]
NO_TIMES = ["soon", "1:2:3:4", "1-1-1", "90s", "1h", "1 0", "1.5", ":30", "30:", "Unlim"]
NO_MEMORIES = ["4GiB", "1.5G", "4 GB", "4P", "4Gxyz", "G", "-1", "4B", "4Q", "0x4G"]


@pytest.mark.parametrize("time", TIMES)
def test_every_form_of_time_that_sbatch_takes_is_taken(time: str) -> None:
    assert load_profile(None, {"time": time}).time == time


@pytest.mark.parametrize("memory", MEMORIES)
def test_every_form_of_memory_that_sbatch_takes_is_taken(memory: str) -> None:
    assert load_profile(None, {"memory": memory}).memory == memory


@pytest.mark.parametrize(
    ("name", "value"),
    [*(("time", time) for time in NO_TIMES), *(("memory", memory) for memory in NO_MEMORIES)],
)
def test_what_sbatch_refuses_is_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"profile\.{name} = .* expected a value for sbatch"):
        load_profile(None, {name: value})


@pytest.mark.slurm
def test_sbatch_takes_and_refuses_the_same(slurm: SlurmCluster, tmp_path: Path) -> None:
    script = tmp_path / "job.sh"
    script.write_text("#!/bin/bash\n")
    for name, option, values, none in (("time", "time", TIMES, NO_TIMES), ("memory", "mem", MEMORIES, NO_MEMORIES)):
        for value in (*values, *none):
            said = slurm.run("sbatch", "--test-only", f"--{option}={value}", str(script), check=False)
            assert (f"Invalid --{option} specification" in said) == (value in none), f"{name} = {value}: {said}"


@pytest.mark.parametrize(
    "option",
    [
        {"partition": "a\u009bb"},
        {"modules": ["NEST\n#SBATCH --wrap=x"]},
        {"activate": "source env\ntouch pwned"},
        {"directives": ["--constraint=avx2\ntouch pwned"]},
        {"account": "a\x07"},
    ],
)
def test_control_characters_are_refused(option: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="without control characters, in UTF-8"):
        load_profile(None, option)
