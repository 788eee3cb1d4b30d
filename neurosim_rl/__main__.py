"""``python -m neurosim_rl``: the command line, where the program ``neurosim-rl`` is not on the path."""

import sys

from neurosim_rl.cli.main import main

sys.exit(main())
