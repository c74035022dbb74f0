"""The body of every request, by the name of the action it asks for."""

from .shapes import ANY, OPTIONAL, REQUIRED, Enum, ListOf, Shape

TOKENS = Shape(True, size=("u64", REQUIRED), one_time_burst=("u64", OPTIONAL), refill_time=("u64", REQUIRED))
LIMITER = Shape(bandwidth=(TOKENS, OPTIONAL), ops=(TOKENS, OPTIONAL))
TEMPLATE = Enum("C3", "T2", "T2S", "T2CL", "T2A", "V1N1", "None")
HUGE = Enum("None", "Transparent", "2M")

MACHINE = Shape(
    vcpu_count=("u8", REQUIRED),
    mem_size_mib=("usize", REQUIRED),
    smt=("bool", False),
    cpu_template=(TEMPLATE, OPTIONAL),
    track_dirty_pages=("bool", False),
    huge_pages=(HUGE, "None"),
)
MACHINE_UPDATE = Shape(**{name: (kind, OPTIONAL) for name, (kind, _) in MACHINE.fields.items()})
BOOT_SOURCE = Shape(
    kernel_image_path=("string", REQUIRED), initrd_path=("string", OPTIONAL), boot_args=("string", OPTIONAL)
)
DRIVE = Shape(
    drive_id=("string", REQUIRED),
    partuuid=("string", OPTIONAL),
    is_root_device=("bool", REQUIRED),
    cache_type=(Enum("Unsafe", "Writeback"), "Unsafe"),
    is_read_only=("bool", OPTIONAL),
    path_on_host=("string", OPTIONAL),
    rate_limiter=(LIMITER, OPTIONAL),
    io_engine=(Enum("Sync", "Async"), OPTIONAL),
    socket=("string", OPTIONAL),
)
DRIVE_UPDATE = Shape(
    drive_id=("string", REQUIRED), path_on_host=("string", OPTIONAL), rate_limiter=(LIMITER, OPTIONAL)
)
PMEM = Shape(
    id=("string", REQUIRED),
    path_on_host=("string", REQUIRED),
    root_device=("bool", False),
    read_only=("bool", False),
    rate_limiter=(LIMITER, OPTIONAL),
)
PMEM_UPDATE = Shape(id=("string", REQUIRED), rate_limiter=(LIMITER, OPTIONAL))
NETWORK = Shape(
    iface_id=("string", REQUIRED),
    host_dev_name=("string", REQUIRED),
    guest_mac=("string", OPTIONAL),
    mtu=("u16", OPTIONAL),
    rx_rate_limiter=(LIMITER, OPTIONAL),
    tx_rate_limiter=(LIMITER, OPTIONAL),
)
NETWORK_UPDATE = Shape(
    iface_id=("string", REQUIRED), rx_rate_limiter=(LIMITER, OPTIONAL), tx_rate_limiter=(LIMITER, OPTIONAL)
)
VSOCK = Shape(vsock_id=("string", OPTIONAL), guest_cid=("u32", REQUIRED), uds_path=("string", REQUIRED))
ENTROPY = Shape(rate_limiter=(LIMITER, OPTIONAL))
SERIAL = Shape(serial_out_path=("string", OPTIONAL), rate_limiter=(TOKENS, OPTIONAL))
LOGGER = Shape(
    log_path=("string", OPTIONAL),
    level=("string", OPTIONAL),
    show_level=("bool", OPTIONAL),
    show_log_origin=("bool", OPTIONAL),
    module=("string", OPTIONAL),
)
METRICS = Shape(True, metrics_path=("string", REQUIRED), emit_id=("bool", False), properties=(ANY, OPTIONAL))
MMDS_CONFIG = Shape(
    version=(Enum("V1", "V2"), "V1"),
    network_interfaces=(ListOf("string"), REQUIRED),
    ipv4_address=("string", OPTIONAL),
    imds_compat=("bool", False),
)
BALLOON = Shape(
    amount_mib=("u32", REQUIRED),
    deflate_on_oom=("bool", REQUIRED),
    stats_polling_interval_s=("u16", 0),
    free_page_hinting=("bool", False),
    free_page_reporting=("bool", False),
)
BALLOON_UPDATE = Shape(amount_mib=("u32", REQUIRED))
BALLOON_STATISTICS = Shape(stats_polling_interval_s=("u16", REQUIRED))
BALLOON_HINTING = Shape(acknowledge_on_stop=("bool", True))
MEMORY_HOTPLUG = Shape(
    total_size_mib=("u32", REQUIRED), slot_size_mib=("u32", 128), block_size_mib=("u32", 2)
)
MEMORY_HOTPLUG_UPDATE = Shape(requested_size_mib=("u32", REQUIRED))
CPU_CONFIG = Shape(
    kvm_capabilities=(ListOf("string"), OPTIONAL),
    cpuid_modifiers=(ListOf(ANY), OPTIONAL),
    msr_modifiers=(ListOf(ANY), OPTIONAL),
    reg_modifiers=(ListOf(ANY), OPTIONAL),
    vcpu_features=(ListOf(ANY), OPTIONAL),
)
ACTION = Shape(action_type=(Enum("FlushMetrics", "InstanceStart", "SendCtrlAltDel"), REQUIRED))
VM = Shape(state=(Enum("Paused", "Resumed"), REQUIRED))
SNAPSHOT_CREATE = Shape(
    snapshot_type=(Enum("Diff", "Full"), "Full"),
    snapshot_path=("string", REQUIRED),
    mem_file_path=("string", REQUIRED),
)
SNAPSHOT_LOAD = Shape(
    snapshot_path=("string", REQUIRED),
    mem_file_path=("string", OPTIONAL),
    mem_backend=(
        Shape(backend_path=("string", REQUIRED), backend_type=(Enum("File", "Uffd"), REQUIRED)),
        OPTIONAL,
    ),
    enable_diff_snapshots=("bool", False),
    track_dirty_pages=("bool", False),
    resume_vm=("bool", False),
    network_overrides=(
        ListOf(Shape(True, iface_id=("string", REQUIRED), host_dev_name=("string", REQUIRED))),
        [],
    ),
    vsock_override=(Shape(True, uds_path=("string", REQUIRED)), OPTIONAL),
    clock_realtime=("bool", False),
    huge_pages=(Enum("Snapshot", "None", "Transparent", "2M"), "Snapshot"),
)
