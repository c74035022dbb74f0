package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.tree.Overlay;
import dev.execlaw.microvm.image.tree.TarReader;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Installs Debian packages into a tree by mmdebstrap: {@code base.tar}, and in {@code debs} the packages of kernel and
 * busybox that belong to the same release.
 *
 * @param release code name
 * @param packages what is installed beside the essential ones
 * @param npm packages from npm, with Node.js; none for neither
 */
record Bootstrap(String release, List<String> packages, List<String> npm) implements Step {

    private static final Duration TIMEOUT = Duration.ofMinutes(20);
    private static final int BUFFER = 1 << 18;
    private static final String NPM_HOOK = "dev/execlaw/microvm/image/install-npm.sh";
    private static final String HOOK = "dev/execlaw/microvm/image/fetch-packages.sh";

    Bootstrap {
        packages = List.copyOf(packages);
        npm = List.copyOf(npm);
    }

    @Override
    public String name() {
        return "packages of Debian " + release;
    }

    @Override
    public Map<String, String> inputs() {
        Map<String, String> inputs = new TreeMap<>(Map.of("release", release, "packages", String.join(" ", packages)));
        if (!npm.isEmpty()) {
            inputs.put("npm", String.join(" ", npm));
        }
        return inputs;
    }

    @Override
    public void run(Workshop workshop) throws IOException, InterruptedException {
        Path scratch = Files.createDirectory(workshop.path("bootstrap"));
        Path debs = Files.createDirectory(workshop.path("debs"));
        Path hook = Files.write(scratch.resolve("fetch-packages"), Overlay.resource(HOOK));
        boolean root = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        List<String> argv = new ArrayList<>(contained(root));
        argv.addAll(List.of(
                "mmdebstrap",
                "--mode=" + (root ? "root" : "unshare"),
                "--variant=minbase",
                "--format=tar",
                "--include=" + String.join(",", packages),
                "--dpkgopt=path-exclude=/usr/share/man/*",
                "--dpkgopt=path-exclude=/usr/share/locale/*",
                "--dpkgopt=path-exclude=/usr/share/doc/*",
                "--dpkgopt=path-include=/usr/share/doc/*/copyright",
                "--customize-hook=sh \"$FETCH_HOOK\" \"$1\" \"$FETCH_TO\""));
        if (!npm.isEmpty()) {
            Path install = Files.write(scratch.resolve("install-npm"), Overlay.resource(NPM_HOOK));
            argv.add("--customize-hook=sh " + install + " \"$1\" " + String.join(" ", npm));
        }
        argv.addAll(List.of(release, workshop.path("base.tar").toString()));
        argv.addAll(AptSources.ofHost(release).lines());
        try {
            Command.of(argv)
                    .timeout(TIMEOUT)
                    .environment(Map.of(
                            "SOURCE_DATE_EPOCH", Long.toString(MakeFilesystem.EPOCH),
                            "TMPDIR", scratch.toString(),
                            "FETCH_HOOK", hook.toString(),
                            "FETCH_TO", debs.toString(),
                            "LC_ALL", "C.UTF-8"))
                    .onLine(line -> workshop.progress().note(line))
                    .runOrThrow();
        } catch (CommandException e) {
            throw new ImageException(
                    "the packages of Debian " + release + " could not be installed into a new tree; is a package mirror"
                            + " reachable (apt-get update)"
                            + (root ? "? " : ", and may this user make user namespaces (package uidmap, /etc/subuid)? ")
                            + e.getMessage(),
                    e);
        }
        workshop.base(new TarReader(new BufferedInputStream(Files.newInputStream(workshop.made("base.tar")), BUFFER)));
    }

    /**
     * What makes the whole family of processes end with this one, and its mounts with them: else a killed build would
     * leave a half-made chroot with /proc mounted in it. Without root mmdebstrap makes its own namespaces.
     */
    private static List<String> contained(boolean root) {
        List<String> argv = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
        if (root) {
            argv.addAll(List.of("unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"));
        }
        return argv;
    }
}
