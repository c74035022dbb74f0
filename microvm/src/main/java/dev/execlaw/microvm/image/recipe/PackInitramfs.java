package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.tree.Cpio;
import dev.execlaw.microvm.image.tree.Overlay;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Packs {@code out/initramfs}: busybox, the modules that are there, and our init. It is not compressed: that would cost
 * an emulated guest more than the reading saves.
 *
 * @param modules in the order they are loaded
 * @param init the script
 */
record PackInitramfs(List<String> modules, String init) implements Step {

    private static final List<String> APPLETS =
            List.of("sh", "mount", "umount", "insmod", "ifconfig", "route", "usleep", "ls", "sed", "switch_root");
    private static final List<String> DIRECTORIES = List.of("bin", "dev", "modules", "proc", "root", "sys");

    PackInitramfs {
        modules = List.copyOf(modules);
    }

    static PackInitramfs of(List<String> modules) throws IOException {
        return new PackInitramfs(modules, Overlay.text("dev/execlaw/guest/initramfs/init"));
    }

    @Override
    public String name() {
        return "initramfs";
    }

    @Override
    public Map<String, String> inputs() {
        return Map.of("init", Digests.sha256(init.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void run(Workshop workshop) throws IOException {
        Cpio cpio = new Cpio();
        DIRECTORIES.forEach(directory -> cpio.directory(directory, 0755));
        cpio.file("init", 0755, init.getBytes(StandardCharsets.UTF_8));
        cpio.file("bin/busybox", 0755, Files.readAllBytes(workshop.made("busybox")));
        APPLETS.forEach(applet -> cpio.link("bin/" + applet, "busybox"));
        StringBuilder order = new StringBuilder();
        for (String module : modules) {
            Path file = workshop.made("modules").resolve(module + ".ko");
            if (Files.exists(file)) {
                cpio.file("modules/" + module + ".ko", 0644, Files.readAllBytes(file));
                order.append(module).append('\n');
            }
        }
        cpio.file("modules/order", 0644, order.toString().getBytes(StandardCharsets.UTF_8));
        Files.write(workshop.out().resolve("initramfs"), cpio.finish());
    }
}
