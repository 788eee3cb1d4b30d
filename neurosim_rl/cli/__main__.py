"""``python -m neurosim_rl.cli``."""

import sys

from neurosim_rl.cli.main import main

sys.exit(main())
