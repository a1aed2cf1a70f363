"""What the screens do when they have saved: the page learns of it. The clock is read here."""

from django.utils import timezone

from monitors import bell, record

PUBLISH = "statuspage.tasks.publish"


def tell(page_id: int) -> None:
    """What the page shows may differ from what is published."""
    record.touch([page_id], timezone.now())
    bell.ring(PUBLISH)
