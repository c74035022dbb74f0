"""Requests to actions: which method and path ask for what, and what is refused before the VMM sees it."""

import json

from . import bodies, shapes
from .errors import Fault


class Action:
    """What the VMM is to do: a name, its arguments, and whether a deprecated field was used."""

    def __init__(self, name, body=None, deprecated=False):
        self.name = name
        self.body = body
        self.deprecated = deprecated


GETS = {
    ("",): "get_instance",
    ("version",): "get_version",
    ("vm", "config"): "get_vm_config",
    ("machine-config",): "get_machine_config",
    ("mmds",): "get_mmds",
    ("balloon",): "get_balloon",
    ("balloon", "statistics"): "get_balloon_statistics",
    ("balloon", "hinting", "status"): "get_balloon_hinting",
    ("hotplug", "memory"): "get_memory_hotplug",
}
PUTS = {
    ("boot-source",): ("put_boot_source", bodies.BOOT_SOURCE),
    ("cpu-config",): ("put_cpu_config", bodies.CPU_CONFIG),
    ("logger",): ("put_logger", bodies.LOGGER),
    ("serial",): ("put_serial", bodies.SERIAL),
    ("metrics",): ("put_metrics", bodies.METRICS),
    ("mmds", "config"): ("put_mmds_config", bodies.MMDS_CONFIG),
    ("vsock",): ("put_vsock", bodies.VSOCK),
    ("entropy",): ("put_entropy", bodies.ENTROPY),
    ("balloon",): ("put_balloon", bodies.BALLOON),
    ("hotplug", "memory"): ("put_memory_hotplug", bodies.MEMORY_HOTPLUG),
    ("snapshot", "create"): ("create_snapshot", bodies.SNAPSHOT_CREATE),
}
PATCHES = {
    ("balloon",): ("patch_balloon", bodies.BALLOON_UPDATE),
    ("balloon", "statistics"): ("patch_balloon_statistics", bodies.BALLOON_STATISTICS),
    ("hotplug", "memory"): ("patch_memory_hotplug", bodies.MEMORY_HOTPLUG_UPDATE),
}
WITH_ID = {
    ("PUT", "drives"): ("put_drive", bodies.DRIVE, "drive_id"),
    ("PUT", "pmem"): ("put_pmem", bodies.PMEM, "id"),
    ("PUT", "network-interfaces"): ("put_network", bodies.NETWORK, "iface_id"),
    ("PATCH", "drives"): ("patch_drive", bodies.DRIVE_UPDATE, "drive_id"),
    ("PATCH", "pmem"): ("patch_pmem", bodies.PMEM_UPDATE, "id"),
    ("PATCH", "network-interfaces"): ("patch_network", bodies.NETWORK_UPDATE, "iface_id"),
}
UNPLUGGED = ("drives", "pmem", "network-interfaces")


def parse(request):
    """The action that a request asks for."""
    tokens = tuple(request.path.strip("/").split("/"))
    method, body = request.method, request.body
    if method in ("GET", "DELETE"):
        if body is not None:
            raise Fault("%s request cannot have a body." % method)
        return _get(tokens) if method == "GET" else _delete(tokens)
    if method == "PATCH" and tokens[:2] == ("balloon", "hinting") and len(tokens) == 3:
        return _hinting(tokens, body)
    if body is None:
        raise Fault("Empty %s request." % method)
    if (method, tokens[0]) in WITH_ID:
        return _with_id(WITH_ID[method, tokens[0]], tokens, body)
    return _put(tokens, body) if method == "PUT" else _patch(tokens, body)


def unknown(method, tokens):
    """No such method there, or no such path."""
    return Fault("Invalid request method and/or path: %s %s." % (method, tokens[0]))


def _get(tokens):
    name = GETS.get(tokens)
    if name is None:
        raise unknown("GET", tokens)
    return Action(name)


def _delete(tokens):
    if tokens[0] not in UNPLUGGED:
        raise unknown("DELETE", tokens)
    return Action("unplug", (tokens[0], _checked(tokens[1] if len(tokens) > 1 else "")))


def _checked(name):
    if not name:
        raise Fault("The ID cannot be empty.")
    if not all(c == "_" or c.isalnum() for c in name):
        raise Fault("API Resource IDs can only contain alphanumeric characters and underscores.")
    return name


def _with_id(route, tokens, raw):
    name, shape, field = route
    path_id = _checked(tokens[1] if len(tokens) > 1 else "")
    body = shapes.read(shape, raw)
    if body[field] != path_id:
        raise Fault(
            "The id from the path [%s] does not match the id from the body [%s]!" % (path_id, body[field])
        )
    return Action(name, body)


def _hinting(tokens, raw):
    if tokens[2] == "start":
        return Action("start_hinting", shapes.read(bodies.BALLOON_HINTING, raw or b"{}"))
    if tokens[2] == "stop":
        return Action("stop_hinting")
    raise unknown("PATCH", tokens)


def _put(tokens, raw):
    if tokens == ("actions",):
        return Action(shapes.read(bodies.ACTION, raw)["action_type"])
    if tokens == ("machine-config",):
        body = shapes.read(bodies.MACHINE, raw)
        return Action("put_machine_config", body, body["cpu_template"] is not None)
    if tokens == ("mmds",):
        return Action("put_mmds", _json(raw))
    if tokens == ("snapshot", "load"):
        return _load(raw)
    if tokens not in PUTS:
        raise unknown("PUT", tokens)
    name, shape = PUTS[tokens]
    body = shapes.read(shape, raw)
    return Action(name, body, name == "put_vsock" and body["vsock_id"] is not None)


def _patch(tokens, raw):
    if tokens == ("vm",):
        return Action({"Paused": "pause", "Resumed": "resume"}[shapes.read(bodies.VM, raw)["state"]])
    if tokens == ("machine-config",):
        body = shapes.read(bodies.MACHINE_UPDATE, raw)
        if all(value is None for value in body.values()):
            raise Fault("Empty PATCH request.")
        return Action("patch_machine_config", body, body["cpu_template"] is not None)
    if tokens == ("mmds",):
        return Action("patch_mmds", _json(raw))
    if tokens not in PATCHES:
        raise unknown("PATCH", tokens)
    name, shape = PATCHES[tokens]
    return Action(name, shapes.read(shape, raw))


def _load(raw):
    body = shapes.read(bodies.SNAPSHOT_LOAD, raw)
    if body["mem_backend"] is not None and body["mem_file_path"] is not None:
        raise shapes.fault("too many fields: either `mem_backend` or `mem_file_path` exclusively is required")
    if body["mem_backend"] is None and body["mem_file_path"] is None:
        raise shapes.fault("missing field: either `mem_backend` or `mem_file_path` is required")
    deprecated = body["mem_file_path"] is not None or body["enable_diff_snapshots"]
    if body["mem_backend"] is None:
        body["mem_backend"] = {"backend_type": "File", "backend_path": body["mem_file_path"]}
    return Action("load_snapshot", body, deprecated)


def _json(raw):
    try:
        return json.loads(raw)
    except ValueError:
        raise shapes.fault("expected value at line 1 column 1") from None
