"""The post room in the admin: who is subscribed, what was told, what failed and may be tried again.

Staff look and decide; only the verbs of the post room write, and no screen shows a secret.
"""

from subscribers.admin import deliveries, notices, people, suppressions

__all__ = ["deliveries", "notices", "people", "suppressions"]
