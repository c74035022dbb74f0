"""The process: its arguments, its start, the one loop, its end."""

import json
import os
import resource
import select
import signal
import sys
import time

from . import SNAPSHOT_VERSION, VERSION, WHAT, arguments, faults, http, requests, snapshot
from .errors import Exit, Fault, os_error
from .log import Log, Metrics
from .resources import configure_from
from .vmm import PAUSED, Vmm

OK, GENERIC, BAD_CONFIGURATION, BAD_ARGUMENTS = 0, 1, 152, 153
METRICS_PERIOD = 60


def main(argv):
    """Does not return: the status says how it went."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    try:
        options = arguments.parse(argv)
    except arguments.BadArguments as error:
        text = "Arguments parsing error: %s \n\nFor more information try --help." % error
        leave(Exit(BAD_ARGUMENTS, text), Log("anonymous-instance"))
    answer_and_leave(options)
    if not arguments.valid_id(options["id"]):
        panic("Invalid instance ID: %r" % options["id"])
    log, metrics = Log(options["id"]), Metrics()
    vmm = None
    try:
        modes = faults.read(options["api-sock"])
        vmm = prepare(options, modes, log, metrics)
        run(options, modes, vmm)
    except Exit as end:
        finish(vmm, metrics, log)
        leave(end, log)
    except ValueError as error:
        leave(Exit(GENERIC, str(error)), log)


def answer_and_leave(options):
    """What is asked of the program, not of a microVM."""
    if "help" in options or "version" in options:
        print("Firecracker v%s\n%s\n" % (VERSION, WHAT))
        if "help" in options:
            print(arguments.help_text())
    elif "snapshot-version" in options:
        print("v" + SNAPSHOT_VERSION)
    elif "describe-snapshot" in options:
        try:
            print("v" + snapshot.version_of(options["describe-snapshot"]))
        except OSError as error:
            text = "When printing Snapshot Data format: Unable to open snapshot state file: " + os_error(error)
            leave(Exit(GENERIC, text), Log("anonymous-instance"))
        except (ValueError, KeyError, TypeError):
            text = "When printing Snapshot Data format: Invalid data format version of snapshot file"
            leave(Exit(GENERIC, text), Log("anonymous-instance"))
    else:
        return
    sys.exit(OK)


def prepare(options, modes, log, metrics):
    """Logger, metrics, and the VMM."""
    try:
        log.update(options.get("log-path"), options.get("level"), True if "show-level" in options else None)
    except KeyError:
        text = "Invalid value for logger level: %s.Possible values: [Error, Warning, Info, Debug]"
        raise Exit(BAD_CONFIGURATION, text % options["level"]) from None
    except OSError as error:
        raise Exit(GENERIC, "Could not initialize logger: Failed to open log file: " + os_error(error)) from None
    log.write("Running Firecracker v%s. %s" % (VERSION, WHAT))
    if "stdout-closed" in modes:
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 1)
    if "ignore-sigterm" in modes:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "metrics-path" in options:
        try:
            metrics.open(options["metrics-path"], {})
        except OSError as error:
            raise Exit(GENERIC, "Could not initialize metrics: " + os_error(error)) from None
    return Vmm(options["id"], options, modes, log, metrics)


def run(options, modes, vmm):
    """Configures from a file where one is given, opens the API where it is not forbidden, and serves."""
    server = None
    if "exit-before-bind" in modes:
        raise Exit(GENERIC, "fault mode exit-before-bind")
    if "no-api" not in options and "never-bind" not in modes:
        server = bind(options)
    if "never-bind" in modes or "bind-never-answer" in modes:
        while True:
            signal.pause()
    if "ignore-sigterm" not in modes:
        signal.signal(signal.SIGTERM, lambda *_: terminate(vmm))
    epoll = server.epoll if server else select.epoll()
    vmm.on_guest = lambda guest: (epoll.register(guest.pidfd), epoll.register(guest.qmp.sock, select.EPOLLIN))
    vmm.on_vsock = lambda fd, served: epoll.register(fd, select.EPOLLIN) if served else epoll.unregister(fd)
    if "config-file" in options:
        from_file(options, vmm)
    if server:
        server.start()
    loop(epoll, server, vmm, modes)


def terminate(vmm):
    """SIGTERM has no handler in Firecracker. Here the guest is waited for, so that nothing of it is left when we are."""
    vmm.end()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)


def bind(options):
    """The API's socket; a file that is there already is never removed."""
    path = options["api-sock"]
    try:
        return http.Server(path, int(options["http-api-max-payload-size"]))
    except OSError as error:
        if error.errno == 98:
            text = "Failed to open the API socket at: %s. Check that it is not already used." % path
        else:
            text = "Failed to bind and run the HTTP server: IO error: " + os_error(error)
    except ValueError as error:
        text = "Failed to bind and run the HTTP server: IO error: %s" % error
    raise Exit(GENERIC, "RunWithApiError error: " + text)


