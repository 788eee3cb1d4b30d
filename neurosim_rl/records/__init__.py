"""Records: what was played, as data."""
