"""Firecracker's HTTP: a small part of HTTP/1.1 with sharp edges, over non-blocking sockets and one epoll.

Ten connections at most; no chunked bodies; each request line and header line fits in 1,024 bytes; a peer that closes its
sending side is dropped unread; errors of the transport are answered with a body that is not quite JSON.
"""

import os
import select
import socket

BUFFER = 1024
MOST_CONNECTIONS = 10
METHODS = ("GET", "PUT", "PATCH", "DELETE")
FULL_BODY = b'{ "error": "Too many open connections" }'
FULL = (
    b"HTTP/1.1 503\r\nServer: Firecracker API\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(FULL_BODY)
) + FULL_BODY


class BadRequest(Exception):
    """The bytes are no request; the text is what the answer says."""


class Request:
    """One whole request. `body` is None where it has none or an empty one."""

    def __init__(self, line):
        parts = line.split(b" ", 2)
        if len(parts) != 3:
            raise BadRequest("Invalid request.")
        self.method = parts[0].decode("latin-1")
        if self.method not in METHODS:
            raise BadRequest("Invalid HTTP Method: Unsupported HTTP method.")
        if not parts[1]:
            raise BadRequest("Invalid URI: Empty URI not allowed.")
        try:
            self.path = _absolute(parts[1].decode())
        except UnicodeDecodeError:
            raise BadRequest("Invalid URI: Cannot parse URI as UTF-8.") from None
        if parts[2] not in (b"HTTP/1.0", b"HTTP/1.1"):
            raise BadRequest("Invalid HTTP Version: Unsupported HTTP version.")
        self.version = parts[2].decode()
        self.length = 0
        self.expect = False
        self.body = None

    def header(self, line):
        """Takes one header line; most are not looked at."""
        try:
            name, colon, value = line.decode().partition(":")
        except UnicodeDecodeError as error:
            raise BadRequest("Invalid header. Reason: Header contains invalid characters. Key: %s" % error) from None
        if not colon:
            raise BadRequest("Invalid header. Reason: Header is incorrectly formatted. Key: %s" % name)
        key, plain = name.strip().lower(), value.strip()
        if key == "content-length":
            if not (plain.isascii() and plain.isdigit() and int(plain) < 2**32):
                raise BadRequest("Invalid header. Reason: Invalid value. Key:%s; Value:%s" % (name, value))
            self.length = int(plain)
        elif key == "expect" and plain == "100-continue":
            self.expect = True
        elif key == "accept-encoding":
            self._accept_encoding(plain)

    @staticmethod
    def _accept_encoding(value):
        for encoding in value.split(","):
            refused = encoding.strip()
            if refused == "identity;q=0" or (refused == "*;q=0" and "identity" not in value):
                raise BadRequest("Invalid header. Reason: Invalid value. Key:Accept-Encoding; Value:%s" % encoding)


def _absolute(uri):
    if uri.startswith("http://"):
        slash = uri.find("/", len("http://"))
        return uri[slash:] if slash >= 0 else ""
    return uri if uri.startswith("/") else ""


class Connection:
    """One client: bytes in, requests out, and the bytes that wait to be sent."""

    def __init__(self, sock, limit):
        self.sock = sock
        self.limit = limit
        self.buffer = b""
        self.request = None
        self.body = None
        self.out = b""

    def read(self):
        """Reads what is there, at most what fits; gives the whole requests. None when the peer is gone."""
        data = self.sock.recv(BUFFER - (0 if self.body is not None else len(self.buffer)))
        if not data:
            return None
        self.buffer += data
        requests = []
        try:
            while self._step(requests):
                pass
        except BadRequest as error:
            self.buffer, self.request, self.body = b"", None, None
            text = '{ "error": "%s\nAll previous unanswered requests will be dropped." }' % error
            self.out += response(400, text.encode())
            return []
        return requests

    def _step(self, requests):
        if self.body is not None:
            return self._take_body(requests)
        line, end, rest = self.buffer.partition(b"\r\n")
        if not end:
            if len(self.buffer) >= BUFFER:
                raise BadRequest(
                    "Invalid request."
                    if self.request is None
                    else "Invalid header. Reason: Invalid content length. Header: " + self.buffer.decode("latin-1")
                )
            return False
        self.buffer = rest
        if self.request is None:
            self.request = Request(line)
        elif line:
            self.request.header(line)
        else:
            self._headers_done(requests)
        return True

    def _headers_done(self, requests):
        request = self.request
        if request.length == 0:
            self.request = None
            requests.append(request)
            return
        if request.length > self.limit:
            raise BadRequest(
                "Request payload with size %d is larger than the limit of %d allowed by server."
                % (request.length, self.limit)
            )
        if request.expect:
            self.out += response(100, None, version=request.version)
        self.body = b""

    def _take_body(self, requests):
        missing = self.request.length - len(self.body)
        self.body, self.buffer = self.body + self.buffer[:missing], self.buffer[missing:]
        if len(self.body) < self.request.length:
            return False
        self.request.body, self.body = self.body, None
        requests.append(self.request)
        self.request = None
        return True

    def flush(self):
        """Sends what it can; false when the peer is gone."""
        try:
            while self.out:
                self.out = self.out[self.sock.send(self.out) :]
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True


def response(status, body, deprecated=False, version="HTTP/1.1"):
    """Bytes of an answer. There is never a reason phrase, and no length where there is no body."""
    lines = ["%s %d " % (version, status), "Server: Firecracker API", "Connection: keep-alive"]
    if deprecated:
        lines.append("Deprecation: true")
    if body is not None:
        lines += ["Content-Type: application/json", "Content-Length: %d" % len(body)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b"")


class Server:
    """The socket and its clients. Requests are handled one after another on the calling thread."""

    def __init__(self, path, limit):
        self.limit = limit
        self.epoll = select.epoll()
        self.connections = {}
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        if len(os.fsencode(path)) > 107:
            raise ValueError("path must be shorter than SUN_LEN")
        self.listener.bind(path)
        self.listener.listen(128)

    def start(self):
        """Begins to accept."""
        self.epoll.register(self.listener, select.EPOLLIN)

    def ready(self, fd, events, handle):
        """Serves one event of the epoll; `handle` makes the answer of a request."""
        if fd == self.listener.fileno():
            self._accept()
            return
        connection = self.connections.get(fd)
        if connection is None:
            return
        if events & (select.EPOLLRDHUP | select.EPOLLHUP):
            self._drop(connection)
            return
        alive = self._serve(connection, handle) if events & select.EPOLLIN else connection.flush()
        if not alive:
            self._drop(connection)
            return
        more = select.EPOLLOUT if connection.out else 0
        self.epoll.modify(fd, select.EPOLLIN | select.EPOLLRDHUP | more)

    def _serve(self, connection, handle):
        try:
            requests = connection.read()
        except OSError:
            return False
        if requests is None:
            return False
        for request in requests:
            connection.out += handle(request)
            connection.flush()
        return connection.flush()

    def _accept(self):
        sock, _ = self.listener.accept()
        sock.setblocking(False)
        if len(self.connections) >= MOST_CONNECTIONS:
            try:
                sock.send(FULL)
            finally:
                sock.close()
            return
        self.connections[sock.fileno()] = Connection(sock, self.limit)
        self.epoll.register(sock, select.EPOLLIN | select.EPOLLRDHUP)

    def _drop(self, connection):
        del self.connections[connection.sock.fileno()]
        self.epoll.unregister(connection.sock)
        connection.sock.close()
