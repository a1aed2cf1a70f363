"""Sign-ups in front of Django: many at once, each durable before it is answered."""
