package dev.execlaw.doctor.check;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Whether the programs are there that sessions and image builds start. */
final class ToolsCheck implements Check {

    private static final Map<String, String> FOR_SESSIONS = new LinkedHashMap<>();
    private static final Map<String, String> FOR_IMAGES = new LinkedHashMap<>();

    static {
        FOR_SESSIONS.put("qemu-img", "qemu-utils");
        FOR_SESSIONS.put("debugfs", "e2fsprogs");
        FOR_SESSIONS.put("socat", "socat");
        FOR_SESSIONS.put("setsid", "util-linux");
        FOR_IMAGES.put("mkfs.ext4", "e2fsprogs");
        FOR_IMAGES.put("e2fsck", "e2fsprogs");
        FOR_IMAGES.put("mmdebstrap", "mmdebstrap");
        FOR_IMAGES.put("busybox", "busybox-static");
        FOR_IMAGES.put("unsquashfs", "squashfs-tools");
    }

    @Override
    public String name() {
        return "programs";
    }

    @Override
    public Finding run(HostFacts host) {
        Map<String, String> sessions = missing(host, FOR_SESSIONS);
        Map<String, String> images = missing(host, FOR_IMAGES);
        if (sessions.isEmpty() && images.isEmpty()) {
            return Finding.ok("all " + (FOR_SESSIONS.size() + FOR_IMAGES.size()) + " are there");
        }
        Map<String, String> all = new LinkedHashMap<>(sessions);
        all.putAll(images);
        String todo = "apt install " + new TreeSet<>(all.values()).stream().collect(Collectors.joining(" "));
        return sessions.isEmpty()
                ? Finding.warn("no " + String.join(", ", images.keySet()) + ": images cannot be built", todo)
                : Finding.fail("no " + String.join(", ", all.keySet()), todo);
    }

    private static Map<String, String> missing(HostFacts host, Map<String, String> wanted) {
        Map<String, String> missing = new LinkedHashMap<>();
        wanted.forEach((program, debianPackage) -> {
            if (!host.programs().present(program)) {
                missing.put(program, debianPackage);
            }
        });
        return missing;
    }
}
