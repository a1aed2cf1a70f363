"""Open a TCP connection to a host, resolved once and judged whole.

Every answer of the resolver must be permitted, and the connection goes to a judged literal: no
second lookup can slip another address in between. There is no time limit in here: the caller's
one deadline around everything is the only one.
"""

import asyncio
import errno
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from ipaddress import IPv4Address, ip_address
from itertools import chain, zip_longest
from typing import Any

from monitors.network import contacts
from monitors.network.guard import Address, Allow, permits
from monitors.reasons import OutboundError, Reason

# RFC 8305 section 5: how long one address may stay silent before the next is tried as well.
STAGGER = 0.25
# How long the C library may take for both families, until each is asked for by itself.
BOTH_FAMILIES = 1.0
# How long after that one family's answer waits for the other's: the first may lead nowhere.
OTHER_FAMILY = 0.5
# Of hundreds of answers, enough to find one that works.
MAX_ADDRESSES = 8

# A socket, and where it leads: asked later, one that was reset would not know.
Connected = tuple[socket.socket, Address]

UNKNOWN_NAME = {socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_ADDRFAMILY}
CONNECT_REASONS = {
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.ECONNRESET: Reason.RESET,
    # It was there, and is gone before anybody could look who it was.
    errno.ENOTCONN: Reason.RESET,
    errno.ETIMEDOUT: Reason.TIMEOUT,
    # Our own side: no route, no permission, no free port, no file or memory left.
    errno.ENETUNREACH: Reason.LOCAL,
    errno.EADDRNOTAVAIL: Reason.LOCAL,
    errno.EACCES: Reason.LOCAL,
    errno.EPERM: Reason.LOCAL,
    errno.EMFILE: Reason.LOCAL,
    errno.ENFILE: Reason.LOCAL,
    errno.ENOBUFS: Reason.LOCAL,
    errno.ENOMEM: Reason.LOCAL,
}


async def dial(host: str, port: int, allow: Allow, lap: Callable[[str], None]) -> socket.socket:
    """A connected, non-blocking socket, which is the caller's to close.

    Calls `lap` with "dns" and "connect" as each is done. Raises OutboundError.
    """
    contacts.sought(host, port)
    addresses = await resolve(host)
    contacts.resolved(host, addresses)
    lap("dns")
    if not all(permits(address, port, allow) for address in addresses):
        raise OutboundError(Reason.FORBIDDEN)
    connected, address = await _first(_interleaved(addresses)[:MAX_ADDRESSES], port)
    contacts.reached(host, port, address)
    lap("connect")
    return connected


async def resolve(host: str) -> list[Address]:
    """Every address of a host, from one call of getaddrinfo, in its order. Raises OutboundError.

    Where the answer for one family does not come, the other family's is enough (RFC 8305 section 3).
    """
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    try:
        answers = await _look_up(host.encode("ascii"))
    except socket.gaierror as error:
        known = error.errno in UNKNOWN_NAME
        raise OutboundError(Reason.NAME_UNKNOWN if known else Reason.DNS) from None
    except (OSError, UnicodeError):
        raise OutboundError(Reason.DNS) from None
    except RuntimeError:  # no thread can be started
        raise OutboundError(Reason.LOCAL) from None
    return list(dict.fromkeys(ip_address(answer[4][0]) for answer in answers))


async def _look_up(host: bytes) -> list[Any]:
    """Both families at once, as the C library does; after a while each by itself as well."""
    both = _ask(host, socket.AF_UNSPEC)
    asked = {both}
    found: list[Any] = []
    try:
        done, waiting = await asyncio.wait(asked, timeout=BOTH_FAMILIES)
        if not done:
            asked |= {_ask(host, family) for family in (socket.AF_INET, socket.AF_INET6)}
            waiting = set(asked)
        while waiting and not (found and both.done()):
            patience = OTHER_FAMILY if found else None
            done, waiting = await asyncio.wait(waiting, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                break
            found += [each for answer in done if answer.exception() is None for each in answer.result()]
    finally:
        for each in asked:
            each.cancel()
    return found or both.result()


def _ask(host: bytes, family: int) -> "asyncio.Future[list[Any]]":
    loop = asyncio.get_running_loop()
    return loop.run_in_executor(_THREADS, socket.getaddrinfo, host, None, family, socket.SOCK_STREAM)


class _DaemonThreads(Executor):
    """A thread per lookup, abandoned when its deadline passes.

    The loop's own executor has six threads on two cores, which six hanging names would take
    away from everybody, and a closing loop waits for all of them.
    """

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        threading.Thread(target=_settle, args=(future, function, args), daemon=True).start()
        return future


def _settle(future: Future[Any], function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        future.set_result(function(*args))
    except Exception as error:
        future.set_exception(error)


_THREADS = _DaemonThreads()


def _interleaved(addresses: list[Address]) -> list[Address]:
    """Both families in turn (RFC 8305 section 4), so that one broken family costs one try."""
    first = [address for address in addresses if address.version == addresses[0].version]
    other = [address for address in addresses if address.version != addresses[0].version]
    turns = chain.from_iterable(zip_longest(first, other))
    return [address for address in turns if address is not None]


async def _first(addresses: list[Address], port: int) -> Connected:
    """The first connection that comes about; the others are given up."""
    if len(addresses) == 1:
        return await _connect(addresses[0], port)
    waiting = list(addresses)
    tries: set[asyncio.Task[Connected]] = set()
    errors: list[OutboundError] = []
    try:
        while waiting or tries:
            if waiting:
                tries.add(asyncio.create_task(_connect(waiting.pop(0), port)))
            patience = STAGGER if waiting else None
            done, _ = await asyncio.wait(tries, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                tries.discard(task)
                if not isinstance(error := task.exception(), OutboundError):
                    return task.result()
                errors.append(error)
    finally:
        for task in tries:
            task.cancel()
            task.add_done_callback(_close_late)
    raise next((error for error in errors if error.reason is not Reason.LOCAL), errors[0])


def _close_late(task: asyncio.Task[Connected]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result()[0].close()


async def _connect(address: Address, port: int) -> Connected:
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        connection = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise OutboundError(_reason(error)) from None
    try:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(connection, (str(address), port))
        check_peer(connection, address)
    except OSError as error:
        connection.close()
        raise OutboundError(_reason(error)) from None
    except BaseException:
        connection.close()
        raise
    return connection, address


def check_peer(connection: socket.socket, address: Address) -> None:
    peer = connection.getpeername()
    if ip_address(peer[0]) != address:
        raise OutboundError(Reason.FORBIDDEN)
    if peer == connection.getsockname():
        # The kernel picked the wanted port for our own end: nobody but us answers there.
        raise OutboundError(Reason.REFUSED)


def _reason(error: OSError) -> Reason:
    return CONNECT_REASONS.get(error.errno or 0, Reason.UNREACHABLE)
