"""Adam over joined parameters is PyTorch's Adam."""

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [gradient]")

from neurosim_rl.gradient.joined_adam import JoinedAdam  # noqa: E402

pytestmark = pytest.mark.gradient

SHAPES = ((4, 7), (7,), (), (7, 33), (33,))


def parameters() -> list[Any]:
    """Return parameters; the third is not learned."""
    generator = torch.Generator().manual_seed(1)
    made = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]
    made[2].requires_grad_(False)
    return made


def learn(found: list[Any], optimizer: Any, steps: range) -> None:
    for step in steps:
        optimizer.zero_grad()
        sum(((p - step) ** 3).sum() for p in found).backward()
        torch.nn.utils.clip_grad_norm_(found, 1.0)
        optimizer.step()


def test_it_makes_the_steps_of_adam_bit_for_bit() -> None:
    mine, theirs = parameters(), parameters()
    joined, adam = JoinedAdam(mine, lr=0.01), torch.optim.Adam(theirs, lr=0.01)
    learn(mine, joined, range(5))
    learn(theirs, adam, range(5))
    for one, other in zip(mine, theirs, strict=True):
        assert torch.equal(one, other)
        state, moments = adam.state.get(other, {}), joined.moments(one)
        assert set(moments) == set(state)
        assert all(torch.equal(moments[name], state[name]) for name in state)


def test_it_goes_on_from_moments_that_were_kept() -> None:
    mine, theirs = parameters(), parameters()
    joined, other = JoinedAdam(mine, lr=0.01), JoinedAdam(theirs, lr=0.01)
    learn(mine, joined, range(3))
    with torch.no_grad():
        for one, two in zip(mine, theirs, strict=True):
            two.copy_(one)
            if one.requires_grad:
                other.load_moments(two, {name: value.clone() for name, value in joined.moments(one).items()})
    learn(mine, joined, range(3, 5))
    learn(theirs, other, range(3, 5))
    assert all(torch.equal(one, two) for one, two in zip(mine, theirs, strict=True))
