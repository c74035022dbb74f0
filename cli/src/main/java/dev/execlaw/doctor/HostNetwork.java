package dev.execlaw.doctor;

import dev.execlaw.doctor.check.Network;
import dev.execlaw.microvm.image.source.Timeouts;
import dev.execlaw.microvm.image.source.Web;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The network of this host. */
public final class HostNetwork implements Network {

    private static final int DNS_TIMEOUT_MS = 1500;
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration WEB = Duration.ofSeconds(5);

    private final Map<String, String> environment;
    private final int dnsPort;

    /** The network, with the proxies that the environment names. */
    public HostNetwork(Map<String, String> environment) {
        this(environment, 53);
    }

    HostNetwork(Map<String, String> environment, int dnsPort) {
        this.environment = environment;
        this.dnsPort = dnsPort;
    }

    @Override
    public Optional<String> bindProblem(InetSocketAddress address) {
        try (ServerSocket socket = new ServerSocket()) {
            // As the server does: a connection that lingers in TIME_WAIT does not count.
            socket.setReuseAddress(true);
            socket.bind(address);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(reason(e));
        }
    }

    @Override
    public boolean ours(InetSocketAddress address) throws InterruptedException {
        URI health = URI.create("http://" + host(address) + ":" + address.getPort() + "/api/v1/health");
        try (Web web = Web.of(Map.of(), new Timeouts(SECOND, SECOND, SECOND, SECOND))) {
            String body = new String(web.document(health, 64 << 10), StandardCharsets.UTF_8);
            return body.contains("\"driver\"") && body.contains("\"accelerator\"");
        } catch (IOException e) {
            return false;
        }
    }

    /** Asks for the root's name servers: every resolver knows them. */
    @Override
    public Optional<String> dnsProblem(String server) {
        byte[] query = {0x45, 0x58, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1};
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(DNS_TIMEOUT_MS);
            socket.connect(new InetSocketAddress(InetAddress.getByName(server), dnsPort));
            socket.send(new DatagramPacket(query, query.length));
            byte[] answer = new byte[1500];
            DatagramPacket packet = new DatagramPacket(answer, answer.length);
            socket.receive(packet);
            boolean whole = packet.getLength() >= 12 && answer[0] == query[0] && answer[1] == query[1];
            return whole ? Optional.empty() : Optional.of("answers something else than DNS");
        } catch (SocketTimeoutException e) {
            return Optional.of("no answer within " + DNS_TIMEOUT_MS + " ms");
        } catch (IOException e) {
            return Optional.of(reason(e));
        }
    }

    @Override
    public Optional<String> webProblem(URI uri) throws InterruptedException {
        try (Web web = Web.of(environment, new Timeouts(WEB, WEB, WEB, WEB))) {
            return web.status(uri) > 0 ? Optional.empty() : Optional.of("no status");
        } catch (IOException e) {
            return Optional.of(reason(e));
        }
    }

    private static String host(InetSocketAddress address) {
        InetAddress where = address.getAddress();
        if (where == null || where.isAnyLocalAddress()) {
            return "127.0.0.1";
        }
        String text = where.getHostAddress();
        return text.contains(":") ? "[" + text + "]" : text;
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
