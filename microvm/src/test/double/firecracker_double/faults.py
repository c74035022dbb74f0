"""The fault modes that a test asks for; see firecracker-double for the list."""

import os

KNOWN = (
    "exit-before-bind never-bind bind-never-answer ignore-sigterm slow-create slow-start crash-on-load stdout-closed "
    "no-guest exit"
).split()


def read(socket_path):
    """A dictionary of modes to their values (text after `=`, or empty)."""
    words = os.environ.get("FIRECRACKER_DOUBLE_FAULT", "").split()
    for directory in {os.path.dirname(socket_path) or ".", "."}:
        try:
            with open(os.path.join(directory, "fault")) as file:
                words += file.read().split()
        except FileNotFoundError:
            continue
    faults = {word.partition("=")[0]: word.partition("=")[2] for word in words}
    unknown = [name for name in faults if name not in KNOWN]
    if unknown:
        raise ValueError("unknown fault mode %s; there are: %s" % (" ".join(unknown), " ".join(KNOWN)))
    return faults
