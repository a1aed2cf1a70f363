"""Staff and their accounts: signing in, the second factor, invitations, sessions, language and time zone."""