def from_file(options, vmm):
    """The whole configuration at once, and the start."""
    try:
        with open(options["config-file"], "rb") as file:
            raw = file.read()
    except OSError as error:
        panic("Unable to open or read from the configuration file: " + os_error(error))
    try:
        configure_from(raw, vmm)
    except Fault as error:
        text = "Building VMM configured from cmdline json failed: %s" % error
        raise Exit(BAD_CONFIGURATION, text) from None


def loop(epoll, server, vmm, modes):
    """Requests, and what becomes of the guest, one after another."""
    vmm.metrics.flush(vmm.log)
    flushed = time.monotonic()
    while True:
        for fd, events in epoll.poll(max(0, flushed + METRICS_PERIOD - time.monotonic())):
            if vmm.guest and fd not in (vmm.guest.pidfd, vmm.guest.qmp.sock.fileno()):
                vmm.guest.look()  # whether it listens
            if vmm.vsock and fd == vmm.vsock.epoll.fileno():
                vmm.vsock.step()
            elif server and (not vmm.guest or fd not in (vmm.guest.pidfd, vmm.guest.qmp.sock.fileno())):
                server.ready(fd, events, lambda request: answer(request, vmm))
        if vmm.guest:
            # Whatever woke us: what QEMU told may have been taken in by a call, and then nothing is readable any more.
            vmm.guest.look()
        if vmm.fatal is not None:
            raise Exit(GENERIC, "RunWithApiError error: Failed to build MicroVM: " + vmm.fatal)
        if vmm.guest and vmm.guest.exit_cause:
            clean = vmm.guest.exit_cause == "guest-reset"
            raise Exit(OK if clean else GENERIC, "" if clean else vmm.guest.exit_cause)
        if "exit" in modes and vmm.state != "Not started":
            raise Exit(int(modes["exit"]), "fault mode exit=" + modes["exit"])
        if time.monotonic() >= flushed + METRICS_PERIOD:
            flushed = time.monotonic()
            if vmm.state != PAUSED:
                vmm.metrics.flush(vmm.log)


def answer(request, vmm):
    """The bytes that answer a request."""
    seen = "" if request.body is None or request.path == "/mmds" else " with body %s" % request.body
    vmm.log.write('The API server received a %s request on "%s"%s.' % (request.method.title(), request.path, seen))
    vmm.metrics.count(request.method.lower() + "_api_requests", "count")
    try:
        action = requests.parse(request)
        if action.deprecated:
            vmm.metrics.count("deprecated_api", "deprecated_http_api_calls")
        deprecated = action.deprecated
        try:
            value = vmm.perform(action)
        except Fault as error:
            return failure(error, deprecated, vmm)
    except Fault as error:
        return failure(error, False, vmm)
    if value is None:
        vmm.log.write("The request was executed successfully. Status code: 204 No Content.")
        return http.response(204, None, deprecated)
    vmm.log.write("The request was executed successfully. Status code: 200 OK.")
    return http.response(200, json.dumps(value, separators=(",", ":")).encode(), deprecated)


def failure(error, deprecated, vmm):
    """The answer to a request that is refused."""
    vmm.log.write("Received Error. Status code: %d. Message: %s" % (error.status, error), "ERROR")
    body = json.dumps({"fault_message": str(error)}, separators=(",", ":")).encode()
    return http.response(error.status, body, deprecated)


def finish(vmm, metrics, log):
    """Nothing of the guest outlives this."""
    if vmm:
        vmm.end()
    metrics.flush(log)


def panic(text):
    """How a Rust program ends that was built to abort: by SIGABRT."""
    sys.stderr.write("thread 'main' panicked at src/firecracker/src/main.rs (double): %s\n" % text)
    sys.stderr.flush()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.abort()


def leave(end, log):
    """Says why, and ends."""
    if str(end):
        log.write(str(end), "ERROR")
        os.write(2, ("Error: %s\n" % end).encode())
    result = "successfully" if end.code == OK else "with error"
    log.write("Firecracker exiting %s. exit_code=%d" % (result, end.code))
    os._exit(end.code)
