"""Snapshot files. The memory file is the guest's memory as it is; the state file is a header of one JSON line, padded to a
page, then QEMU's stream of device states, then the CRC of all that.

A double's state file is not Firecracker's, and neither reads the other's. Where written pages are tracked, a diff has
those that differ from the last snapshot or load: a page that was written with what it had is not among them, as it would
be with KVM. Where they are not, it has all that were ever written, as mincore(2) would tell. A loaded guest's memory is a
copy of the file, not a private mapping of it, but the file is looked at again for the first diff.
"""

import binascii
import errno
import json
import os

from . import SNAPSHOT_VERSION
from .errors import Fault, os_error

PAGE = 4096
HEADER = 16 * PAGE
BLOCK = 256 * PAGE
MAGIC = "firecracker-double snapshot"


def create(params, guest, dirty, configuration):
    """Writes both files and syncs them. The guest must stand. `dirty` is None where written pages are not tracked."""
    header = {"magic": MAGIC, "version": SNAPSHOT_VERSION, "configuration": configuration}
    text = json.dumps(header).encode()
    if len(text) >= HEADER:
        raise Fault("Create snapshot error: Cannot serialize the microVM state: %d bytes of it" % len(text))
    state = _open(params["snapshot_path"], "snapshot")
    try:
        os.ftruncate(state, 0)
        os.write(state, text.ljust(HEADER - 1) + b"\n")
        guest.save(state)
        os.lseek(state, 0, os.SEEK_END)
        os.write(state, _crc(state).to_bytes(8, "little"))
        os.fsync(state)
    finally:
        os.close(state)
    target = _open(params["mem_file_path"], "memory")
    try:
        size = os.fstat(guest.memory_fd).st_size
        differs = params["snapshot_type"] == "Diff"
        if os.fstat(target).st_size != size or not differs:
            os.ftruncate(target, 0)  # the same inode, as Firecracker rewrites it
            os.ftruncate(target, size)
        if differs and dirty:
            dirty.write(target)
        else:
            copy(guest.memory_fd, target)
        os.fsync(target)
        if dirty:
            dirty.clear()
    finally:
        os.close(target)


class Dirty:
    """Which pages were written: those that differ from what was last saved or loaded (`base`; None: from zeros)."""

    def __init__(self, memory_fd, base):
        self.memory_fd = memory_fd
        self.base = base

    def write(self, target):
        """Writes them to their places in that file."""
        size = os.fstat(self.memory_fd).st_size
        at = 0
        while (at := min(_data(self.memory_fd, at, size), size if self.base is None else _data(self.base, at, size))) < size:
            at -= at % BLOCK
            now = os.pread(self.memory_fd, BLOCK, at)
            then = bytes(len(now)) if self.base is None else os.pread(self.base, len(now), at)
            if now != then:
                for page in range(0, len(now), PAGE):
                    if now[page : page + PAGE] != then[page : page + PAGE]:
                        os.pwrite(target, now[page : page + PAGE], at + page)
            at += BLOCK

    def clear(self):
        """From now on they count from here."""
        base = os.memfd_create("guest-memory-before")
        os.ftruncate(base, os.fstat(self.memory_fd).st_size)
        copy(self.memory_fd, base)
        if self.base is not None:
            os.close(self.base)
        self.base = base


def _data(fd, at, end):
    """Where data begins from there on; `end` where there is none."""
    try:
        return os.lseek(fd, at, os.SEEK_DATA)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return end
        raise


def _open(path, what):
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise Fault(
            "Create snapshot error: Cannot perform open on the %s backing file: %s" % (what, os_error(error))
        ) from None


def copy(source, target):
    """Copies what is data and leaves holes."""
    at, size = 0, os.fstat(source).st_size
    while (at := _data(source, at, size)) < size:
        end = os.lseek(source, at, os.SEEK_HOLE)
        os.lseek(source, at, os.SEEK_SET)
        os.lseek(target, at, os.SEEK_SET)
        while at < end:
            sent = os.sendfile(target, source, None, end - at)
            if sent == 0:
                raise OSError(errno.EIO, "the memory file became shorter")
            at += sent


def _crc(fd, keep=0):
    size = os.fstat(fd).st_size - keep
    at, crc = 0, 0
    while at < size:
        block = os.pread(fd, min(1 << 20, size - at), at)
        crc, at = binascii.crc32(block, crc), at + len(block)
    return crc


class StateFile:
    """An opened and checked state file, positioned where the devices' states begin."""

    def __init__(self, path):
        try:
            self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise failed("Failed to get snapshot state from file: Failed to open snapshot file: " + os_error(error))
        size = os.fstat(self.fd).st_size
        if size < HEADER + 8:
            raise failed("Failed to get snapshot state from file: Failed to load snapshot state from file: too short")
        try:
            header = json.loads(os.pread(self.fd, HEADER, 0))
        except ValueError:
            header = {}
        if not isinstance(header, dict) or header.get("magic") != MAGIC:
            raise failed(
                "Failed to get snapshot state from file: Failed to load snapshot state from file: "
                "Magic value does not match arch"
            )
        if header["version"] != SNAPSHOT_VERSION:
            raise failed(
                "Failed to get snapshot state from file: Failed to load snapshot state from file: "
                "Snapshot version %s is not supported, this one has %s" % (header["version"], SNAPSHOT_VERSION)
            )
        if _crc(self.fd, 8) != int.from_bytes(os.pread(self.fd, 8, size - 8), "little"):
            raise failed(
                "Failed to get snapshot state from file: Failed to load snapshot state from file: "
                "CRC64 validation failed"
            )
        self.configuration = header["configuration"]
        os.lseek(self.fd, HEADER, os.SEEK_SET)


def version_of(path):
    """The format's version, for --describe-snapshot."""
    with open(path, "rb") as file:
        return json.loads(file.read(HEADER))["version"]


def fill(memory_fd, path, size):
    """Fills a guest's memory from a memory file, and gives that back, opened."""
    try:
        source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise failed("Failed to load guest memory: Failed to open memory file: " + os_error(error))
    length = os.fstat(source).st_size
    if length < size:
        raise failed(
            "Failed to load guest memory: Error creating guest memory from file: "
            "the memory file has %d bytes, the guest %d" % (length, size)
        )
    copy(source, memory_fd)
    return source


def failed(text):
    """A load that failed; the process ends after it is told."""
    return Fault("Load snapshot error: Failed to restore from snapshot: " + text)
