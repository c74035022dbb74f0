package dev.execlaw.doctor.check;

import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether QEMU is there, new enough, and knows the microvm machine. */
final class QemuCheck implements Check {

    private static final Pattern VERSION = Pattern.compile("version (\\d+)\\.(\\d+)[\\d.]*");
    private static final String INSTALL = "apt install qemu-system-x86";

    @Override
    public String name() {
        return "qemu";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        Optional<CommandResult> told = host.programs().run(List.of("qemu-system-x86_64", "--version"));
        if (told.isEmpty()) {
            return Finding.fail("there is no qemu-system-x86_64", INSTALL);
        }
        Matcher matcher = VERSION.matcher(told.get().stdout());
        if (!told.get().succeeded() || !matcher.find()) {
            return Finding.fail(
                    "qemu-system-x86_64 --version ended with status "
                            + told.get().status() + " and no version",
                    "install it again: " + INSTALL);
        }
        String seen = "QEMU " + matcher.group().substring("version ".length());
        Optional<CommandResult> machines = host.programs().run(List.of("qemu-system-x86_64", "-M", "help"));
        if (machines.isEmpty() || !machines.get().stdout().contains("microvm")) {
            return Finding.fail(seen + " without the microvm machine", "use a build that has it: " + INSTALL);
        }
        int version = Integer.parseInt(matcher.group(1)) * 1000 + Integer.parseInt(matcher.group(2));
        return version >= 7002
                ? Finding.ok(seen)
                : Finding.warn(seen, "from 7.2 on is tried; older ones may lack what machines need: " + INSTALL);
    }
}
