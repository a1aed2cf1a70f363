"""The names of events that the post room itself tells apart. Pure."""

# The last word about a subject: only a reopening takes it back.
LAST_WORDS = ("incident.resolved", "incident.postmortem", "maintenance.completed", "maintenance.cancelled")
REOPENING = "incident.updated"
# What one subscriber alone is asked, to prove that the address is theirs.
HANDSHAKE = "subscription.confirm"
# What one subscriber alone asked for, to see it arrive: without news, like the question (no payload).
TEST = "subscription.test"
# What says nothing but that it arrives.
PINGS = (HANDSHAKE, TEST)
# What the page says of a component has changed: told to software alone.
COMPONENT = "component.updated"
# A subscription was switched off because it cannot be reached: told to its contact, by mail.
LAST_WORD = "subscription.disabled"
# What concerns one subscriber alone.
PERSONAL = (HANDSHAKE, TEST, LAST_WORD)
# That an update was taken back before anybody was told of it: for those alone who read `/events.json`.
WITHDRAWN = "update.withdrawn"
# That an update was corrected.
EDITED = "update.edited"
# That a maintenance starts soon: nothing new, so the page says nothing of it.
REMINDER = "maintenance.reminder"
