"""What stops the embedded mode; the text is the one sentence shown to the person."""


class EmbeddedError(Exception):
    """The embedded mode cannot go on; `str()` is a whole sentence, fit to be shown as it is."""
