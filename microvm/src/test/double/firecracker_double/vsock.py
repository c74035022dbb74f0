"""vsock on the host's side: Firecracker's Unix socket, behind which a host connects to ports of the guest.

A guest under QEMU 7.2's microvm has no vsock without the host's kernel taking part. So behind it is a virtio-serial port
named `execlaw.wake`, which stands for vsock port 1: who has opened it in the guest listens there. One connection at a
time; the guest sees neither its begin nor its end. The guest cannot connect to the host.
"""

import select
import socket

PORT = 1
HOST_PORT = 1 << 30
LONGEST_LINE = 32
BLOCK = 65536


class Vsock:
    """The bound socket and what comes of it. Nothing is served before `attach`, and only while `epoll` is looked at."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        try:
            self.listener.bind(path)
            self.listener.listen()
        except OSError:
            self.listener.close()
            raise
        self.listener.setblocking(False)
        self.epoll = select.epoll()
        self.epoll.register(self.listener, select.EPOLLIN)
        self.guest = None
        self.pending = {}
        self.active = None
        self.unsent = {}

    def attach(self, guest):
        """Has the guest behind it from now on."""
        self.guest = guest
        guest.wake.setblocking(False)
        self.epoll.register(guest.wake, select.EPOLLIN)

    def step(self):
        """Serves what is ready."""
        ready = self.epoll.poll(0)
        # Ends before beginnings: who closed one connection may have begun another already.
        for fd, events in sorted(ready, key=lambda one: one[0] in self.pending or one[0] == self.listener.fileno()):
            if fd == self.listener.fileno():
                self._accept()
            elif fd in self.pending:
                self._connect(self.pending.pop(fd))
            elif self.active and fd == self.active.fileno():
                self._relay(self.active, self.guest.wake, events)
            elif fd == self.guest.wake.fileno():
                self._relay(self.guest.wake, self.active, events)

    def reset(self):
        """Ends all connections, as when a machine goes on after a snapshot."""
        for sock in [*self.pending.values(), *([self.active] if self.active else [])]:
            self._drop(sock)

    def _accept(self):
        sock, _ = self.listener.accept()
        sock.setblocking(False)
        self.pending[sock.fileno()] = sock
        self.epoll.register(sock, select.EPOLLIN)

    def _connect(self, sock):
        self.pending[sock.fileno()] = sock
        try:
            line, newline, _ = sock.recv(LONGEST_LINE, socket.MSG_PEEK).partition(b"\n")
            sock.recv(len(line) + len(newline))
            words = line.split()
            known = newline and len(words) == 2 and words[0].upper() == b"CONNECT" and words[1].isdigit()
        except OSError:
            known = False
        if not known or int(words[1]) != PORT or not self.guest.listens or self.active:
            self._drop(sock)
            return
        del self.pending[sock.fileno()]
        self.active = sock
        self._send(sock, b"OK %d\n" % HOST_PORT)

    def _relay(self, source, sink, events):
        if events & select.EPOLLOUT:
            self._send(source, b"")
        if not events & ~select.EPOLLOUT:
            return
        try:
            data = source.recv(BLOCK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data and sink:
            self._send(sink, data)
        elif not data:
            self._drop(source)

    def _send(self, sock, data):
        waiting = self.unsent.pop(sock.fileno(), b"") + data
        try:
            waiting = waiting[sock.send(waiting) :] if waiting else waiting
        except BlockingIOError:
            pass
        except OSError:
            self._drop(sock)
            return
        if waiting:
            self.unsent[sock.fileno()] = waiting
        self.epoll.modify(sock, select.EPOLLIN | (select.EPOLLOUT if waiting else 0))

    def _drop(self, sock):
        self.unsent.pop(sock.fileno(), None)
        self.pending.pop(sock.fileno(), None)
        self.epoll.unregister(sock)
        if sock is self.active:
            self.active = None
        if sock is not self.guest.wake:
            sock.close()
