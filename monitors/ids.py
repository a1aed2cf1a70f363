"""Public ids: 12 lower-case letters and digits, as clients of the Statuspage API expect."""

import secrets
import string

ALPHABET = string.ascii_lowercase + string.digits


def public_id() -> str:
    """A new random id of 62 bits, `^[0-9a-z]{12}$` (CONTRACTS 1.3)."""
    number = secrets.randbelow(36**12)
    letters = []
    for _ in range(12):
        number, letter = divmod(number, 36)
        letters.append(ALPHABET[letter])
    return "".join(letters)
