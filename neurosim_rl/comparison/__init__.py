"""Comparison of runs: read from their folders, grouped by setting, in tables and one figure."""
