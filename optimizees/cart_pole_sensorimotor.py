"""Balance a pole on a cart with the sensorimotor network of Hasegan et al. 2022."""

from __future__ import annotations

from typing import Any, ClassVar

from neurosim_rl.optimizees.cart_pole import REGULATOR, CartPole

PUBLISHED_ENCODER: dict[str, Any] = {
    "name": "regular",
    "peak_hz": 50.0,
    "tuning": {
        "name": "quantile",
        "n_bins": 20,
        "means": [-0.00645789, -0.03634136, 0.00529333, 0.04752025],
        "deviations": [1.0, 0.53989509, 0.09129902, 0.82070579],
    },
}


class CartPoleHasegan(CartPole):
    """The published method EVOL: Hasegan et al. 2022, Front. Comput. Neurosci. 16:1017284 (``train_es.py``).

    Observation, action, episode end: see :class:`CartPole`.

    Encoding
    --------
    20 bins for each variable, with equal probabilities for normally distributed values of the published means and
    standard deviations. The input neuron of the value's bin spikes at 50 Hz; the others are silent.

    Decoding
    --------
    40 output neurons, half for left and half for right: the half with more spikes in 50 ms gives the action. A tie or
    silence gives a random action.

    Genome
    ------
    Weights between the 80 sensory, 40 association and 40 motor neurons of ``sensorimotor``: 1800 genes, multiples of
    the published weights; in the first generation they lie within 50 % of these.

    Fitness
    -------
    Mean length of 5 episodes, from starts that are new in each generation.

    Optimizer
    ---------
    ``multiplicative-es``: 10 perturbed individuals with relative perturbations of 0.1, and learning rate 1. 1600
    generations make the published 80 000 episodes. In addition, the centre is evaluated (8 000 episodes), and the best
    individual of each generation is validated. Both only serve the choice of the champion.

    Learning
    --------
    ``neurosim-rl train cart-pole-hasegan2022``: STDP-RL (``config-seed6623146.json``, ``critic.py``). One network
    learns in 7500 episodes, in trials of 50; each trial begins with the weights of the last one. Synapses from EA to EM
    change by up to 0.02 of their published gain for a reward of 1. Pairs have a time constant of 3 ms, and eligibility
    one of 250 ms. The sums of weights onto neurons are kept. Motor neurons that oppose the action get the negative
    reward. Gain control and balancing of outputs are left out.
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
        "encoder": PUBLISHED_ENCODER,
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
    learners: ClassVar = {
        "r-stdp": {
            "generations": 150,
            "episodes": 1,
            "validation_episodes": 5,
            "learning": {
                "name": "r-stdp",
                "episodes": 50,
                "projections": ["EA->EM"],
                "learning_rate": 3.1e-4,
                "a_minus": 1.0,
                "tau_plus_ms": 3.0,
                "tau_minus_ms": 3.0,
                "tau_eligibility_ms": 250.0,
                "w_max_pa": 9906.0,
                "normalise_every": 25,
                "critic": {
                    "name": "loss",
                    "weights": [0.0, 0.0, 1.0, 0.4],
                    "gain": 3.0,
                    "positive_bias": 1.5,
                    "limit": 1.0,
                    "balanced": 0.01,
                },
            },
            "optimizer": {"name": "inherit", "population": 1},
        }
    }


class CartPoleSensorimotor(CartPoleHasegan):
    """The same network with other settings: mirror symmetry, more individuals, and fewer but larger steps.

    Observation, action, decoding, episode end: see :class:`CartPoleHasegan`.

    Source: the network of Hasegan et al. 2022, Front. Comput. Neurosci. 16:1017284; the settings are of this package.

    Encoding
    --------
    As of :class:`CartPoleHasegan`, but all means are 0, so that bins have mirror images.

    Genome
    ------
    As of :class:`CartPoleHasegan`, but the left half of each population is the mirror image of the right half
    (``model.mirror``): 900 genes.

    Fitness
    -------
    Length of one episode, from a start that is new in each generation.

    Optimizer
    ---------
    ``multiplicative-es``: the centre and 64 perturbed individuals with relative perturbations of 0.6. The learning rate
    begins at 4 and falls by 3 % in each generation. With validation (30 episodes for the best of each generation, 300
    for the finalists), 40 generations take 4 100 episodes.

    Learning
    --------
    ``neurosim-rl train cart-pole-sensorimotor``: reward-modulated STDP in the published network, without mirror
    symmetry. Synapses from sensory to association neurons learn as well, because random ones transmit too little about
    the state for any read-out. Association neurons get the rewards of motor neurons through their weights onto them
    (``hidden_credit``). The critic is the value function of a linear-quadratic regulator. Four networks learn side by
    side in 12 trials of 10 episodes; each trial begins with the mean weights of the last one.
    """

    defaults: ClassVar = {
        **CartPoleHasegan.defaults,
        "task": "cart-pole-sensorimotor",
        "generations": 40,
        "episodes": 1,
        "resolution_ms": 1.0,
        "validation_episodes": 30,
        "model": {"name": "sensorimotor", "mirror": True},
        "encoder": {**PUBLISHED_ENCODER, "tuning": {**PUBLISHED_ENCODER["tuning"], "means": [0.0, 0.0, 0.0, 0.0]}},
        "optimizer": {
            "name": "multiplicative-es",
            "population": 65,
            "centre": True,
            "sigma": 0.6,
            "learning_rate": 4.0,
            "decay": 0.97,
        },
    }

    learners: ClassVar = {
        "r-stdp": {
            "model": {"mirror": False},  # the mirror ties weights, but learning changes each weight separately
            "encoder": PUBLISHED_ENCODER,
            "generations": 12,
            "validation_episodes": 10,
            "finalists": 5,
            "learning": {
                "name": "r-stdp",
                "projections": ["ES->EA", "EA->EM"],
                "hidden_credit": "feedback",
                "episodes": 10,
                "w_max_pa": 4000.0,
                "learning_rate": 0.03,
                "a_minus": -0.5,
                "tau_eligibility_ms": 90.0,
                "normalise_every": 25,
                "average": True,
                "critic": REGULATOR,
            },
            "optimizer": {"name": "inherit", "population": 4},
        }
    }
