"""What proxies wrote of where a request comes from. Pure."""


def hops_of(forwarded: str) -> list[str]:
    """The addresses of X-Forwarded-For: the last one was written by the proxy that is nearest to us."""
    return [hop.strip() for hop in forwarded.split(",") if hop.strip()]
