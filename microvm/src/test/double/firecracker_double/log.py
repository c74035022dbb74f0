"""The log and the metrics: two files that are opened without truncation and written from their start, as Firecracker does."""

import json
import os
import time

LEVELS = ("OFF", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")


def open_nonblock(path):
    """As Firecracker opens log, metrics and serial files: made if absent, neither truncated nor appended to."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)


def level(name):
    """The level of that name in any case; KeyError when there is none."""
    upper = name.upper()
    upper = {"WARNING": "WARN"}.get(upper, upper)
    if upper not in LEVELS:
        raise KeyError(name)
    return LEVELS.index(upper)


class Log:
    """Human-readable lines, on standard output until a path is set: where the guest writes, too."""

    def __init__(self, instance):
        self.instance = instance
        self.fd = 1
        self.level = LEVELS.index("INFO")
        self.show_level = False
        self.missed = 0

    def update(self, path=None, level_name=None, show_level=None):
        """Takes what is given; the level falls back to Info where it is not."""
        if path is not None:
            self.fd = open_nonblock(path)
        self.level = level(level_name or "Info")
        if show_level is not None:
            self.show_level = show_level

    def write(self, text, level_name="INFO"):
        """One line; lost, and counted, where it does not fit."""
        if LEVELS.index(level_name) > self.level:
            return
        now = time.time_ns()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(now // 10**9))
        shown = ":" + level_name if self.show_level else ""
        line = "%s.%09d [%s:double%s] %s\n" % (stamp, now % 10**9, self.instance, shown, text)
        try:
            os.write(self.fd, line.encode())
        except OSError:
            self.missed += 1


class Metrics:
    """Counters since the last line, one line of JSON for each flush. Only some of Firecracker's groups are there."""

    def __init__(self):
        self.fd = None
        self.extra = {}
        self.counts = {}

    def open(self, path, extra):
        """Starts them; `extra` stands on each line."""
        self.fd = open_nonblock(path)
        self.extra = extra

    def count(self, group, name):
        """Adds one."""
        counters = self.counts.setdefault(group, {})
        counters[name] = counters.get(name, 0) + 1

    def flush(self, log):
        """Writes a line, if there is where to."""
        if self.fd is None:
            return
        groups = ("get_api_requests", "put_api_requests", "patch_api_requests", "deprecated_api", "vmm", "uart")
        line = {"utc_timestamp_ms": time.time_ns() // 10**6, **self.extra}
        line.update({group: self.counts.get(group, {}) for group in groups})
        line["logger"] = {"missed_log_count": log.missed, "missed_metrics_count": 0}
        self.counts, log.missed = {}, 0
        try:
            os.write(self.fd, (json.dumps(line) + "\n").encode())
        except OSError as error:
            log.write("Failed to write metrics: %s" % error, "ERROR")
