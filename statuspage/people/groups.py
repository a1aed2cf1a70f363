"""Which groups at a provider hold which role here. Pure: settings are read with it before Django is there."""

import re
from collections.abc import Iterable, Mapping

# The most powerful first.
ROLES = ("owner", "operator", "communicator", "viewer")
_PAIR = re.compile(r"(?P<group>[^=,]+)=(?P<role>[^=,]+)")


def parse(text: str) -> dict[str, str]:
    """`Group name=owner, Other=viewer` as group → role. Raises ValueError, fit to be shown."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        pair = _PAIR.fullmatch(part)
        if pair is None:
            raise ValueError(f"OIDC_ROLES: “{part}” is not of the form “group=role”.")
        check_role("OIDC_ROLES", pair["role"].strip())
        found[pair["group"].strip()] = pair["role"].strip()
    return found


def check_role(setting: str, role: str) -> None:
    """Raises ValueError where there is no such role."""
    if role not in ROLES:
        raise ValueError(f"{setting}: “{role}” is no role; the roles are {', '.join(ROLES)}.")


def best(groups: Iterable[object], roles: Mapping[str, str]) -> str | None:
    """The most powerful role that any of the groups holds."""
    held = {roles[group] for group in groups if isinstance(group, str) and group in roles}
    return next((role for role in ROLES if role in held), None)
