"""Attacks the gateway from inside a machine, and writes a line of JSON for what each attack came to, the last one "done"."""
import json, select, socket, sys, threading, time
from urllib.parse import urlparse

with open("/root/.nullclaw/config.json") as file:
    PROVIDER = next(iter(json.load(file)["models"]["providers"].values()))
URL, TOKEN, OTHER = urlparse(PROVIDER["base_url"]), PROVIDER["api_key"], sys.argv[1]
OWN = URL.path + "/chat/completions"
ASKS = b'{"stream":true,"messages":[{"role":"user","content":"%s"}]}'


def tell(name, **what):
    print(json.dumps({"attack": name, **what}), flush=True)


def connect():
    return socket.create_connection((URL.hostname, URL.port), 20)


def head(path, rest, token=TOKEN):
    return (f"POST {path} HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer {token}\r\n{rest}\r\n").encode()


def status(wire):
    """The status of the answer; 0 where the connection was cut."""
    try:
        first = wire.recv(4096)
        return int(first.split(b" ", 2)[1]) if first.startswith(b"HTTP/") else 0
    except OSError:
        return 0


def ask(path, body, token=TOKEN, more=""):
    with connect() as wire:
        try:
            wire.sendall(head(path, f"Content-Length: {len(body)}\r\n{more}", token) + body)
        except OSError:
            pass  # refused while it was sent; the answer may still be there
        return status(wire)


def flood(rest, piece):
    sent = 0
    with connect() as wire:
        try:
            wire.sendall(head(OWN, rest))
            while sent < 1 << 30:
                wire.sendall(piece)
                sent += len(piece)
        except OSError:
            pass
    return sent


def closed(wires):
    gone = 0
    for wire in wires:
        if select.select([wire], [], [], 0)[0]:
            try:
                gone += wire.recv(1, socket.MSG_PEEK) == b""
            except OSError:
                gone += 1
    return gone


def connections(number):
    held, refused = [], 0
    for _ in range(number):
        try:
            held.append(connect())
        except OSError:
            refused += 1
        if len(held) >= 500:
            refused += closed(held)
            held = [wire for wire in held if not closed([wire])]
    time.sleep(1)
    refused += closed(held)
    kept = len(held) - closed(held)
    for wire in held:
        wire.close()
    return refused, kept


def drip(first, byte, seconds, number):
    wires = [connect() for _ in range(number)]
    for wire in wires:
        wire.sendall(first)
    until = time.monotonic() + seconds
    cut = 0
    while time.monotonic() < until and wires:
        for wire in list(wires):
            try:
                wire.send(byte)
            except OSError:
                wires.remove(wire)
                cut += 1
        time.sleep(1)
    for wire in wires:
        wire.close()
    return cut


def endless():
    """More answers at once than a session may have, which nobody reads."""
    wires = []
    for _ in range(12):
        wire = connect()
        body = ASKS % b"slow 1000 1000000"
        wire.sendall(head(OWN, f"Content-Length: {len(body)}\r\n") + body)
        wires.append(wire)
    found = [status(wire) for wire in wires]
    time.sleep(3)
    for wire in wires:
        wire.close()
    return found


good = ASKS % b"help"
tell("wrong tokens", status=sorted({ask(OWN, good, "guess" + str(i)) for i in range(50)}))
tell("no token", status=ask(OWN, good, ""))
tell("another session", status=ask(f"/s/{OTHER}/v1/chat/completions", good))
tell("header bomb", status=ask(OWN, good, more="X-Bomb: " + "x" * 1_000_000 + "\r\n"))
tell("no JSON", status=ask(OWN, b'{"messages":[{]}'))
tell("no UTF-8", status=ask(OWN, b'{"messages":[{"role":"user","content":"\xc3\x28"}]}'))
tell("values", status=ask(OWN, b'{"messages":[' + b"[]," * 10_000_000 + b"[]]}"))
tell("a gigabyte", sent=flood(f"Content-Length: {1 << 30}\r\n", b"x" * 65536))
tell("a gigabyte in chunks", sent=flood("Transfer-Encoding: chunked\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"))
refused, kept = connections(2000)
tell("connections", refused=refused, kept=kept)
tell("endless answers", status=endless())
time.sleep(2)
slow = {}
body = head(OWN, "Content-Length: 100000\r\n")
threads = [
    threading.Thread(target=lambda: slow.update(heads=drip(b"POST / HTTP/1.1\r\nX-Slow: ", b"x", 90, 12))),
    threading.Thread(target=lambda: slow.update(bodies=drip(body, b" ", 90, 12))),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
tell("slow senders", **slow)
tell("afterwards", status=ask(OWN, good))
tell("done")
