"""Which monitor may stand behind which: on the same page, and none behind itself, however far around."""

from monitors.models import Monitor


def circle(monitor_id: int | None, behind_id: int | None) -> bool:
    """Whether a monitor (None: a new one) would come to stand behind itself by standing behind that one."""
    if monitor_id is None:
        return False
    seen: set[int] = set()
    place = behind_id
    while place is not None and place not in seen:
        if place == monitor_id:
            return True
        seen.add(place)
        place = Monitor.objects.filter(pk=place).values_list("behind_id", flat=True).first()
    return False
