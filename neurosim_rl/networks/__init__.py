"""Networks and genomes as data."""
