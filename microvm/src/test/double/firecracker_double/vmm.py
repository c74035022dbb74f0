"""The VMM: what may be asked when, and what it does.

Without a device behind them, though accepted, checked and told back: balloon, memory hotplug, pmem, MMDS, CPU
configuration, rate limiters, huge pages. vsock has one port; see vsock.py. There is no PCI, so nothing is hotplugged, and
a running drive's file cannot be replaced. Uffd backends are refused.
"""

import time

from . import VERSION, snapshot
from .errors import Fault, os_error
from .guest import Guest, GuestError, memory
from .qmp import QmpError
from .resources import Resources

NOT_STARTED, RUNNING, PAUSED = "Not started", "Running", "Paused"
PRE = (
    "put_boot_source put_machine_config patch_machine_config put_cpu_config put_drive put_pmem put_network put_vsock "
    "put_entropy put_serial put_logger put_metrics put_mmds_config put_balloon put_memory_hotplug load_snapshot "
    "InstanceStart"
).split()
POST = (
    "FlushMetrics SendCtrlAltDel patch_drive patch_pmem patch_network unplug pause resume create_snapshot "
    "get_balloon_statistics patch_balloon patch_balloon_statistics start_hinting stop_hinting get_balloon_hinting "
    "get_memory_hotplug patch_memory_hotplug"
).split()


class Vmm:
    """All state of one process. One thread; each action is done when it returns."""

    def __init__(self, instance, arguments, faults, log, metrics):
        self.instance = instance
        self.faults = faults
        self.log = log
        self.metrics = metrics
        self.resources = Resources(arguments, log, metrics, instance, "no-guest" not in faults)
        self.state = NOT_STARTED
        self.guest = None
        self.on_guest = lambda guest: None
        self.on_vsock = lambda fd, served: None
        self.vsock = None
        self.vsock_served = False
        self.saved = False  # whether a snapshot was made since it last ran
        self.dirty = None
        self.fatal = None
        self.keys_wait = False

    def perform(self, action):
        """Does it and gives what it returns: a JSON value, or None."""
        if action.name in PRE and self.state != NOT_STARTED:
            raise Fault("The requested operation is not supported after starting the microVM.")
        if action.name in POST and self.state == NOT_STARTED:
            raise Fault("The requested operation is not supported before starting the microVM.")
        mine = getattr(self, action.name, None)
        if mine is not None:
            return mine(action.body)
        return getattr(self.resources, action.name)(action.body)

    def get_instance(self, _):
        return {"id": self.instance, "state": self.state, "vmm_version": VERSION, "app_name": "Firecracker"}

    def get_version(self, _):
        return {"firecracker_version": VERSION}

    def InstanceStart(self, _):
        kernel = self.resources.kernel()
        try:
            self._start(kernel)
        except (GuestError, QmpError) as error:
            raise Fault("Start microvm error: %s" % error) from None
        time.sleep(float(self.faults.get("slow-start", 0)))
        self._stands(RUNNING)

    def _start(self, kernel):
        if "no-guest" in self.faults:
            return
        kernel.arguments += self.resources.clock()
        guest = Guest(self.resources.spec(), memory(self.resources.machine["mem_size_mib"]), kernel, self.instance)
        guest.run()
        self._adopt(guest, snapshot.Dirty(guest.memory_fd, None))

    def _adopt(self, guest, dirty):
        self.guest = guest
        self.on_guest(guest)
        self.dirty = dirty if self.resources.machine["track_dirty_pages"] else None
        self.vsock = self.resources.vsock_socket
        if self.vsock:
            self.vsock.attach(guest)

    def _stands(self, state):
        """Takes that state. While it is paused vsock is not served: who connects waits."""
        self.state = state
        served = state == RUNNING and self.vsock is not None
        if served and self.saved:
            self.vsock.reset()
        self.saved = self.saved and state != RUNNING
        if served != self.vsock_served:
            self.on_vsock(self.vsock.epoll.fileno(), served)
            self.vsock_served = served

    def FlushMetrics(self, _):
        self.metrics.flush(self.log)

    def SendCtrlAltDel(self, _):
        # A key that is pressed while the vCPUs stand is lost in QEMU; Firecracker's waits in the i8042.
        if self.state == PAUSED:
            self.keys_wait = True
        elif self.guest:
            self._qemu(self.guest.press)

    def pause(self, _):
        if self.state == RUNNING and self.guest:
            self._qemu(self.guest.pause)
        self._stands(PAUSED)

    def resume(self, _):
        if self.state == PAUSED and self.guest:
            self._qemu(self.guest.run)
        self._stands(RUNNING)
        if self.keys_wait:
            self.keys_wait = False
            self.SendCtrlAltDel(None)

    def _qemu(self, call):
        try:
            return call()
        except QmpError as error:
            raise Fault("Internal VMM error: %s" % error) from None

    def create_snapshot(self, params):
        if self.state != PAUSED:
            raise Fault(
                "Create snapshot error: Cannot save the microVM state: "
                "Operation not allowed: save/restore unavailable while running"
            )
        if self.guest is None:
            raise Fault("Create snapshot error: the double has no guest (fault mode no-guest)")
        try:
            self.guest.look()
            snapshot.create(params, self.guest, self.dirty, {**self.resources.saved(), "listens": self.guest.listens})
            self.saved = True
        except (QmpError, OSError) as error:
            raise Fault("Create snapshot error: Cannot save the microVM state: %s" % error) from None
        time.sleep(float(self.faults.get("slow-create", 0)))

    def load_snapshot(self, params):
        if self.resources.boot_path:
            text = "Loading a microVM snapshot not allowed after configuring boot-specific resources."
            raise Fault("Load snapshot error: " + text)
        if "crash-on-load" in self.faults:
            raise SystemExit(150)
        try:
            self._load(params)
        except Fault as error:
            self.fatal = str(error)
            raise
        except (GuestError, QmpError, OSError) as error:
            text = os_error(error) if isinstance(error, OSError) else str(error)
            self.fatal = text
            raise snapshot.failed("Failed to build microVM from snapshot: " + text) from None
        self._stands(RUNNING if params["resume_vm"] else PAUSED)

    def _load(self, params):
        if params["mem_backend"]["backend_type"] == "Uffd":
            raise snapshot.failed("Failed to load guest memory: the double knows no Uffd backend")
        if params["huge_pages"] == "2M":
            raise snapshot.failed("Failed to load guest memory: Cannot restore hugetlbfs backed snapshot by mapping")
        state = snapshot.StateFile(params["snapshot_path"])
        listens = state.configuration.pop("listens")
        self.resources.restore(state.configuration, params)
        size = self.resources.machine["mem_size_mib"]
        memory_fd = memory(size)
        base = snapshot.fill(memory_fd, params["mem_backend"]["backend_path"], size << 20)
        guest = Guest(self.resources.spec(), memory_fd, None, self.instance)
        self._adopt(guest, snapshot.Dirty(memory_fd, base))
        guest.load(state.fd)
        guest.listens = listens
        if params["resume_vm"]:
            guest.run()

    def end(self):
        """Ends the guest, if there is one, and waits until it is gone."""
        if self.guest:
            self.guest.kill()
