"""Evaluation of genomes: on workers in parallel, on unseen starts, in NEST, and over a grid of observations."""
