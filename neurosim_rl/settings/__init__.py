"""Settings: declaration of options, layers of settings, and their checks."""
