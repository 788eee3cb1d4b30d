import numpy as np
import pytest

from neurosim_rl.records.spikes import Spikes


@pytest.mark.parametrize("resolution_ms", [0.1, 0.2, 0.3, 1.0])
def test_a_spike_at_the_end_of_a_window_belongs_to_this_window(resolution_ms: float) -> None:
    step = np.arange(1, 601)
    spikes = Spikes(np.zeros(600, np.int64), step % 7, step, resolution_ms)
    for first, last in [(0, 20), (20, 60), (580, 600)]:
        part = spikes.between(first * resolution_ms, last * resolution_ms)
        assert part.step.tolist() == list(range(first + 1, last + 1))
        assert part.neuron.tolist() == (part.step % 7).tolist()
