"""Lists of subscribers: read from CSV, brought in, and written."""
