package dev.execlaw.microvm.image.recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What every recipe can be told.
 *
 * @param sizeMiB size of the root filesystem, 512 to 1,048,576 MiB; the file is sparse
 * @param nameServers addresses for the guest's resolv.conf, 1 to 3
 * @param agentBinary a nullclaw binary of the guest's architecture; null installs the reference agent in its place
 */
public record BuildOptions(
        int sizeMiB, List<String> nameServers, @Nullable Path agentBinary) {

    private static final Pattern ADDRESS = Pattern.compile("[0-9.]{7,15}|[0-9a-fA-F:.]{2,45}");

    /** 2 GiB, the seed's name servers, the reference agent. */
    public static final BuildOptions DEFAULT = new BuildOptions(2048, List.of("8.8.8.8", "1.1.1.1"), null);

    public BuildOptions {
        if (sizeMiB < 512 || sizeMiB > 1_048_576) {
            throw new IllegalArgumentException("image size is " + sizeMiB + " MiB, allowed are 512 to 1048576");
        }
        nameServers = List.copyOf(nameServers);
        if (nameServers.isEmpty() || nameServers.size() > 3) {
            throw new IllegalArgumentException(
                    nameServers.size() + " name servers are given, resolv.conf takes 1 to 3");
        }
        for (String server : nameServers) {
            if (!ADDRESS.matcher(server).matches()) {
                throw new IllegalArgumentException("name server \"" + server + "\" is not an IP address");
            }
        }
    }

    /** The same with a nullclaw binary. */
    public BuildOptions withAgentBinary(@Nullable Path binary) {
        return new BuildOptions(sizeMiB, nameServers, binary);
    }
}
