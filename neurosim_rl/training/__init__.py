"""Training: from a configuration to a champion."""
