package dev.execlaw.microvm.network;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.execlaw.microvm.linux.TestNamespace;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A name server of the tests' internet, and how a guest asks one. Writes its messages by itself. */
final class TestNames implements AutoCloseable {

    /** Each name's answer: addresses, or {@code @alias} to be followed. Names are told with a TTL of 1 s. */
    final Map<String, List<String>> zone = new ConcurrentHashMap<>();

    final AtomicInteger byUdp = new AtomicInteger();
    final AtomicInteger byTcp = new AtomicInteger();
    private final DatagramSocket udp;
    private final ServerSocket tcp;

    TestNames(TestNamespace namespace, String address) throws Exception {
        udp = namespace.in(() -> new DatagramSocket(new InetSocketAddress(address, 53)));
        tcp = namespace.in(() -> new ServerSocket(53, 5, InetAddress.getByName(address)));
        Thread.ofPlatform().daemon(true).name("test-names").start(this::serveUdp);
        Thread.ofPlatform().daemon(true).name("test-names-tcp").start(this::serveTcp);
    }

    private void serveUdp() {
        while (!udp.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(new byte[600], 600);
                udp.receive(packet);
                byUdp.incrementAndGet();
                byte[] answer = answer(Arrays.copyOf(packet.getData(), packet.getLength()), 512);
                udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            } catch (IOException e) {
                if (!udp.isClosed()) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    private void serveTcp() {
        while (!tcp.isClosed()) {
            try (Socket peer = tcp.accept()) {
                byTcp.incrementAndGet();
                DataInputStream in = new DataInputStream(peer.getInputStream());
                byte[] query = new byte[in.readUnsignedShort()];
                in.readFully(query);
                byte[] answer = answer(query, 65_535);
                DataOutputStream out = new DataOutputStream(peer.getOutputStream());
                out.writeShort(answer.length);
                out.write(answer);
            } catch (IOException e) {
                if (!tcp.isClosed()) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    private byte[] answer(byte[] query, int largest) throws IOException {
        String asked = name(query);
        List<String[]> records = new ArrayList<>();
        String owner = asked;
        for (String data : zone.getOrDefault(asked, List.of())) {
            records.add(new String[] {owner, data});
            owner = data.startsWith("@") ? data.substring(1) : owner;
        }
        byte[] full = message(query, 0x8180 | (zone.containsKey(asked) ? 0 : 3), records);
        return full.length <= largest ? full : message(query, 0x8380, List.of());
    }

    private static byte[] message(byte[] query, int flags, List<String[]> records) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(query, 0, 2);
        out.writeShort(flags);
        out.writeShort(1);
        out.writeShort(records.size());
        out.writeInt(0);
        out.write(query, 12, query.length - 12);
        for (String[] record : records) {
            boolean alias = record[1].startsWith("@");
            writeName(out, record[0]);
            out.writeShort(alias ? 5 : 1);
            out.writeShort(1);
            out.writeInt(1);
            ByteArrayOutputStream data = new ByteArrayOutputStream();
            if (alias) {
                writeName(new DataOutputStream(data), record[1].substring(1));
            } else {
                data.write(InetAddress.ofLiteral(record[1]).getAddress());
            }
            out.writeShort(data.size());
            out.write(data.toByteArray());
        }
        return bytes.toByteArray();
    }

    private static String name(byte[] query) {
        StringBuilder name = new StringBuilder();
        for (int at = 12; query[at] != 0; at += query[at] + 1) {
            name.append(name.isEmpty() ? "" : ".").append(new String(query, at + 1, query[at], US_ASCII));
        }
        return name.toString();
    }

    private static void writeName(DataOutputStream out, String name) throws IOException {
        for (String label : name.split("\\.", -1)) {
            out.write(label.length());
            out.write(label.getBytes(US_ASCII));
        }
        out.write(0);
    }

    static byte[] query(String name, int type) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeShort(0x1234);
        out.writeShort(0x0100);
        out.writeShort(1);
        out.writeInt(0);
        out.writeShort(0);
        writeName(out, name);
        out.writeShort(type);
        out.writeShort(1);
        return bytes.toByteArray();
    }

    /** Asks a server as a guest by UDP; gives back the status and then the addresses, or that no answer came. */
    static List<String> ask(TestNet.Guest guest, String server, String name, int type) throws Exception {
        try (DatagramSocket socket =
                guest.namespace.in(() -> new DatagramSocket(new InetSocketAddress(guest.slot.guest(), 0)))) {
            byte[] query = query(name, type);
            socket.send(new DatagramPacket(query, query.length, InetAddress.getByName(server), 53));
            socket.setSoTimeout(3000);
            DatagramPacket packet = new DatagramPacket(new byte[600], 600);
            try {
                socket.receive(packet);
            } catch (SocketTimeoutException e) {
                return List.of("no answer");
            }
            return read(Arrays.copyOf(packet.getData(), packet.getLength()), query.length);
        }
    }

    /** The same by TCP. */
    static List<String> askByTcp(TestNet.Guest guest, String server, String name, int type) throws Exception {
        try (Socket socket = guest.connect(server, 53)) {
            socket.setSoTimeout(3000);
            byte[] query = query(name, type);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeShort(query.length);
            out.write(query);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] answer = new byte[in.readUnsignedShort()];
            in.readFully(answer);
            return read(answer, query.length);
        }
    }

    private static List<String> read(byte[] answer, int questionEnd) throws IOException {
        List<String> read = new ArrayList<>();
        read.add("status " + (answer[3] & 0xf));
        for (int i = 0, at = questionEnd; i < answer[7]; i++, at += 16) {
            read.add(InetAddress.getByAddress(Arrays.copyOfRange(answer, at + 12, at + 16))
                    .getHostAddress());
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
