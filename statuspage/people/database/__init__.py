"""Django's Postgres backend; whatever is written through it says in whose name."""
