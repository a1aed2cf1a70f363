"""What a disk's refusal means, in a sentence for a person."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from statuspage.publish.errors import PublishError, gettext_noop


@contextmanager
def told(path: str) -> Iterator[None]:
    """Around work on the folder at `path`: raises PublishError for every OSError."""
    try:
        yield
    except OSError as error:
        raise _sentence(error, path) from error


def _sentence(error: OSError, path: str) -> PublishError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return PublishError(gettext_noop("The disk of %(path)s is full."), path=path)
    if error.errno in (errno.EACCES, errno.EPERM):
        return PublishError(gettext_noop("There is no permission to write to %(path)s."), path=path)
    if error.errno == errno.EROFS:
        return PublishError(gettext_noop("%(path)s is read-only."), path=path)
    return PublishError(
        gettext_noop("%(path)s cannot be written: %(reason)s."),
        path=path,
        reason=os.strerror(error.errno or 0),
    )
