"""Mail that comes back: read from a mailbox, understood, and acted on."""
