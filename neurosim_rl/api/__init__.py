"""The front door: what ``import neurosim_rl as nrl`` offers, one idea a file.

`neurosim_rl` lists the public names and loads them when they are first used.
"""
