"""Drills: a whole outage, from a check that fails to a person who is told, on a page that nobody sees."""
