"""What the desk learns from Django: how a form is answered, and what it asks for, without asking anybody.

A request that carries a rehearsal is judged and answered as any other, but nothing of it is stored.
"""

from dataclasses import dataclass

from subscribers.signup import Wish

# Where a rehearsal travels in the environment of WSGI: nothing that a client sends has such a name.
REHEARSAL = "subscribers.rehearsal"


@dataclass(slots=True)
class Rehearsal:
    """Filled in by the view where the form is good: the page (primary key), and what would be asked for."""

    page: int = 0
    wish: Wish | None = None
