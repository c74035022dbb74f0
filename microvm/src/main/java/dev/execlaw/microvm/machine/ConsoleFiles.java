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
    private static final String OPEN = "exec 0<>\"$1\" 1>>\"$2\" 2>\"$3\"";

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
        return opened(commandLine, List.of());
    }

    /** The same with more files, which the command finds open and could perhaps not open itself. */
    public List<String> opened(List<String> commandLine, List<Handed> more) {
        StringBuilder script = new StringBuilder(OPEN);
        List<String> argv = new ArrayList<>(List.of(input().toString(), log().toString(), vmmLog().toString()));
        for (Handed file : more) {
            argv.add(file.path().toString());
            script.append(' ')
                    .append(file.descriptor())
                    .append(file.writable() ? "<>" : "<")
                    .append("\"$")
                    .append(argv.size())
                    .append('"');
        }
        script.append("; shift ").append(argv.size()).append("; exec \"$@\"");
        argv.addAll(0, List.of("sh", "-c", script.toString(), "sh"));
        argv.addAll(commandLine);
        return List.copyOf(argv);
    }

    /**
     * A file that the VMM is given open.
     *
     * @param descriptor its number, 5 to 9: shells know no more, and the lower ones are used on the way
     */
    public record Handed(int descriptor, Path path, boolean writable) {

        public Handed {
            if (descriptor < 5 || descriptor > 9) {
                throw new IllegalArgumentException("descriptor is " + descriptor + ", allowed are 5 to 9");
            }
        }
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
