"""Connections of one download that is limited in total: in time, in bytes, and to public servers if wanted.

Every byte of a download passes through `LimitedNetwork`: the look-up of names, connections, TLS, the headers of all
answers, and the framing and the content of the last one. So nothing that a server sends can take longer or be more.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue

import httpcore

from ..errors import ImageReadError
from .download_limits import Limits


def is_local(address: str) -> bool:
    """Return whether an IP address is not one of the public internet: of this computer, a private network or the like.

    IPv4 addresses in IPv6 ones (mapped, 6to4, Teredo, NAT64) are those that count.

    Raises
    ------
    ValueError
        It is not an IP address.
    """
    each = ipaddress.ip_address(address)
    if isinstance(each, ipaddress.IPv6Address):
        inner = each.ipv4_mapped or each.sixtofour or (each.teredo and each.teredo[1])
        if each in _NAT64:
            inner = ipaddress.IPv4Address(int(each) & 0xFFFFFFFF)
        if inner:
            return is_local(str(inner))
        if each.is_site_local:
            return True
    return not each.is_global or each.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class LimitedNetwork(httpcore.NetworkBackend):
    """The network as one download may use it.

    Parameters
    ----------
    limits : Limits
    local_addresses : bool
        Whether servers with local addresses (`is_local`) may be asked. The address that is connected to is checked, so
        the name of a server makes no difference.
    """

    def __init__(self, limits: Limits, local_addresses: bool) -> None:
        self.limits = limits
        self._local_addresses = local_addresses
        self._deadline = time.monotonic() + limits.seconds
        self._n_bytes = 0
        self._proxies: set[tuple[str, int]] = set()
        self._backend = httpcore.SyncBackend()

    @property
    def is_late(self) -> bool:
        """Whether the download has taken as long as it may."""
        return time.monotonic() >= self._deadline

    def time_left(self, longest: float | None) -> float:
        """Return the time to wait at most, in seconds.

        Raises
        ------
        ImageReadError
            There is none left.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ImageReadError(self.limits.late_reason)
        return left if longest is None else min(left, longest)

    def count(self, n_bytes: int) -> None:
        """Count bytes that were received.

        Raises
        ------
        ImageReadError
            They are too many.
        """
        self._n_bytes += n_bytes
        if self._n_bytes > self.limits.n_bytes:
            raise ImageReadError(self.limits.size_reason)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to one of a server's addresses."""
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in self.addresses(host, port, timeout):
            try:
                stream = self._backend.connect_tcp(
                    address, port, self.time_left(timeout), local_address, socket_options
                )
                return _LimitedStream(stream, self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def addresses(self, host: str, port: int, timeout: float | None = None) -> list[str]:
        """Look up the IP addresses of a server.

        Raises
        ------
        ImageReadError
            The server has a local address, which is not allowed.
        """
        found: SimpleQueue[list[str] | OSError] = SimpleQueue()
        # The system's look-up takes as long as it likes, and cannot be stopped.
        threading.Thread(target=_look_up, args=(host, port, found), daemon=True).start()
        try:
            addresses = found.get(timeout=self.time_left(timeout))
        except Empty:
            raise httpcore.ConnectTimeout("the look-up of the name took too long") from None
        if isinstance(addresses, OSError):
            raise httpcore.ConnectError(str(addresses)) from addresses
        may_be_local = self._local_addresses or (host, port) in self._proxies
        if not may_be_local and any(map(is_local, addresses)):
            raise ImageReadError("the address is one of this computer or a local network, which is not allowed here")
        return addresses

    def use_proxy(self, proxy: tuple[str, int], host: str, port: int) -> None:
        """Let a proxy, whose own address may be local, ask a server.

        Raises
        ------
        ImageReadError
            The server has a local address that is known here, which is not allowed.
        """
        if not self._local_addresses:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                self.addresses(host, port, self.limits.connect_seconds)
        self._proxies.add(proxy)


def _look_up(host: str, port: int, found: SimpleQueue) -> None:
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found.put(list(dict.fromkeys(entry[4][0] for entry in entries)))
    except OSError as error:
        found.put(error)
    except (UnicodeError, OverflowError) as error:  # a name with an empty or a long part, a port that does not exist
        found.put(OSError(str(error)))


class _LimitedStream(httpcore.NetworkStream):
    """A connection whose every part has the time, and the number of bytes, that are left of the download."""

    def __init__(self, stream: httpcore.NetworkStream, network: LimitedNetwork) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._network.time_left(timeout))
        self._network.count(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._network.time_left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._network.time_left(timeout)
        return _LimitedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._network)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
