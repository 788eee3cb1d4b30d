"""The import of NEST leaves nothing behind for other libraries."""

import subprocess
import sys

import pytest

TWO_MUJOCOS = """
from neurosim_rl.simulators import nest_library
import envpool
envpool.make_gymnasium("CartPole-v1", num_envs=1)
import mujoco
model = mujoco.MjModel.from_xml_string("<mujoco><worldbody><body><geom size='1' mass='3'/></body></worldbody></mujoco>")
print(sum(model.body_mass))
"""


@pytest.mark.mujoco
def test_two_libraries_that_hold_a_mujoco_each_work_beside_nest() -> None:
    pytest.importorskip("envpool")
    done = subprocess.run([sys.executable, "-c", TWO_MUJOCOS], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.returncode) == ("3.0\n", 0), done.stderr
