"""The web process: published pages straight from memory, sign-ups at the desk, all else from Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")

django = get_wsgi_application()

from django.conf import settings  # noqa: E402 (settings need the lines above)

from statuspage.follow import Follower  # noqa: E402
from statuspage.live import Live  # noqa: E402
from subscribers.front.desk import Desk  # noqa: E402
from subscribers.means import means  # noqa: E402

follower = Follower(settings.STATE_DIR / "live")
follower.start()
application = Live(follower, Desk(django, means(settings)))
