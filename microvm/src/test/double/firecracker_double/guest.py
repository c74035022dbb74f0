"""The guest: one QEMU, with a machine as near to Firecracker's as QEMU 7.2 has it.

QEMU inherits standard input and output as its serial line, guest memory as a memfd, TAP devices as open descriptors, and
one end of a socket pair for QMP. It dies with this process, however that ends.

An addition of the double: under software emulation the guest's kernel is told to trust the time stamp counter and how
fast it counts, as it would calibrate for ever on a busy host; Firecracker's guests have kvmclock.
"""

import os
import select
import signal
import socket
import stat

from .qmp import Qmp, QmpError

BINARY = "/usr/bin/qemu-system-x86_64"
PR_SET_PDEATHSIG = 1
TRANSLATION_CACHE_MIB = 64
MIB = 1 << 20
SILENT_ENDS = []  # kept open as long as the process lives


class GuestError(Exception):
    """The guest did not come to be, or did not do what was asked."""


class Spec:
    """What a guest is made of: the VMM's resources, and where its console goes."""

    def __init__(self, resources, console):
        self.machine = resources.machine
        self.boot = resources.boot
        self.drives = resources.ordered_drives()
        self.networks = [(config, resources.taps[config["iface_id"]]) for config in resources.networks.values()]
        self.entropy = resources.entropy is not None
        self.vsock = resources.vsock is not None
        self.console = console


def memory(mib):
    """Memory for a guest, all zero."""
    fd = os.memfd_create("guest-memory")
    try:
        os.ftruncate(fd, mib * MIB)
    except OSError as error:
        os.close(fd)
        raise GuestError(
            "Invalid Memory Configuration: Cannot create mmap region: %s (os error %d)"
            % (os.strerror(error.errno), error.errno)
        ) from None
    return fd


def command_line(spec, memory_fd, qmp_fd, wake_fd, kernel, name):
    """QEMU's arguments; `kernel` is None for a guest that is loaded from a snapshot."""
    line = [BINARY, "-name", "guest=firecracker-double-" + name, "-nodefaults", "-no-user-config", "-display", "none"]
    line += ["-action", "reboot=shutdown,shutdown=pause"]
    line += ["-M", "microvm,acpi=on,isa-serial=on,pit=on,pic=on,rtc=on,memory-backend=memory", "-device", "i8042"]
    line += ["-accel", "tcg,thread=multi,tb-size=%d" % TRANSLATION_CACHE_MIB, "-cpu", "max,la57=off"]
    size = spec.machine["mem_size_mib"]
    backend = "memory-backend-file,id=memory,size=%dM,mem-path=/proc/self/fd/%d,share=on" % (size, memory_fd)
    line += ["-object", backend, "-m", "%dM" % size, "-smp", str(spec.machine["vcpu_count"]), "-S"]
    line += ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"]
    line += ["-chardev", "socket,id=qmp,fd=%d" % qmp_fd, "-mon", "chardev=qmp,mode=control"]
    if kernel is None:
        line += ["-incoming", "defer"]
    else:
        line += ["-kernel", kernel.path, "-append", kernel.arguments]
        line += ["-initrd", kernel.initrd] if kernel.initrd else []
    options = "discard=unmap,locking=off"  # Firecracker locks no file either
    for index, drive in enumerate(spec.drives):
        read_only = ",read-only=on" if drive["is_read_only"] else ""
        path = drive["path_on_host"].replace(",", ",,")
        line += ["-blockdev", "driver=file,node-name=file%d,%s%s,filename=%s" % (index, options, read_only, path)]
        line += ["-blockdev", "driver=raw,node-name=disk%d%s,file=file%d" % (index, read_only, index)]
        line += ["-device", "virtio-blk-device,drive=disk%d" % index]
    for index, (config, tap) in enumerate(spec.networks):
        mac = ",mac=" + config["guest_mac"] if config["guest_mac"] else ""
        mtu = ",host_mtu=%d" % config["mtu"] if config["mtu"] else ""
        line += ["-netdev", "tap,id=net%d,fd=%d" % (index, tap)]
        line += ["-device", "virtio-net-device,netdev=net%d%s%s" % (index, mac, mtu)]
    if spec.entropy:
        line += ["-object", "rng-builtin,id=rng", "-device", "virtio-rng-device,rng=rng"]
    if spec.vsock:
        line += ["-chardev", "socket,id=wake,fd=%d" % wake_fd, "-device", "virtio-serial-device,max_ports=2"]
        line += ["-device", "virtserialport,id=wake,chardev=wake,name=execlaw.wake"]
    return line


