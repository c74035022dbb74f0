package dev.execlaw.doctor.check;

import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Whether the data directory's file system shares blocks between copies, which makes clones of disks free; found out by trying. */
final class ReflinkCheck implements Check {

    @Override
    public String name() {
        return "reflink";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        Path existing = host.existingDataDirectory();
        String type = Files.getFileStore(existing).type();
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            return Finding.warn(
                    type + ", not tried: " + existing + " is not writable", "run as the owner of " + existing);
        }
        Path original = Files.createTempFile(existing, ".execlaw-doctor-", ".probe");
        Path copy = original.resolveSibling(original.getFileName() + ".copy");
        try {
            Files.write(original, new byte[8192]);
            Optional<CommandResult> tried =
                    host.programs().run(List.of("cp", "--reflink=always", original.toString(), copy.toString()));
            return tried.isPresent() && tried.get().succeeded()
                    ? Finding.ok(type + " shares blocks")
                    : Finding.warn(
                            type + " shares no blocks: disks are cloned as overlays",
                            "for clones at no cost: execlaw storage init --size 50G, or put the data directory on XFS"
                                    + " (reflink=1) or btrfs");
        } finally {
            Files.deleteIfExists(copy);
            Files.deleteIfExists(original);
        }
    }
}
