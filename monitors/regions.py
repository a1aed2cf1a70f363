"""Where checks run from: every region that a monitor names has a row, and a number in observations."""

from monitors.models import Region


def number(name: str) -> int:
    """The number of a region, which is given one if it has none yet."""
    return Region.objects.get_or_create(name=name)[0].pk