class Guest:
    """A running QEMU. `exit_cause` is set once the guest has ended: `guest-reset`, or what QEMU did. `wake` is our end of
    the port that stands for vsock, and `listens` whether the guest has it open; see vsock.py."""

    def __init__(self, spec, memory_fd, kernel, name):
        self.memory_fd = memory_fd
        self.spec = spec
        ours, theirs = socket.socketpair()
        self.wake, wakes = socket.socketpair()
        self.listens = False
        self.saved = None
        stderr_read, stderr_write = os.pipe()
        os.set_blocking(stderr_read, False)
        self.stderr = stderr_read
        line = command_line(spec, memory_fd, theirs.fileno(), wakes.fileno(), kernel, name)
        inherited = [memory_fd, theirs.fileno(), wakes.fileno()] + [tap for _, tap in spec.networks]
        self.pid = _spawn(line, inherited, spec.console, stderr_write)
        self.pidfd = os.pidfd_open(self.pid)
        theirs.close()
        wakes.close()
        os.close(stderr_write)
        self.qmp = Qmp(ours)
        self.exit_cause = None
        try:
            self.qmp.greet()
        except QmpError as error:
            said = self.kill()
            raise GuestError("%s; QEMU says: %s" % (error, said)) from None

    def run(self):
        """Lets the vCPUs go."""
        if self.saved is not None:
            os.close(self.saved)
            self.saved = None
        self.qmp.call("cont")

    def pause(self):
        """Stops the vCPUs."""
        self.qmp.call("stop")

    def press(self):
        """Presses Ctrl, Alt and Delete on the keyboard that hangs on the i8042."""
        keys = [{"type": "qcode", "data": key} for key in ("ctrl", "alt", "delete")]
        self.qmp.call("send-key", {"keys": keys})

    def save(self, fd):
        """Writes the devices' state to that descriptor; the vCPUs must stand. RAM is in `memory_fd`."""
        if self.saved is None:
            # QEMU tells its state only once while it stands; it stays the same until the vCPUs go.
            self.saved = os.memfd_create("guest-devices")
            self._transfer("migrate", self.saved)
        at = 0
        while block := os.pread(self.saved, 1 << 20, at):
            at += os.write(fd, block)

    def load(self, fd):
        """Takes the devices' state from that descriptor."""
        self._transfer("migrate-incoming", fd)

    def _transfer(self, command, fd):
        wanted = [{"capability": name, "state": True} for name in ("x-ignore-shared", "events")]
        self.qmp.call("migrate-set-capabilities", {"capabilities": wanted})
        self.qmp.call("getfd", {"fdname": "state"}, fds=[fd])
        self.qmp.call(command, {"uri": "fd:state"})
        end = self.qmp.await_event("MIGRATION", 60, lambda data: data["status"] in ("completed", "failed"))
        if end["status"] == "failed":
            raise QmpError("QEMU did not %s the state: %s" % (command, self.kill() if self.dead() else "see its log"))

    def look(self):
        """Takes in QEMU's events and end; call it when `qmp` or `pidfd` is readable."""
        open_still = self.qmp.pump()
        for event in self.qmp.events:
            if event["event"] == "SHUTDOWN" and event["data"]["reason"] in ("guest-reset", "guest-panic"):
                self.exit_cause = "guest-reset"
            elif event["event"] == "VSERPORT_CHANGE":
                self.listens = event["data"]["open"]
        self.qmp.events.clear()
        if self.exit_cause is None and (not open_still or self.dead()):
            self.exit_cause = "QEMU ended: " + self.kill()

    def dead(self):
        """Whether QEMU has ended."""
        return bool(select.select([self.pidfd], [], [], 0)[0])

    def kill(self):
        """Ends QEMU, waits until it is gone, and gives its status and last words."""
        if self.pid is None:
            return "nothing more"
        signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        self.pid = None
        try:
            said = os.read(self.stderr, 65536).decode(errors="replace").strip()
        except BlockingIOError:
            said = ""
        return "status %d, %s" % (os.waitstatus_to_exitcode(status), said or "nothing said")


def _spawn(line, inherited, console, stderr):
    """Starts QEMU with the console's two descriptors as standard input and output, to die with this process."""
    import ctypes  # slow to load, and a process that boots nothing needs it not

    libc = ctypes.CDLL(None)
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # the parent died before it was said that this one shall too
        for fd in inherited:
            os.set_inheritable(fd, True)
        # Above all numbers that are set here, so that none is overwritten before it is copied.
        copies = [os.dup(fd) for fd in (*console, stderr)]
        for number, copy in enumerate(copies):
            os.dup2(copy, number)
        os.execve(line[0], line, {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    except OSError as error:
        os.write(2, ("cannot run %s: %s" % (line[0], error)).encode())
    finally:
        os._exit(127)


def stdio():
    """The process's own standard input and output; input only where Firecracker reads it: from a terminal or a FIFO."""
    if os.isatty(0) or stat.S_ISFIFO(os.fstat(0).st_mode):
        return 0, 1
    return silence(), 1


def silence():
    """An input that never says anything and never ends."""
    read, write = os.pipe()
    SILENT_ENDS.append(write)
    return read
