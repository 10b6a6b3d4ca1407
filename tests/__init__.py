"""The tests. `SOAK` says whether they run at full size, as in `make soak`."""

import os

SOAK = os.environ.get("POSADA_SOAK") == "1"
