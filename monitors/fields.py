"""Secret fields: encrypted at rest with DATA_KEYS, never in plain text in the database."""

import functools
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


def cipher() -> MultiFernet:
    """The cipher of DATA_KEYS: the first key encrypts, all decrypt.

    Raises ImproperlyConfigured where no key is set.
    """
    if not settings.DATA_KEYS:
        raise ImproperlyConfigured("DATA_KEYS is not set: secret fields cannot be read or written.")
    return _cipher(tuple(settings.DATA_KEYS))


@functools.lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


class SecretField(TextField):
    """Text that only holders of DATA_KEYS can read (Fernet, cryptography's MultiFernet)."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypts on the way to the database; an empty value stays empty."""
        return cipher().encrypt(value.encode()).decode() if value else value

    def from_db_value(self, value: Any, expression: object, connection: object) -> Any:
        """Decrypts on the way back. Raises ImproperlyConfigured where no key fits."""
        try:
            return cipher().decrypt(value.encode()).decode() if value else value
        except InvalidToken:
            raise ImproperlyConfigured("No key of DATA_KEYS decrypts a secret field.") from None
