package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.config.ListenAddress;
import dev.execlaw.microvm.image.Image;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;

/** {@code execlaw up} over a daemon that does nothing, in a process of its own. */
final class DaemonDouble implements DaemonStarter {

    private final boolean hangs;

    private DaemonDouble(boolean hangs) {
        this.hangs = hangs;
    }

    /** First argument: {@code stops} or {@code hangs}; the rest are options of {@code up}. */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        UpCommand up = new UpCommand(new DaemonDouble(args[0].equals("hangs")), DaemonDouble::noImage);
        System.exit(new CommandLine(up)
                .setOut(out)
                .setExecutionExceptionHandler((e, _, _) -> {
                    System.err.println(e.getMessage());
                    return 1;
                })
                .execute(List.of(args).subList(1, args.length).toArray(String[]::new)));
    }

    @Override
    public RunningDaemon start(Config config, DataDirectory data, BuildId build, Optional<String> token) {
        return new RunningDaemon() {
            @Override
            public ListenAddress address() {
                return new ListenAddress("127.0.0.1", 4321);
            }

            @Override
            public String token() {
                return token.orElse("made+one");
            }

            @Override
            public List<String> stop() {
                if (hangs) {
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
                return List.of("2 sessions were stopped");
            }
        };
    }

    private static Image noImage(Config config, DataDirectory data) {
        return new Image(
                "0000000000000000",
                "none",
                data.images(),
                data.images().resolve("kernel"),
                null,
                data.images().resolve("rootfs"),
                new Image.Agent("reference", "0"));
    }
}
