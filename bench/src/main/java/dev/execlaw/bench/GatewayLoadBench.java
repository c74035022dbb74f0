package dev.execlaw.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.management.OperatingSystemMXBean;
import dev.execlaw.event.EventLog;
import dev.execlaw.event.EventPayload;
import dev.execlaw.event.StoredEventLog;
import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.gateway.GatewaySession.MessageText;
import dev.execlaw.gateway.GatewaySession.Route;
import dev.execlaw.gateway.GatewaySettings;
import dev.execlaw.gateway.JettyGateway;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.gateway.Providers;
import dev.execlaw.gateway.TrafficListener;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.problem.Problem;
import dev.execlaw.store.Database;
import dev.execlaw.store.EventTable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/**
 * Many sessions stream at once through one gateway, their events stored: how much later each token arrives than it was
 * sent, what that costs in processor time against guests that talk to the provider directly, and what stays in memory.
 */
public final class GatewayLoadBench {

    private static final int STREAMS = Integer.getInteger("execlaw.bench.streams", 200);
    private static final int PER_SECOND = 100;
    private static final String BODY =
            "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"execlaw-message-abcdefghijklmnop\"}]}";

    private GatewayLoadBench() {}

    /**
     * Runs it.
     *
     * @param args launcher, data directory, seconds of one round (20 when left out), rounds (3)
     */
    public static void main(String[] args) throws Exception {
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 20;
        int rounds = args.length > 3 ? Integer.parseInt(args[3]) : 3;
        Path directory = Files.createTempDirectory("gwload");
        try (Database database = Database.open(directory.resolve("execlaw.db"));
                PacedModel model = new PacedModel(PER_SECOND, PER_SECOND * seconds)) {
            EventLog log = new StoredEventLog(new EventTable(database), InstantSource.system());
            Round direct = round(_ -> model.address(), _ -> "/v1");
            Figures figures =
                    new Figures(STREAMS + " streams of " + PER_SECOND + " tokens a second, " + seconds + " s");
            figures.add("token sent to token read, direct", direct.delays(), "ms", "");
            try (JettyGateway gateway = gateway(model, log, directory)) {
                round(GatewayLoadBench::socket, directory); // warm
                List<Double> heaps = new ArrayList<>();
                Round last = direct;
                for (int i = 0; i < rounds; i++) {
                    last = round(GatewayLoadBench::socket, directory);
                    heaps.add(usedAfterCollection());
                }
                figures.add("the same through the gateway", last.delays(), "ms", "p99 <= 20 ms")
                        .add("processors, all of it", cores(last.cores), "")
                        .add("processors, of model and guests alone", cores(direct.cores), "")
                        .add("processors, of gateway and log", cores(last.cores - direct.cores), "<= 1.5")
                        .add("heap in use after each round", String.valueOf(heaps), "flat");
                if (!gateway.refusals().isEmpty()) {
                    throw new IllegalStateException("guests were refused: " + gateway.refusals());
                }
            }
            figures.add("events stored", String.valueOf(log.head()), "").print();
        } finally {
            Command.of("rm", "-rf", "--", directory.toString()).runOrThrow();
        }
    }

    private static String cores(double cores) {
        return String.format(Locale.ROOT, "%.2f", cores);
    }

    private static double usedAfterCollection() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return Math.round((runtime.totalMemory() - runtime.freeMemory()) / 1024.0 / 1024.0 * 10) / 10.0;
    }

    private record Round(List<double[]> guests, double cores) {

        double[] delays() {
            return guests.stream().flatMapToDouble(Arrays::stream).toArray();
        }
    }

    private static SocketAddress socket(Path directory, int stream) {
        return UnixDomainSocketAddress.of(directory.resolve("s" + stream + ".sock"));
    }

    @FunctionalInterface
    private interface Sockets {
        SocketAddress of(Path directory, int stream);
    }

    private static Round round(Sockets sockets, Path directory) throws Exception {
        return round(i -> sockets.of(directory, i), i -> "/s/s" + i + "/v1");
    }

    private static Round round(IntFunction<SocketAddress> address, IntFunction<String> base) throws Exception {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        long begin = System.nanoTime();
        List<Future<double[]>> guests = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < STREAMS; i++) {
                SocketAddress to = address.apply(i);
                String path = base.apply(i);
                guests.add(threads.submit(() -> guest(to, path)));
            }
        }
        double cores = (double) (system.getProcessCpuTime() - cpu) / (System.nanoTime() - begin);
        List<double[]> delays = new ArrayList<>();
        for (Future<double[]> guest : guests) {
            delays.add(result(guest));
        }
        return new Round(delays, cores);
    }

    private static double[] result(Future<double[]> guest) throws InterruptedException, IOException {
        try {
            return guest.get();
        } catch (ExecutionException e) {
            throw new IOException("a guest failed: " + e.getCause(), e);
        }
    }

    /** Milliseconds from the sending of each token to its reading. */
    private static double[] guest(SocketAddress address, String base) throws IOException {
        byte[] request = ("POST " + base + "/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n"
                        + "Connection: close\r\nContent-Length: " + BODY.length() + "\r\n\r\n" + BODY)
                .getBytes(US_ASCII);
        double[] delays = new double[1 << 10];
        int count = 0;
        try (SocketChannel channel = SocketChannel.open(address);
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), US_ASCII))) {
            channel.write(ByteBuffer.wrap(request));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                int at = line.indexOf("\"@");
                if (at >= 0) {
                    long sent = Long.parseLong(line.substring(at + 2, line.indexOf(' ', at)));
                    delays = count == delays.length ? Arrays.copyOf(delays, count * 2) : delays;
                    delays[count++] = (System.nanoTime() - sent) / 1e6;
                }
            }
        }
        if (count == 0) {
            throw new IOException("no token came from " + address);
        }
        return Arrays.copyOf(delays, count);
    }

    private static JettyGateway gateway(PacedModel model, EventLog log, Path directory) {
        Providers providers = new Providers(List.of(new ProviderSettings(
                "local", "Local", ProviderSettings.Kind.OPENAI_COMPATIBLE, model.url(), false, List.of())));
        JettyGateway gateway = JettyGateway.start(providers, GatewaySettings.DEFAULTS);
        Route route = new Route("local", "m", null, null, null, null);
        for (int i = 0; i < STREAMS; i++) {
            String id = "s" + i;
            gateway.open(
                    new GatewaySession(
                            id,
                            "t",
                            () -> route,
                            _ -> Optional.of(new MessageText("m1", "hello")),
                            new Writer(log, id)),
                    socket(directory, i));
        }
        return gateway;
    }

    /** Writes what it is told to the log, as a session does. */
    private record Writer(EventLog log, String session) implements TrafficListener {

        @Override
        public void callStarted(String message) {}

        @Override
        public void event(EventPayload payload) {
            log.appendLater(session, payload);
        }

        @Override
        public void callFinished(boolean last) {}

        @Override
        public void callFailed(Problem problem) {
            throw new IllegalStateException(problem.detail());
        }
    }
}
