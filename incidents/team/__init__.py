"""What the team itself is told, in its own chats and webhooks: a message is a row, and told at least once.

Any part of the application tells the team by `tell`; `said` and `both` write what it says.
"""

from incidents.team.outbox import tell as tell
from incidents.team.said import Said as Said
from incidents.team.said import both as both
from incidents.team.said import said as said
