"""What the private Postgres and the private Valkey have in common: prepared, started, awaited, stopped."""

import time
from abc import ABC, abstractmethod
from pathlib import Path

from .errors import EmbeddedError
from .process import Process


class Service(ABC):
    """A server that is ready some time after its process started."""

    name: str
    patience: float  # seconds until it must be ready

    def __init__(self, folder: Path, log: Path | None) -> None:
        self._folder = folder.resolve()
        self._log = log or self._folder.with_name(f"{self._folder.name}.log")
        self._process: Process | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it is reached once prepared."""

    @abstractmethod
    def _prepare(self) -> Process:
        """Everything but the start."""

    @abstractmethod
    def accepts(self) -> bool:
        """Whether it is ready for clients."""

    @abstractmethod
    def _clean(self) -> None:
        """Removes what only a running server needs."""

    @property
    def process(self) -> Process:
        """Its process, prepared at the first call; raises EmbeddedError where that is impossible."""
        if self._process is None:
            self._process = self._prepare()
        return self._process

    def start(self) -> str:
        """Starts it and answers its URL; raises EmbeddedError where that is impossible."""
        self.process.start()
        self.wait()
        return self.url

    def wait(self) -> None:
        """Returns once it is ready; raises EmbeddedError where it ends instead."""
        deadline = time.monotonic() + self.patience
        while not self.accepts():
            if not self.process.running() or time.monotonic() > deadline:
                self.stop()
                raise EmbeddedError(
                    f"The embedded {self.name} did not start; its reasons are in {self._log}."
                )
            time.sleep(0.02)

    def stop(self) -> None:
        """Stops it; open connections are ended."""
        if self._process is not None:
            self._process.stop()
            self._clean()
