"""What can go wrong, as a client sees it."""

import os


class Fault(Exception):
    """A request refused with a `fault_message`."""

    def __init__(self, text, status=400):
        super().__init__(text)
        self.status = status


class Exit(Exception):
    """The end of the process, with its status. What is to be said on the way goes to the log and to standard error."""

    def __init__(self, code, text=""):
        super().__init__(text)
        self.code = code


def os_error(error):
    """An errno as Rust prints it."""
    return "%s (os error %d)" % (os.strerror(error.errno), error.errno)
