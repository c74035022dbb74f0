package dev.execlaw.microvm.machine;

import dev.execlaw.microvm.linux.Fifo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that a VMM has as standard input, output and error. They belong to no process, so the VMM goes on when ours
 * ends, and a later one of ours reads on.
 *
 * @param directory the machine's
 */
public record ConsoleFiles(Path directory) {

    /** Opens the FIFO for both ways, so that neither end ever sees the other gone, and appends to the log. */
    private static final String OPEN = "exec 0<>\"$1\" 1>>\"$2\" 2>\"$3\"; shift 3; exec \"$@\"";

    /** What the guest reads, a FIFO. */
    public Path input() {
        return directory.resolve("console.in");
    }

    /** What the guest wrote, over all boots of this directory. */
    public Path log() {
        return directory.resolve("console.log");
    }

    /** What the VMM itself said on standard error, of the last boot. */
    public Path vmmLog() {
        return directory.resolve("vmm.log");
    }

    /** Makes what must be there before the VMM starts. */
    public void prepare() throws IOException {
        // A new one: what the last machine did not read is not meant for this one.
        Files.deleteIfExists(input());
        Fifo.create(input());
        var own = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        if (!Files.exists(log())) {
            Files.createFile(log(), own);
        }
        Files.deleteIfExists(vmmLog());
        Files.createFile(vmmLog(), own);
    }

    /** The command line that opens the files and becomes the given one, in the same process. */
    public List<String> opened(List<String> commandLine) {
        List<String> argv = new ArrayList<>(
                List.of("sh", "-c", OPEN, "sh", input().toString(), log().toString(), vmmLog().toString()));
        argv.addAll(commandLine);
        return List.copyOf(argv);
    }

    /** The end of what the VMM said, for messages: at most {@code max} bytes of it. */
    public String vmmLogTail(int max) {
        try {
            byte[] all = Files.exists(vmmLog()) ? Files.readAllBytes(vmmLog()) : new byte[0];
            int from = Math.max(0, all.length - max);
            String text = new String(all, from, all.length - from, StandardCharsets.UTF_8).strip();
            return text.isEmpty() ? "nothing" : text;
        } catch (IOException e) {
            return "(its log " + vmmLog() + " cannot be read: " + e.getMessage() + ")";
        }
    }
}
