"""What a microVM is configured with. Files and TAP devices are opened when they are named, as the process's own account."""

import json
import os

from . import bodies, guest, shapes, tap, tsc, vsock
from .errors import Fault, os_error
from .log import open_nonblock
from .requests import Action

DEFAULT_ARGUMENTS = (
    "reboot=k panic=1 nomodule 8250.nr_uarts=0 i8042.noaux i8042.nomux i8042.dumbkbd swiotlb=noforce"
)
MOST_ARGUMENTS = 2048


class Kernel:
    """A kernel to boot: its path, its command line, perhaps an initrd."""

    def __init__(self, path, arguments, initrd):
        self.path = path
        self.arguments = arguments
        self.initrd = initrd


class Resources:
    """All of the configuration. Method names are those of the actions that set or show it."""

    def __init__(self, options, log, metrics, instance, counts):
        self.options = options
        self.log = log
        self.metrics = metrics
        self.instance = instance
        self.counts = counts  # whether the pace of the time stamp counter is wanted
        self.machine = {"vcpu_count": 1, "mem_size_mib": 128, "smt": False, "track_dirty_pages": False}
        self.machine["huge_pages"] = "None"
        self.boot = None
        self.drives, self.networks, self.pmem, self.taps = {}, {}, {}, {}
        self.entropy = self.vsock = self.balloon = self.hotplug = self.mmds_config = self.cpu = None
        self.mmds = self.vsock_socket = self.counter = None
        self.console = None
        self.boot_path = False  # set by every request about the boot, even by a refused one: then no load

    def put_boot_source(self, body):
        self.boot_path = True
        self._readable(body["kernel_image_path"], "Boot source error: The kernel file cannot be opened: %s")
        if body["initrd_path"] is not None:
            text = "Boot source error: The initrd file cannot be opened due to invalid path or invalid permissions. %s"
            self._readable(body["initrd_path"], text)
        if len(body["boot_args"] or "") > MOST_ARGUMENTS:
            raise Fault("Boot source error: The kernel command line is invalid: String is too long")
        self.boot = body
        if self.counter is None and self.counts:
            self.counter = tsc.Counter()

    @staticmethod
    def _readable(path, text):
        try:
            os.close(os.open(path, os.O_RDONLY))
        except OSError as error:
            raise Fault(text % os_error(error)) from None

    def kernel(self):
        """What InstanceStart boots; refused where it is no kernel."""
        if self.boot is None:
            raise Fault("Start microvm error: Cannot start microvm without kernel configuration.")
        path = self.boot["kernel_image_path"]
        with open(path, "rb") as file:
            start = file.read(0x210)
        if start[:4] != b"\x7fELF" and start[0x202:0x206] != b"HdrS":
            raise Fault(
                "Start microvm error: Cannot load kernel due to invalid memory configuration or invalid kernel image: "
                "Kernel Loader: failed to load Elf kernel image: Invalid Elf magic number"
            )
        arguments = self.boot["boot_args"]
        words = [DEFAULT_ARGUMENTS if arguments is None else arguments]
        if not self.options.get("enable-pci") and "pci=off" not in words[0].split():
            words.append("pci=off")
        for drive in self.drives.values():
            if drive["is_root_device"]:
                root = "PARTUUID=" + drive["partuuid"] if drive["partuuid"] else "/dev/vda"
                words += ["root=" + root, "ro" if drive["is_read_only"] else "rw"]
        return Kernel(path, " ".join(words), self.boot["initrd_path"])

    def clock(self):
        """What the double adds to the kernel's command line; see guest.py."""
        return " tsc=reliable clocksource=tsc tsc_early_khz=%d" % self.counter.kilohertz()

    def put_machine_config(self, body):
        self.boot_path = True
        self._machine({**body})

    def patch_machine_config(self, body):
        self.boot_path = True
        self._machine({**self.machine, **{name: value for name, value in body.items() if value is not None}})

    def _machine(self, wanted):
        count, mib = wanted["vcpu_count"], wanted["mem_size_mib"]
        if not 1 <= count <= 32 or (wanted["smt"] and count > 1 and count % 2):
            raise Fault(
                "Machine config error: The number of vCPUs must be greater than 0, less than 32 and must be 1 or an "
                "even number if SMT is enabled."
            )
        if mib == 0 or (wanted["huge_pages"] == "2M" and mib % 2):
            raise Fault(
                "Machine config error: The memory size (MiB) is either 0, or not a multiple of the configured page "
                "size."
            )
        if wanted.get("cpu_template") in (None, "None"):
            wanted.pop("cpu_template", None)
        self.machine = wanted

    def get_machine_config(self, _):
        return self.machine

    def put_cpu_config(self, body):
        self.cpu = {name: value for name, value in body.items() if value is not None}

    def put_drive(self, body):
        self.boot_path = True
        others = [drive for name, drive in self.drives.items() if name != body["drive_id"]]
        if body["is_root_device"] and any(drive["is_root_device"] for drive in others):
            raise Fault("Drive config error: A root block device already exists!")
        if (body["path_on_host"] is None) == (body["socket"] is None):
            raise Fault("Drive config error: Unable to create the virtio block device: Invalid block config")
        if body["socket"] is not None:
            raise Fault("Drive config error: the double has no vhost-user-block backend")
        body["is_read_only"] = bool(body["is_read_only"])
        body["io_engine"] = body["io_engine"] or "Sync"
        self._check_drive(body, "Drive config error: Unable to create the virtio block device: ")
        self.drives[body["drive_id"]] = body

    @staticmethod
    def _check_drive(drive, prefix):
        path = drive["path_on_host"]
        try:
            os.close(os.open(path, os.O_RDONLY if drive["is_read_only"] else os.O_RDWR))
        except OSError as error:
            text = "%sVirtio backend error: Error manipulating the backing file: %s %s"
            raise Fault(text % (prefix, os_error(error), path)) from None

    def patch_drive(self, body):
        drive = self.drives.get(body["drive_id"])
        if drive is None:
            raise Fault("Drive config error: Invalid block device ID - not found: " + body["drive_id"])
        if body["path_on_host"] is None and body["rate_limiter"] is None:
            raise Fault("Drive config error: Running method expected different backend.")
        if body["path_on_host"] is not None:
            wanted = {**drive, "path_on_host": body["path_on_host"]}
            self._check_drive(wanted, "Drive config error: Unable to patch the block device: ")
            raise Fault("Drive config error: the double cannot replace the file of a running drive")
        drive["rate_limiter"] = {**(drive["rate_limiter"] or {}), **_given(body["rate_limiter"])}

    def ordered_drives(self):
        """The drives in the order that the guest sees them: the root drive first."""
        return sorted(self.drives.values(), key=lambda drive: not drive["is_root_device"])

    def put_network(self, body):
        self.boot_path = True
        self.plug(body)

    def plug(self, body):
        """Opens the TAP device and remembers the interface."""
        name = body["iface_id"]
        for other in self.networks.values():
            if other["iface_id"] != name and body["guest_mac"] and other["guest_mac"] == body["guest_mac"]:
                raise Fault("Network config error: The MAC address is already in use: " + body["guest_mac"])
        if body["mtu"] is not None and body["mtu"] < 68:
            raise Fault("Network config error: Invalid MTU %d, at least 68" % body["mtu"])
        held = self.networks.get(name)
        if held is not None and held["host_dev_name"] == body["host_dev_name"]:
            os.close(self.taps.pop(name))
        fd = tap.open_named(body["host_dev_name"])
        if name in self.taps:
            os.close(self.taps[name])
        self.networks[name], self.taps[name] = body, fd

    def patch_network(self, body):
        network = self.networks.get(body["iface_id"])
        if network is None:
            raise Fault("Network config error: Invalid interface ID - not found: " + body["iface_id"])
        for way in ("rx_rate_limiter", "tx_rate_limiter"):
            if body[way] is not None:
                network[way] = {**(network[way] or {}), **_given(body[way])}

    def put_pmem(self, body):
        self.boot_path = True
        self._readable(body["path_on_host"], "Pmem device error: Error opening backing file: %s")
        self.pmem[body["id"]] = body

    def patch_pmem(self, body):
        if body["id"] not in self.pmem:
            raise Fault("Pmem device error: Invalid pmem device ID - not found: " + body["id"])
        self.pmem[body["id"]]["rate_limiter"] = body["rate_limiter"]

    def unplug(self, _):
        raise Fault("The requested operation is not supported: PCI is not enabled.")

    def put_vsock(self, body):
        self.boot_path = True
        if body["guest_cid"] < 3:
            raise Fault("Vsock config error: Cannot create vsock device: Invalid CID %d" % body["guest_cid"])
        try:
            backend = vsock.Vsock(body["uds_path"])
        except OSError as error:
            text = "Vsock config error: Cannot create backend for vsock device: Error binding to the host-side Unix "
            raise Fault(text + "socket: " + os_error(error)) from None
        self.vsock, self.vsock_socket = body, backend

    def put_entropy(self, body):
        self.boot_path = True
        self.entropy = body

    def put_serial(self, body):
        if body["serial_out_path"] is not None:
            try:
                self.console = (guest.silence(), open_nonblock(body["serial_out_path"]))
            except OSError as error:
                raise Fault("Serial config error: Failed to open serial output file: " + os_error(error)) from None

    def spec(self):
        """What the guest is made of."""
        return guest.Spec(self, self.console or guest.stdio())

    def put_logger(self, body):
        try:
            self.log.update(body["log_path"], body["level"], body["show_level"])
        except KeyError:
            raise shapes.fault("unknown variant `%s`" % body["level"]) from None
        except OSError as error:
            raise Fault("Logger error: Failed to open log file: " + os_error(error)) from None

    def put_metrics(self, body):
        if self.metrics.fd is not None:
            raise Fault(
                "Metrics error: Cannot initialize the metrics system due to bad user input: "
                "Reinitialization of metrics not allowed."
            )
        extra = {"id": self.instance} if body["emit_id"] else {}
        if body["properties"]:
            extra["properties"] = body["properties"]
        try:
            self.metrics.open(body["metrics_path"], extra)
        except OSError as error:
            text = "Metrics error: Cannot initialize the metrics system due to bad user input: "
            raise Fault(text + os_error(error)) from None

    def get_mmds(self, _):
        return {} if self.mmds is None else self.mmds

    def put_mmds(self, value):
        self._store(value)

    def patch_mmds(self, value):
        if self.mmds is None:
            raise Fault("MMDS error: The MMDS data store is not initialized.")
        self._store(_merged(self.mmds, value))

    def _store(self, value):
        limit = int(self.options.get("mmds-size-limit", self.options["http-api-max-payload-size"]))
        if len(json.dumps(value, separators=(",", ":"))) > limit:
            text = "MMDS limit exceeded error: The MMDS patch request doesn't fit."
            raise Fault(text, status=413)
        self.mmds = value

    def put_mmds_config(self, body):
        self.boot_path = True
        if not body["network_interfaces"]:
            raise Fault(
                "MMDS config error: The list of network interface IDs that allow forwarding MMDS requests is empty."
            )
        if any(name not in self.networks for name in body["network_interfaces"]):
            raise Fault(
                "MMDS config error: The list of network interface IDs provided contains at least one ID that does not "
                "correspond to any existing network interface."
            )
        self.mmds_config = body

    def put_balloon(self, body):
        self.boot_path = True
        self._balloon_size(body["amount_mib"], "Balloon config error: ")
        self.balloon = body

    def _balloon_size(self, mib, prefix):
        if mib > self.machine["mem_size_mib"]:
            raise Fault(prefix + "Amount of pages requested is too large.")

    def get_balloon(self, _):
        return self._with_balloon("Balloon config error: ")

    def _with_balloon(self, prefix):
        if self.balloon is None:
            raise Fault(prefix + "Device not found.")
        return self.balloon

    def patch_balloon(self, body):
        balloon = self._with_balloon("Balloon update error: ")
        self._balloon_size(body["amount_mib"], "Balloon update error: ")
        balloon["amount_mib"] = body["amount_mib"]

    def get_balloon_statistics(self, _):
        balloon = self._with_balloon("Internal VMM error: ")
        if balloon["stats_polling_interval_s"] == 0:
            raise Fault("Internal VMM error: Statistics for the balloon device are not enabled")
        pages = balloon["amount_mib"] * 256
        return {"target_pages": pages, "actual_pages": 0, "target_mib": balloon["amount_mib"], "actual_mib": 0}

    def patch_balloon_statistics(self, body):
        balloon = self._with_balloon("Balloon update error: ")
        if (balloon["stats_polling_interval_s"] == 0) != (body["stats_polling_interval_s"] == 0):
            raise Fault("Balloon update error: Statistics cannot be enabled/disabled after activation.")
        balloon["stats_polling_interval_s"] = body["stats_polling_interval_s"]

    def start_hinting(self, _):
        self._hinting()

    def stop_hinting(self, _):
        self._hinting()

    def get_balloon_hinting(self, _):
        self._hinting()
        return {"host_cmd": 0, "guest_cmd": 0}

    def _hinting(self):
        if not self._with_balloon("Balloon update error: ")["free_page_hinting"]:
            raise Fault("Balloon update error: Free page hinting is not enabled.")

    def put_memory_hotplug(self, body):
        self.boot_path = True
        self.hotplug = body

    def get_memory_hotplug(self, _):
        if self.hotplug is None:
            raise Fault("Internal VMM error: Device not found.")
        return {**self.hotplug, "plugged_size_mib": 0, "requested_size_mib": self.hotplug.get("requested", 0)}

    def patch_memory_hotplug(self, body):
        if self.hotplug is None:
            raise Fault("Memory hotplug update error: Device not found.")
        if body["requested_size_mib"] > self.hotplug["total_size_mib"]:
            raise Fault("Memory hotplug update error: Requested size exceeds the total size.")
        self.hotplug["requested"] = body["requested_size_mib"]

    def get_vm_config(self, _):
        return {
            "balloon": self.balloon,
            "drives": self.ordered_drives(),
            "boot-source": self.boot or {"kernel_image_path": "", "initrd_path": None, "boot_args": None},
            "cpu-config": self.cpu,
            "logger": None,
            "machine-config": self.machine,
            "metrics": None,
            "mmds-config": self.mmds_config,
            "network-interfaces": list(self.networks.values()),
            "vsock": self.vsock,
            "entropy": self.entropy,
            "pmem": list(self.pmem.values()),
            "memory-hotplug": self.hotplug,
        }

    def saved(self):
        """What a snapshot keeps of this; not the MMDS data, nor where log, metrics and serial output go."""
        keys = "machine boot drives networks pmem entropy vsock balloon hotplug mmds_config cpu".split()
        return {key: getattr(self, key) for key in keys}

    def restore(self, saved, params):
        """Takes a snapshot's configuration, with the overrides of its load."""
        for key, value in saved.items():
            setattr(self, key, value)
        self.machine["track_dirty_pages"] = params["track_dirty_pages"] or params["enable_diff_snapshots"]
        for override in params["network_overrides"]:
            if override["iface_id"] not in self.networks:
                raise _unknown("Unknown Network Device")
            self.networks[override["iface_id"]]["host_dev_name"] = override["host_dev_name"]
        if params["vsock_override"] is not None:
            if self.vsock is None:
                raise _unknown("Unknown Vsock Device")
            self.vsock["uds_path"] = params["vsock_override"]["uds_path"]
        for drive in self.drives.values():
            self._check_drive(drive, RESTORING + "Failed to restore devices: Error restoring MMIO devices: Block: ")
        networks, self.networks = self.networks, {}
        for network in networks.values():
            self.plug(network)
        if self.vsock is not None:
            self.put_vsock(self.vsock)


