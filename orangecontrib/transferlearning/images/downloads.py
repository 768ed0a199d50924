"""Download an image within limits: of time and bytes in total, and to public servers if wanted."""

import re
import ssl
import zlib
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from ..errors import ImageReadError
from .download_limits import Limits
from .limited_network import LimitedNetwork

MAX_REDIRECTS = 5
MAX_ADDRESS = 8192
"""Largest length of an address in characters."""

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_PORTS = {"http": 80, "https": 443}
_HEADERS = {
    "User-Agent": "Orange3-TransferLearning",  # some servers refuse the default name of the library
    "Accept": "*/*",
    "Accept-Encoding": "identity",  # images are compressed already; some servers send gzip nevertheless
}


def download(url: str, limits: Limits | None = None, *, local_addresses: bool = True) -> bytes:
    """Return the content at an ``http:`` or ``https:`` address. Proxies are those of the system.

    Parameters
    ----------
    url : str
    limits : Limits, optional
    local_addresses : bool
        Whether servers of this computer and of local networks may be asked, also by a redirect. A proxy may have any
        address; which servers it asks is up to the proxy, if their names are not known here.

    Raises
    ------
    ImageReadError
        There is no content to be had; the message is the reason.
    """
    network = LimitedNetwork(limits or Limits(), local_addresses)
    limits = network.limits
    timeout = httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds)
    try:
        with httpx.Client(transport=_Transport(network), headers=_HEADERS, timeout=timeout, trust_env=False) as client:
            return _follow(client, client.build_request("GET", url), network)
    except ImageReadError:
        raise
    except _ERRORS as error:
        raise ImageReadError(_reason(error, network)) from error


_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpx.HTTPError,
    httpx.InvalidURL,
    ValueError,
)


def _follow(client: httpx.Client, request: httpx.Request, network: LimitedNetwork) -> bytes:
    for _ in range(MAX_REDIRECTS + 1):
        _check_address(request.url)
        try:
            response = client.send(request, stream=True)
        except httpx.InvalidURL as error:  # of the answer, as the client builds the next request
            raise ImageReadError("the address redirects to one that is not valid") from error
        try:
            if response.next_request is None:
                _check_status(response.status_code)
                return _unpack(response.iter_raw(), response.headers.get("Content-Encoding", ""), network)
            request = response.next_request
        finally:
            response.close()
    raise ImageReadError(f"the address redirects more than {MAX_REDIRECTS} times")


def _check_address(url: httpx.URL) -> None:
    if url.scheme:
        _check_scheme(url.scheme)
    if not url.host:
        raise ImageReadError("not a valid address (it names no server)")
    if len(str(url)) > MAX_ADDRESS:
        raise ImageReadError(f"the address is longer than {MAX_ADDRESS} characters")


def _check_scheme(scheme: str) -> None:
    if scheme.lower() not in _PORTS:
        raise ImageReadError("the address redirects to one that is neither http: nor https:")


def _check_status(status: int) -> None:
    """Check that an answer has a whole file: 203 says that a proxy has changed it, for example made it smaller."""
    if status in (HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION):
        return
    # The server's own words may be long, or have control characters.
    words = f" ({HTTPStatus(status).phrase})" if status in set(HTTPStatus) else ""
    if status == HTTPStatus.PARTIAL_CONTENT:
        raise ImageReadError(f"the server sent a part of the file, not all of it: {status}{words}")
    if 200 <= status < 300:
        raise ImageReadError(f"the server sent no file: it answered {status}{words}")
    raise ImageReadError(f"the server answered {status}{words}")


def _unpack(pieces: Iterator[bytes], encoding: str, network: LimitedNetwork) -> bytes:
    """Join the pieces of an answer, and unpack them as they come."""
    encoding, content = encoding.strip().lower(), bytearray()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise ImageReadError("the server packed the image in a way that it was not asked for")
    unpacker = None if encoding in ("", "identity") else zlib.decompressobj(zlib.MAX_WBITS | 32)
    most = network.limits.n_bytes
    try:
        for piece in pieces:
            content += piece if unpacker is None else unpacker.decompress(piece, most + 1 - len(content))
            if len(content) > most:
                raise ImageReadError(network.limits.size_reason)
            if unpacker and unpacker.eof:
                break
    except zlib.error as error:
        raise ImageReadError("what the server packed cannot be unpacked") from error
    if unpacker and not unpacker.eof:
        raise ImageReadError("the connection was interrupted")
    return bytes(content)


class _Transport(httpx.BaseTransport):
    """Sends the requests of a client through a limited network: httpx has no place to name one."""

    def __init__(self, network: LimitedNetwork) -> None:
        self._network = network
        self._pools: list[httpcore.ConnectionPool] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        self._pools.append(self._pool(url))
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        answer = self._pools[-1].handle_request(
            httpcore.Request(request.method, target, headers=request.headers.raw, extensions=request.extensions)
        )
        response = httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer), extensions={})
        scheme = _SCHEME.match(response.headers.get("Location", ""))
        if response.has_redirect_location and scheme:  # not left to the client, which refuses data: as damaged
            _check_scheme(scheme[1])
        return response

    def _pool(self, url: httpx.URL) -> httpcore.ConnectionPool:
        proxy = _proxy_for(url)
        options = {"ssl_context": _tls(), "network_backend": self._network}
        if proxy is None:
            return httpcore.ConnectionPool(**options)
        if proxy.url.scheme not in _PORTS:
            raise ImageReadError(f"a proxy of the kind {proxy.url.scheme}: is not supported; use one with http:")
        self._network.use_proxy(
            (proxy.url.host, proxy.url.port or _PORTS[proxy.url.scheme]), url.host, url.port or _PORTS[url.scheme]
        )
        return httpcore.HTTPProxy(str(proxy.url), proxy_auth=proxy.raw_auth, **options)

    def close(self) -> None:
        for pool in self._pools:
            pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer.stream)

    def close(self) -> None:
        self._answer.close()


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # reading the certificates takes long


def _proxy_for(url: httpx.URL) -> httpx.Proxy | None:
    proxies = getproxies()
    address = proxies.get(url.scheme) or proxies.get("all")
    if not address or proxy_bypass(url.host if url.port is None else f"{url.host}:{url.port}"):
        return None
    return httpx.Proxy(address if "://" in address else f"http://{address}")


def _reason(error: Exception, network: LimitedNetwork) -> str:
    if network.is_late:
        return network.limits.late_reason
    if isinstance(error, httpcore.ConnectTimeout):
        return f"no connection within {network.limits.connect_seconds:g} s"
    if isinstance(error, httpcore.TimeoutException):
        return f"no answer within {network.limits.read_seconds:g} s"
    if isinstance(error, httpcore.ConnectError):
        return _connection_reason(error.__context__)
    if isinstance(error, httpcore.ProxyError):
        return "the proxy refused the address"
    if isinstance(error, httpcore.NetworkError) or re.search("peer closed|disconnected", str(error)):
        return "the connection was interrupted"
    if isinstance(error, httpcore.ProtocolError | httpx.ProtocolError):
        return "the answer of the server is not valid"
    return f"not a valid address ({error})"


def _connection_reason(error: BaseException | None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the certificate of the server is not valid"
    return (
        "the server makes no secure connection" if isinstance(error, ssl.SSLError) else "the server cannot be reached"
    )
