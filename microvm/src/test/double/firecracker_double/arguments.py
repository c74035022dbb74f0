"""The command line: flags, each at most once, values in the next argument."""

VALUES = {
    "api-sock": "Path to unix domain socket used by the API.",
    "id": "MicroVM unique identifier.",
    "seccomp-filter": "Path to a custom seccomp filter. The double has none.",
    "start-time-us": "Process start time (wall clock, microseconds).",
    "start-time-cpu-us": "Process start CPU time (wall clock, microseconds).",
    "parent-cpu-time-us": "Parent process CPU time (wall clock, microseconds).",
    "config-file": "Path to a file that contains the microVM configuration in JSON format.",
    "metadata": "Path to a file that contains metadata in JSON format to add to the mmds.",
    "log-path": "Path to a fifo or a file used for configuring the logger on startup.",
    "level": "Set the logger level.",
    "module": "Set the logger module filter.",
    "metrics-path": "Path to a fifo or a file used for configuring the metrics on startup.",
    "describe-snapshot": "Print the data format version of the provided snapshot state file.",
    "http-api-max-payload-size": "Http API request payload max size, in bytes.",
    "mmds-size-limit": "Mmds data store limit, in bytes.",
}
FLAGS = {
    "no-seccomp": "Start without seccomp filtering. The double has none.",
    "no-api": "Start without an API socket.",
    "show-level": "Whether or not to output the level in the logs.",
    "show-log-origin": "Whether or not to include the file path and line number of the log's origin.",
    "boot-timer": "Whether or not to load boot timer device.",
    "version": "Print the binary version number.",
    "snapshot-version": "Print the supported data format version.",
    "enable-pci": "Enables PCIe support. The double has no PCI.",
}
DEFAULTS = {"api-sock": "/run/firecracker.socket", "id": "anonymous-instance", "http-api-max-payload-size": "51200"}


class BadArguments(Exception):
    """Not a command line of Firecracker's; the text is what it says."""


def parse(argv):
    """A dictionary of what was given and of defaults; `--help` and `--version` make everything else unread."""
    for early in ("help", "version"):
        if "--" + early in argv:
            return {early: True}
    given = {}
    rest = iter(argv)
    for argument in rest:
        name = argument[2:]
        if not argument.startswith("--"):
            raise BadArguments("Found argument '%s' which wasn't expected, or isn't valid in this context." % argument)
        if name not in VALUES and name not in FLAGS:
            raise BadArguments("Found argument '%s' which wasn't expected, or isn't valid in this context." % name)
        if name in given:
            raise BadArguments("The argument '%s' was provided more than once." % name)
        given[name] = True if name in FLAGS else _value(name, rest)
    if "no-api" in given and "config-file" not in given:
        raise BadArguments("Argument 'config-file' required, but not found.")
    if "no-seccomp" in given and "seccomp-filter" in given:
        raise BadArguments("Argument 'no-seccomp' cannot be used together with argument 'seccomp-filter'.")
    return {**DEFAULTS, **given}


def _value(name, rest):
    value = next(rest, "--")
    if value.startswith("--"):
        raise BadArguments("The argument '%s' requires a value, but none was supplied." % name)
    return value


def help_text():
    """One line for each flag."""
    lines = ["--%s <%s>: %s" % (name, name, text) for name, text in VALUES.items()]
    lines += ["--%s: %s" % (name, text) for name, text in FLAGS.items()]
    return "\n".join(sorted(lines))


def valid_id(name):
    """Instance ids: 1 to 64 letters, digits and hyphens, but no underscore."""
    return 1 <= len(name) <= 64 and all(c == "-" or c.isalnum() for c in name)
