package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The programs that the driver calls. */
final class Programs {

    private static final Pattern VERSION = Pattern.compile("QEMU emulator version (.+)");
    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})");
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private Programs() {}

    /** Makes sure that all are there; gives back QEMU's version. */
    static String check(String qemu) throws MachineException {
        require(List.of("socat", "-V"), "socat");
        require(List.of("qemu-img", "--version"), "qemu-utils");
        require(List.of("setsid", "--version"), "util-linux");
        require(List.of("setpriv", "--version"), "util-linux");
        require(List.of("mount", "--version"), "mount");
        Matcher version = VERSION.matcher(require(List.of(qemu, "--version"), "qemu-system-x86"));
        if (!version.find()) {
            throw new MachineException(qemu + " does not tell its version; is it QEMU's system emulator?");
        }
        return version.group(1);
    }

    /** Whether this version can map a file privately that it may only read: since 8.2. */
    static boolean mapsReadOnly(String version) {
        Matcher numbers = NUMBERS.matcher(version);
        if (!numbers.lookingAt()) {
            return false;
        }
        int major = Integer.parseInt(numbers.group(1));
        return major > 8 || (major == 8 && Integer.parseInt(numbers.group(2)) >= 2);
    }

    private static String require(List<String> argv, String debianPackage) throws MachineException {
        try {
            return Command.of(argv).timeout(TIMEOUT).runOrThrow().stdout();
        } catch (CommandException e) {
            throw new MachineException(
                    argv.getFirst() + " does not run; on Debian or Ubuntu: apt-get install " + debianPackage + " ("
                            + e.getMessage() + ")",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MachineException("interrupted while looking for " + argv.getFirst(), e);
        }
    }
}
