"""What a store's refusal means, in a sentence for a person.

A sentence names the bucket and the error's code, never an address, a key or what the store said.
"""

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from statuspage.publish.claims import UNCONDITIONAL
from statuspage.publish.errors import PublishError, gettext_noop
from statuspage.publish.store import Changed


class Missing(Exception):
    """There is no such object."""


_DENIED = gettext_noop(
    "The bucket %(bucket)s denies access: the key needs to read, write, delete and list objects there."
)
_UNKNOWN_KEY = gettext_noop("The store does not know the access key, or the secret key is wrong.")
_SLOW = gettext_noop("The store asks to slow down.")
_ILL = gettext_noop("The store has a problem of its own (%(code)s).")
_SENTENCES = {
    "NoSuchBucket": gettext_noop("There is no bucket %(bucket)s."),
    "InvalidBucketName": gettext_noop("There is no bucket %(bucket)s."),
    "AccessDenied": _DENIED,
    "AllAccessDisabled": _DENIED,
    "403": _DENIED,
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": _UNKNOWN_KEY,
    "ExpiredToken": gettext_noop("The credentials have expired."),
    "RequestTimeTooSkewed": gettext_noop("The clock of this machine differs too much from the store's."),
    "PermanentRedirect": gettext_noop("The bucket %(bucket)s is in another region."),
    "AuthorizationHeaderMalformed": gettext_noop("The bucket %(bucket)s is in another region."),
    "SlowDown": _SLOW,
    "ServiceUnavailable": _SLOW,
    "TooManyRequests": _SLOW,
    "503": _SLOW,
    "NotImplemented": UNCONDITIONAL,
}
_CHANGED = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_NO_ANSWER = gettext_noop("The store cannot be reached.")
_CUT = gettext_noop("The connection to the store broke or was too slow.")
_LOST: dict[type[BotoCoreError], str] = {
    boto.NoCredentialsError: gettext_noop("There are no credentials for the store."),
    boto.PartialCredentialsError: gettext_noop("There are no credentials for the store."),
    boto.EndpointConnectionError: _NO_ANSWER,
    boto.ConnectTimeoutError: _NO_ANSWER,
    boto.SSLError: gettext_noop("The store's certificate is not valid."),
    boto.HTTPClientError: _CUT,
    boto.ResponseStreamingError: _CUT,
    boto.IncompleteReadError: _CUT,
}


def judged(error: BotoCoreError | ClientError, bucket: str) -> Exception:
    """The Missing, Changed or PublishError that an error of boto stands for."""
    if not isinstance(error, ClientError):
        return _without_answer(error)
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in ("NoSuchKey", "404"):
        return Missing()
    if code in _CHANGED:
        return Changed()
    sentence = _SENTENCES.get(code) or _SENTENCES.get(str(status))
    if sentence is None:
        sentence = _ILL if status >= 500 else gettext_noop("The store refused the request (%(code)s).")
    return PublishError(sentence, bucket=bucket, code=code or status)


def _without_answer(error: BotoCoreError) -> PublishError:
    for kind, sentence in _LOST.items():
        if isinstance(error, kind):
            return PublishError(sentence)
    return PublishError(gettext_noop("The store cannot be used (%(code)s)."), code=type(error).__name__)