RESTORING = "Load snapshot error: Failed to restore from snapshot: Failed to build microVM from snapshot: "


def _unknown(text):
    return Fault("Load snapshot error: Failed to restore from snapshot: " + text)


def _given(limiter):
    return {name: bucket for name, bucket in limiter.items() if bucket is not None}


def _merged(old, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result


FILE = (
    ("logger", "put_logger", bodies.LOGGER, False),
    ("metrics", "put_metrics", bodies.METRICS, False),
    ("serial", "put_serial", bodies.SERIAL, False),
    ("cpu-config", "put_cpu_config", bodies.CPU_CONFIG, False),
    ("machine-config", "put_machine_config", bodies.MACHINE, False),
    ("boot-source", "put_boot_source", bodies.BOOT_SOURCE, False),
    ("drives", "put_drive", bodies.DRIVE, True),
    ("pmem", "put_pmem", bodies.PMEM, True),
    ("network-interfaces", "put_network", bodies.NETWORK, True),
    ("vsock", "put_vsock", bodies.VSOCK, False),
    ("entropy", "put_entropy", bodies.ENTROPY, False),
    ("balloon", "put_balloon", bodies.BALLOON, False),
    ("memory-hotplug", "put_memory_hotplug", bodies.MEMORY_HOTPLUG, False),
    ("mmds-config", "put_mmds_config", bodies.MMDS_CONFIG, False),
)


def configure_from(raw, vmm):
    """Configures and starts a microVM as a configuration file says."""
    everything = shapes.Shape(**{key: (shapes.ANY, shapes.OPTIONAL) for key, _, _, _ in FILE})
    given = shapes.read(everything, raw)
    for key, name, shape, many in FILE:
        if given[key] is None:
            continue
        for value in given[key] if many else [given[key]]:
            vmm.perform(Action(name, shapes.read(shape, json.dumps(value).encode())))
    vmm.perform(Action("InstanceStart"))
