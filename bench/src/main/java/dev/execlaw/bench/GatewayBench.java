package dev.execlaw.bench;

import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.gateway.GatewaySession.MessageText;
import dev.execlaw.gateway.GatewaySession.Route;
import dev.execlaw.gateway.GatewaySettings;
import dev.execlaw.gateway.JettyGateway;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.gateway.Providers;
import dev.execlaw.gateway.TrafficListener;
import dev.execlaw.problem.Problem;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the gateway costs: time to the first token through it against a direct call to the same local provider, in turn in
 * the same run, and how fast one stream goes through with its events read.
 */
public final class GatewayBench {

    private static final int WARM_UP = 1_500;
    private static final int CALLS = 3_000;
    private static final int DELTAS = 300_000;
    private static final String REFERENCE = "execlaw-message-abcdefghijklmnop";
    private static final String BODY =
            "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"" + REFERENCE
                    + "\"}],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"shell\"}}]}";

    private GatewayBench() {}

    /** Runs it; takes no arguments. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory("gwbench");
        try (LocalModel model = new LocalModel()) {
            latency(model, directory.resolve("a.sock"));
            throughput(model, directory.resolve("b.sock"), GatewaySettings.DEFAULTS.coalesce());
            throughput(model, directory.resolve("c.sock"), Duration.ZERO);
        } finally {
            Files.delete(directory);
        }
    }

    private static void latency(LocalModel model, Path socket) throws IOException {
        Counter counter = new Counter();
        model.deltas(5);
        try (JettyGateway _ = gateway(model, socket, counter, Duration.ofMillis(50))) {
            byte[] direct = request("/v1");
            byte[] through = request("/s/b/v1");
            SocketAddress gatewayAddress = UnixDomainSocketAddress.of(socket);
            long[] directTimes = new long[CALLS];
            long[] throughTimes = new long[CALLS];
            for (int i = -WARM_UP; i < CALLS; i++) {
                long one = firstToken(model.address(), direct);
                long other = firstToken(gatewayAddress, through);
                if (i >= 0) {
                    directTimes[i] = one;
                    throughTimes[i] = other;
                }
            }
            print("time to first token, %,d calls each, one after the other".formatted(CALLS));
            row("", "p50 ms", "p99 ms");
            row("direct", ms(at(directTimes, 50)), ms(at(directTimes, 99)));
            row("through the gateway", ms(at(throughTimes, 50)), ms(at(throughTimes, 99)));
            row(
                    "added (target: p50 <= 1, p99 <= 5)",
                    ms(at(throughTimes, 50) - at(directTimes, 50)),
                    ms(at(throughTimes, 99) - at(directTimes, 99)));
        }
    }

    private static void throughput(LocalModel model, Path socket, Duration coalesce) throws IOException {
        Counter counter = new Counter();
        model.deltas(DELTAS);
        try (JettyGateway _ = gateway(model, socket, counter, coalesce)) {
            SocketAddress address = UnixDomainSocketAddress.of(socket);
            byte[] request = request("/s/b/v1");
            whole(address, request);
            counter.events.reset();
            counter.characters.reset();
            long start = System.nanoTime();
            whole(address, request);
            double seconds = (System.nanoTime() - start) / 1e9;
            if (counter.characters.sum() != (long) DELTAS * LocalModel.TOKEN.length()) {
                throw new IllegalStateException("lost text: " + counter.characters.sum() + " characters told");
            }
            print("%nthroughput of one stream of %,d deltas, joined within %d ms"
                    .formatted(DELTAS, coalesce.toMillis()));
            row("deltas read and passed on /s", "%,.0f".formatted(DELTAS / seconds), "");
            row(
                    "events told /s" + (coalesce.isZero() ? " (target: 50,000)" : ""),
                    "%,.0f".formatted(counter.events.sum() / seconds),
                    "");
        }
    }

    private static JettyGateway gateway(LocalModel model, Path socket, Counter counter, Duration coalesce) {
        GatewaySettings base = GatewaySettings.DEFAULTS;
        GatewaySettings settings = new GatewaySettings(
                base.maxBodyBytes(),
                base.maxHeaderBytes(),
                base.maxAnswerBytes(),
                base.maxOutputChars(),
                base.callsPerSession(),
                base.connectionsPerSession(),
                base.keepAlive(),
                coalesce,
                base.connectTimeout(),
                base.silence(),
                base.retries(),
                base.retryDelay(),
                base.requestTime(),
                base.roomBytes());
        Providers providers = new Providers(List.of(new ProviderSettings(
                "local", "Local", ProviderSettings.Kind.OPENAI_COMPATIBLE, model.url(), false, List.of())));
        JettyGateway gateway = JettyGateway.start(providers, settings);
        Route route = new Route("local", "m", null, null, null, null);
        gateway.open(
                new GatewaySession(
                        "b", "t", () -> route, token -> Optional.of(new MessageText("m1", "hello")), counter),
                UnixDomainSocketAddress.of(socket));
        return gateway;
    }

    private static byte[] request(String base) {
        return ("POST " + base
                        + "/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nConnection: close\r\n"
                        + "Content-Type: application/json\r\nContent-Length: " + BODY.length() + "\r\n\r\n" + BODY)
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Nanoseconds from connecting until the first token is read. */
    private static long firstToken(SocketAddress address, byte[] request) throws IOException {
        long start = System.nanoTime();
        try (SocketChannel channel = SocketChannel.open(address)) {
            channel.write(ByteBuffer.wrap(request));
            ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
            byte[] wanted = "\"content\"".getBytes(StandardCharsets.US_ASCII);
            while (channel.read(buffer) >= 0) {
                if (contains(buffer, wanted)) {
                    long took = System.nanoTime() - start;
                    drain(channel, buffer);
                    return took;
                }
            }
        }
        throw new IOException("no token came from " + address);
    }

    private static void whole(SocketAddress address, byte[] request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(address)) {
            channel.write(ByteBuffer.wrap(request));
            drain(channel, ByteBuffer.allocate(256 << 10));
        }
    }

    private static void drain(SocketChannel channel, ByteBuffer buffer) throws IOException {
        do {
            buffer.clear();
        } while (channel.read(buffer) >= 0);
    }

    private static boolean contains(ByteBuffer buffer, byte[] wanted) {
        String text =
                StandardCharsets.ISO_8859_1.decode(buffer.duplicate().flip()).toString();
        return text.contains(new String(wanted, StandardCharsets.ISO_8859_1));
    }

    private static long at(long[] times, int percentile) {
        long[] sorted = times.clone();
        Arrays.sort(sorted);
        return sorted[Math.min(sorted.length - 1, sorted.length * percentile / 100)];
    }

    private static String ms(long nanos) {
        return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
    }

    private static void row(String name, String first, String second) {
        print("  %-32s %14s %14s".formatted(name, first, second));
    }

    @SuppressWarnings("SystemOut")
    private static void print(String line) {
        System.out.println(line);
    }

    /** Counts what it is told. */
    private static final class Counter implements TrafficListener {
        private final LongAdder events = new LongAdder();
        private final LongAdder characters = new LongAdder();

        @Override
        public void callStarted(String message) {}

        @Override
        public void event(EventPayload payload) {
            events.increment();
            if (payload instanceof EventPayload.Message message) {
                characters.add(message.text().length());
            }
        }

        @Override
        public void callFinished(boolean last) {}

        @Override
        public void callFailed(Problem problem) {
            throw new IllegalStateException(problem.detail());
        }
    }
}
