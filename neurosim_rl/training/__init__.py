"""From a configuration to a champion."""
