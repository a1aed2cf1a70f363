"""What staff do once something was said: correct it, complete it, learn from it."""
