package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.image.Elf;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The programs that the driver calls, looked at before a machine depends on them. */
final class Programs {

    private static final Logger LOG = LoggerFactory.getLogger(Programs.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final String SETUP = "; set it up: execlaw setup firecracker";

    private Programs() {}

    /** Makes sure that all are there, run here and fit each other; gives back Firecracker's version. */
    static FirecrackerVersion check(FirecrackerSettings settings) throws MachineException {
        FirecrackerVersion version = version("Firecracker", settings.binary());
        switch (VersionVerdict.of(version)) {
            case VersionVerdict.Good _ -> LOG.debug("{} is Firecracker {}", settings.binary(), version);
            case VersionVerdict.Flawed(String fault) ->
                LOG.warn("{} is Firecracker {}: {}", settings.binary(), version, fault);
            case VersionVerdict.Refused(String reason) ->
                throw new MachineException(
                        settings.binary() + " is Firecracker " + version + ", which is not used: " + reason + SETUP);
        }
        Path jailer = settings.jailer();
        if (jailer == null) {
            require("setpriv");
            return version;
        }
        FirecrackerVersion jailers = version("the jailer", jailer);
        if (!jailers.equals(version)) {
            throw new MachineException("the jailer " + jailer + " is of release " + jailers + ", Firecracker "
                    + settings.binary() + " of " + version + "; use both of one release" + SETUP);
        }
        return version;
    }

    /** Version of the data format of its snapshots: no other one is read. */
    static FirecrackerVersion snapshotVersion(Path binary) throws MachineException {
        String told = run(binary.toString(), "--snapshot-version");
        return FirecrackerVersion.find(told)
                .orElseThrow(() -> new MachineException(
                        binary + " --snapshot-version told \"" + told.strip() + "\", which is no version" + SETUP));
    }

    private static FirecrackerVersion version(String what, Path program) throws MachineException {
        if (!Files.isRegularFile(program)) {
            throw new MachineException(what + " is not at " + program + SETUP);
        }
        if (!Files.isExecutable(program)) {
            throw new MachineException(program + " may not be executed; chmod a+x " + program);
        }
        architecture(what, program);
        String told = run(program.toString(), "--version");
        return FirecrackerVersion.find(told)
                .orElseThrow(() -> new MachineException(program + " --version told \"" + told.strip()
                        + "\", which is no version; is it " + what + "?"));
    }

    private static void architecture(String what, Path program) throws MachineException {
        try {
            Optional<Elf> elf = Elf.read(program);
            if (elf.isEmpty() && !isScript(program)) {
                throw new MachineException(program + " is no program: it is neither an ELF file nor a script" + SETUP);
            }
            if (elf.isPresent()
                    && !(elf.get().bits() == 64 && elf.get().machine().equals(Elf.hostMachine()))) {
                throw new MachineException(
                        what + " at " + program + " is a " + elf.get().bits() + "-bit program for "
                                + elf.get().machine() + ", this host is " + Elf.hostMachine() + SETUP);
            }
        } catch (IOException e) {
            throw new MachineException(program + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static boolean isScript(Path program) throws IOException {
        try (InputStream in = Files.newInputStream(program)) {
            return new String(in.readNBytes(2), StandardCharsets.ISO_8859_1).equals("#!");
        }
    }

    private static void require(String program) throws MachineException {
        run(program, "--version");
    }

    private static String run(String program, String argument) throws MachineException {
        try {
            return Command.of(List.of(program, argument))
                    .bareEnvironment()
                    .timeout(TIMEOUT)
                    .runOrThrow()
                    .stdout();
        } catch (CommandException e) {
            throw new MachineException(program + " does not run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MachineException("interrupted while asking " + program + " for its " + argument.substring(2), e);
        }
    }
}
