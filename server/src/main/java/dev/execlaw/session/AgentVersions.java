package dev.execlaw.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the agents of images said their versions are. A build does not run a stranger's program, so an image's version is
 * known from its first machine on; it is kept in a file, a line for each image. Any thread may use it.
 */
public final class AgentVersions {

    private static final Logger LOG = LoggerFactory.getLogger(AgentVersions.class);

    private final Path file;
    private final Map<String, String> byImage = new ConcurrentHashMap<>();

    /** Reads what is known; a file that is not there, or cannot be read, is told of anew by the next machines. */
    public AgentVersions(Path file) {
        this.file = file;
        try {
            for (String line : Files.readAllLines(file)) {
                String[] parts = line.split(" ", 2);
                if (parts.length == 2) {
                    byImage.put(parts[0], parts[1]);
                }
            }
        } catch (NoSuchFileException _) {
            // the first start
        } catch (IOException e) {
            LOG.warn("{} cannot be read; versions of agents are shown once they are told again", file, e);
        }
    }

    /** The version of the agent in an image, as it said itself. */
    public Optional<String> of(String image) {
        return Optional.ofNullable(byImage.get(image));
    }

    /** A machine's agent said it. */
    void told(String image, String version) {
        if (version.equals(byImage.put(image, version))) {
            return;
        }
        try {
            Files.writeString(file, image + " " + version + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            LOG.warn("{} cannot be written; the version of {} is told again after a restart", file, image, e);
        }
    }
}
