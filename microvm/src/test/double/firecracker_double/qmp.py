"""QEMU's control connection over one end of a socket pair. Calls block, each with a deadline."""

import json
import socket
import time

SECONDS = 30


class QmpError(Exception):
    """QEMU refused, did not answer in time, or is gone."""


class Qmp:
    """One connection. Events that come meanwhile wait in `events`."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.events = []

    def greet(self):
        """Waits for the greeting and ends the negotiation."""
        until = time.monotonic() + SECONDS
        while "QMP" not in (message := self._message(until)):
            self.events.append(message)
        self.call("qmp_capabilities")

    def call(self, command, arguments=None, fds=(), seconds=SECONDS):
        """Sends a command, with descriptors where it takes some, and waits for what it returns."""
        until = time.monotonic() + seconds
        message = {"execute": command}
        if arguments is not None:
            message["arguments"] = arguments
        self.sock.settimeout(seconds)
        try:
            socket.send_fds(self.sock, [json.dumps(message).encode() + b"\n"], list(fds))
        except OSError as error:
            raise QmpError("%s was not sent: %s" % (command, error)) from None
        while True:
            answer = self._message(until)
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise QmpError("%s: %s" % (command, answer["error"]["desc"]))
            else:
                return answer["return"]

    def await_event(self, name, seconds, done):
        """Waits for an event of that name of whose data `done` says yes; the others stay."""
        until = time.monotonic() + seconds
        while True:
            for index, event in enumerate(self.events):
                if event["event"] == name and done(event["data"]):
                    return self.events.pop(index)["data"]
            self.events.append(self._message(until))

    def pump(self):
        """Takes in what has come, without waiting; false when QEMU has closed."""
        self.sock.settimeout(0)
        try:
            while data := self.sock.recv(65536):
                self.buffer += data
        except BlockingIOError:
            while b"\n" in self.buffer:
                self.events.append(self._line())
            return True
        except OSError:
            return False
        return False

    def _message(self, until):
        while b"\n" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0:
                raise QmpError("QEMU did not answer in time")
            self.sock.settimeout(left)
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                raise QmpError("QEMU did not answer in time") from None
            except OSError as error:
                raise QmpError("QEMU is gone: %s" % error) from None
            if not data:
                raise QmpError("QEMU is gone")
            self.buffer += data
        return self._line()

    def _line(self):
        line, _, self.buffer = self.buffer.partition(b"\n")
        return json.loads(line)
