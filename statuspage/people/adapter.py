"""How allauth behaves here: nobody signs up, addresses of clients are counted as everywhere else."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from subscribers.network import network


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts of staff."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Only an invitation makes an account."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Past our own proxies alone."""
        return network(request).removesuffix("/64")
