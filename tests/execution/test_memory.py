"""Memory that a process may use: the least of the machine's, the limits of the process, and of control groups."""

import resource
from pathlib import Path

import pytest

from neurosim_rl.execution import memory


def test_memory_is_at_most_that_of_the_machine() -> None:
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    assert 0 < memory.memory_bytes() <= int(total.split()[1]) * 1024


def test_a_limit_of_the_process_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (123_456, resource.RLIM_INFINITY))
    assert memory.memory_bytes() == 123_456


def test_the_smallest_limit_of_all_control_groups_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Path("/proc/self/cgroup").read_text().strip().rpartition(":")[2].lstrip("/")
    inner = tmp_path / own
    inner.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    unlimited = memory.memory_bytes()
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.memory_bytes() == unlimited
    (inner / "memory.max").write_text("1000000\n")
    assert memory.memory_bytes() == 1_000_000


@pytest.mark.parametrize("controllers", ["memory", "memory,hugetlb"])
def test_control_groups_of_version_1_count(controllers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "cgroup"
    own.write_text(f"12:pids:/other\n5:{controllers}:/slurm/uid_1:0/job_7\n1:name=systemd:/x\n0::/\n")
    inner = tmp_path / "memory" / "slurm" / "uid_1:0" / "job_7"
    inner.mkdir(parents=True)
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    monkeypatch.setattr(memory, "_OWN_GROUPS", own)
    unlimited = memory.memory_bytes()
    for folder in (inner, tmp_path / "memory"):
        (folder / "memory.limit_in_bytes").write_text("9223372036854771712\n")  # the kernel's word for no limit
    assert memory.memory_bytes() == unlimited
    (inner.parent / "memory.limit_in_bytes").write_text("2000000\n")
    assert memory.memory_bytes() == 2_000_000
    (inner / "memory.limit_in_bytes").write_text("1000000\n")
    assert memory.memory_bytes() == 1_000_000
