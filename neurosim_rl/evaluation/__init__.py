"""Playing genomes: spread over workers, on unseen starts, in NEST, over a grid."""
