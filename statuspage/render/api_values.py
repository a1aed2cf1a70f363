"""Values of API v2, as in Statuspage's webhooks: timestamps, statuses and texts. Pure."""

from subscribers.statuspage_values import body as body
from subscribers.statuspage_values import status as status
from subscribers.statuspage_values import timestamp as timestamp
from subscribers.statuspage_values import timestamp_or_null as timestamp_or_null
