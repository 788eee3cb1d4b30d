"""Balance a pole on a cart with the sensorimotor network of Hasegan et al. 2022."""

from __future__ import annotations

from typing import ClassVar

from neurosim_rl.optimizees.cart_pole import CartPole


class CartPoleHasegan(CartPole):
    """The published recipe EVOL: Hasegan et al. 2022, Front. Comput. Neurosci. 16:1017284 (``train_es.py``).

    Observation, action, episode end: as :class:`CartPole`.

    Encoding
    --------
    20 bins a variable, which normally distributed values of the published means and standard deviations fill alike. The
    input neuron whose bin holds the value spikes at 50 Hz, the others not at all.

    Decoding
    --------
    40 output neurons: the half with more spikes in 50 ms, left or right; a tie, or silence, gives either at random.

    Genome
    ------
    Weights between the 80 sensory, 40 association and 40 motor neurons of ``sensorimotor``: 1800 genes, multiples of
    the published weights, first within 50 % of them.

    Fitness
    -------
    Mean length of 5 episodes, from starts that are new each generation.

    Optimizer
    ---------
    ``multiplicative-es``: 10 perturbed individuals, relative perturbations of 0.1 and learning rate 1; 1600 generations
    make the published 80 000 episodes. The centre is evaluated besides (8 000 episodes more), and the best of each
    generation is validated: these choose the champion, and change nothing else.
    """

    defaults: ClassVar = {
        "task": "cart-pole-hasegan2022",
        "generations": 1600,
        "episodes": 5,
        "validation_episodes": 20,
        "window_ms": 50.0,
        "resolution_ms": 0.5,
        "environment": CartPole.defaults["environment"],
        "model": {"name": "sensorimotor"},
        "encoder": {
            "name": "regular",
            "peak_hz": 50.0,
            "tuning": {
                "name": "quantile",
                "n_bins": 20,
                "means": [-0.00645789, -0.03634136, 0.00529333, 0.04752025],
                "deviations": [1.0, 0.53989509, 0.09129902, 0.82070579],
            },
        },
        "decoder": {"name": "winner", "tie": "random", "neurons_per_action": 20},
        "fitness": {"name": "return"},
        "optimizer": {
            "name": "multiplicative-es",
            "population": 11,
            "centre": True,
            "sigma": 0.1,
            "learning_rate": 1.0,
            "smallest": -0.8,
        },
    }


class CartPoleSensorimotor(CartPoleHasegan):
    """The same network, evolved with settings of ours: larger and fewer steps, from more individuals.

    Observation, action, encoding, decoding, genome, episode end: as :class:`CartPoleHasegan`.

    Fitness
    -------
    Length of one episode, whose start is new each generation.

    Optimizer
    ---------
    ``multiplicative-es``: the centre and 64 perturbed individuals, relative perturbations of 0.6, learning rate 3. With
    validation (10 episodes for the best of each generation, 100 for the finalists) 100 generations take 7 600 episodes.
    """

    defaults: ClassVar = {
        **CartPoleHasegan.defaults,
        "task": "cart-pole-sensorimotor",
        "generations": 100,
        "episodes": 1,
        "validation_episodes": 10,
        "optimizer": {
            "name": "multiplicative-es",
            "population": 65,
            "centre": True,
            "sigma": 0.6,
            "learning_rate": 3.0,
        },
    }
