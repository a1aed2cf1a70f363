"""What no log may hold: the addresses at which jobs call, each of them a secret. Pure."""

import logging


class Unlogged(logging.Filter):
    """Keeps what Django says of refused calls of jobs out of its log: their own answers say it all."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record may be kept."""
        path: str = getattr(getattr(record, "request", None), "path_info", "")
        return not path.startswith("/ping/")
