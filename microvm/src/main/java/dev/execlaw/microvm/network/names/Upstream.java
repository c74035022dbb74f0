package dev.execlaw.microvm.network.names;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Asks the host's name servers. Any thread; a call blocks for no longer than some seconds. */
final class Upstream {

    private static final Path CONFIGURATION = Path.of("/etc/resolv.conf");
    private static final int PORT = 53;
    private static final int MOST_SERVERS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int LARGEST_UDP = 4096;

    private final List<InetSocketAddress> servers;
    private final RandomGenerator random;

    /**
     * Asks these.
     *
     * @param servers those of {@code /etc/resolv.conf}, read each time, when empty
     */
    Upstream(List<InetSocketAddress> servers, RandomGenerator random) {
        this.servers = List.copyOf(servers);
        this.random = random;
    }

    /** The first answer that some server gives. */
    Answer ask(Question question) throws IOException {
        IOException failure = new IOException("no name server is known; set one in " + CONFIGURATION);
        for (InetSocketAddress server : servers()) {
            try {
                Answer answer = udp(server, question);
                return answer.truncated() ? tcp(server, question) : answer;
            } catch (IOException e) {
                IOException next = new IOException("name server " + server + ": " + e.getMessage(), e);
                next.addSuppressed(failure);
                failure = next;
            }
        }
        throw failure;
    }

    private List<InetSocketAddress> servers() throws IOException {
        if (!servers.isEmpty()) {
            return servers;
        }
        return Files.readAllLines(CONFIGURATION).stream()
                .map(line -> line.strip().split("\\s+", -1))
                .filter(words -> words.length >= 2 && words[0].equals("nameserver"))
                .map(words -> words[1])
                .filter(address -> address.matches("[0-9.]+|[0-9a-fA-F:.]+(%.+)?"))
                .limit(MOST_SERVERS)
                .map(address -> new InetSocketAddress(literal(address), PORT))
                .toList();
    }

    private static InetAddress literal(String address) {
        return InetAddress.ofLiteral(address);
    }

    private Answer udp(InetSocketAddress server, Question question) throws IOException {
        int id = random.nextInt(0x10000);
        byte[] query = question.ask(id);
        long until = System.nanoTime() + PATIENCE.toNanos();
        // Connected: the kernel passes on what comes from that server alone.
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(server);
            socket.send(new DatagramPacket(query, query.length));
            DatagramPacket packet = new DatagramPacket(new byte[LARGEST_UDP], LARGEST_UDP);
            while (true) {
                long left = Duration.ofNanos(until - System.nanoTime()).toMillis();
                if (left <= 0) {
                    throw new SocketTimeoutException("no answer within " + PATIENCE.toSeconds() + " s");
                }
                socket.setSoTimeout((int) left);
                packet.setLength(LARGEST_UDP);
                socket.receive(packet);
                byte[] answer = Arrays.copyOf(packet.getData(), packet.getLength());
                if (answer.length >= 2 && (ByteBuffer.wrap(answer).getShort(0) & 0xffff) == id) {
                    return Answer.parse(answer, question, id);
                }
            }
        }
    }

    private Answer tcp(InetSocketAddress server, Question question) throws IOException {
        int id = random.nextInt(0x10000);
        byte[] query = question.ask(id);
        try (Socket socket = new Socket()) {
            socket.connect(server, (int) PATIENCE.toMillis());
            socket.setSoTimeout((int) PATIENCE.toMillis());
            try (OutputStream out = socket.getOutputStream();
                    InputStream in = socket.getInputStream()) {
                out.write(framed(query));
                DataInputStream data = new DataInputStream(in);
                byte[] answer = new byte[data.readUnsignedShort()];
                data.readFully(answer);
                return Answer.parse(answer, question, id);
            }
        }
    }

    /** A message as TCP carries it: its length goes before it. */
    static byte[] framed(byte[] message) {
        return ByteBuffer.allocate(2 + message.length)
                .putShort((short) message.length)
                .put(message)
                .array();
    }
}
