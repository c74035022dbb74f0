"""The parts of firecracker-double: http, requests (JSON to actions), vmm (state and actions), guest (QEMU), snapshot."""

VERSION = "1.17.0"
SNAPSHOT_VERSION = "11.0.0"
WHAT = "This is ExeClaw's double of Firecracker, for tests: it runs guests under QEMU and isolates nothing."
