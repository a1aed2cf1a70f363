"""Which version of the application this is."""

VERSION = "0.1.0"
