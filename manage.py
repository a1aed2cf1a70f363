#!/usr/bin/env python
"""Django's command line; beside a running script/server it talks to the same installation."""

import os
import sys
from pathlib import Path

from statuspage.embedded.told import hear

if __name__ == "__main__":
    hear(Path(__file__).resolve().parent, os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    from django.core.management import execute_from_command_line

    from statuspage.people.actors import commanding

    with commanding(sys.argv):
        execute_from_command_line(sys.argv)
