"""`python -m statuspage.embedded`: see script/server."""

import sys

from .server import main

sys.exit(main())
