"""A TAP device, opened by name as a VMM opens it."""

import errno
import fcntl
import os
import struct

from .errors import Fault, os_error

TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
IFF_VNET_HDR = 0x4000


def open_named(name):
    """A descriptor of the TAP device; a busy one, or one of somebody else, is refused."""
    if not 0 < len(name.encode()) < 16:
        raise _refused("Invalid interface name")
    try:
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _refused("Couldn't open /dev/net/tun: " + os_error(error)) from None
    try:
        flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
        return fd
    except OSError as error:
        os.close(fd)
        if error.errno == errno.EBADFD:
            error = OSError(errno.EBUSY, "")
        raise _refused(
            "Error while creating ifreq structure: %s. Invalid TUN/TAP Backend provided by %s. "
            "Check our documentation on setting up the network devices." % (os_error(error), name)
        ) from None


def _refused(text):
    return Fault("Network config error: Could not create the network device: Open tap device failed: " + text)
