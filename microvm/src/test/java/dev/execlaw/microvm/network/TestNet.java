package dev.execlaw.microvm.network;

import dev.execlaw.microvm.linux.TestNamespace;
import dev.execlaw.microvm.linux.TestWire;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A small world: this namespace is the host; an "internet" behind it at 198.51.100.0/24 and 203.0.113.0/24 and a "LAN"
 * at 192.168.77.0/24; guests are namespaces with a kernel's own network behind slots' TAP devices.
 */
final class TestNet implements AutoCloseable {

    static final String HOST_OUTSIDE = "198.51.100.1";
    static final String INTERNET = "198.51.100.2";
    static final String INTERNET_ALSO = "203.0.113.5";
    static final String LAN = "192.168.77.2";
    static final int MILLIS = 400;

    final TestNamespace outside = TestNamespace.open();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    TestNet() throws Exception {
        opened.push(outside);
        // A new namespace takes this over from the first one.
        Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "0\n");
        Command.of("ip", "link", "add", "out0", "type", "veth", "peer", "name", "eth0", "netns", outside.path())
                .runOrThrow();
        Command.of("ip", "addr", "add", HOST_OUTSIDE + "/24", "dev", "out0").runOrThrow();
        Command.of("ip", "addr", "add", "192.168.77.1/24", "dev", "out0").runOrThrow();
        Command.of("ip", "link", "set", "out0", "up").runOrThrow();
        Command.of("ip", "route", "add", "default", "via", INTERNET).runOrThrow();
        outside.command("ip", "addr", "add", INTERNET + "/24", "dev", "eth0");
        outside.command("ip", "addr", "add", INTERNET_ALSO + "/24", "dev", "eth0");
        outside.command("ip", "addr", "add", LAN + "/24", "dev", "eth0");
        outside.command("ip", "link", "set", "eth0", "up");
    }

    /** Puts a guest behind an attached slot. */
    Guest guest(Slot slot) throws Exception {
        Guest guest = new Guest(slot);
        opened.push(guest);
        return guest;
    }

    /** A UDP socket that answers every packet with what it came from, in text. */
    Echo echo(TestNamespace namespace, String address, int port) throws Exception {
        Echo echo = new Echo(namespace.in(() -> new DatagramSocket(new InetSocketAddress(address, port))));
        opened.push(echo);
        return echo;
    }

    /** The same in this namespace, the host's. */
    Echo hostEcho(String address, int port) throws Exception {
        Echo echo = new Echo(new DatagramSocket(new InetSocketAddress(address, port)));
        opened.push(echo);
        return echo;
    }

    /** A TCP server that greets everyone with one byte for each that comes. */
    ServerSocket greeter(ServerSocket server) {
        opened.push(server);
        Thread.ofPlatform().daemon(true).name("greeter").start(() -> {
            while (!server.isClosed()) {
                try {
                    Socket peer = server.accept();
                    Thread.ofPlatform().daemon(true).start(() -> repeat(peer));
                } catch (IOException e) {
                    if (!server.isClosed()) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        });
        return server;
    }

    private static void repeat(Socket peer) {
        try (peer;
                InputStream in = peer.getInputStream()) {
            int next = in.read();
            while (next >= 0) {
                peer.getOutputStream().write(next);
                next = in.read();
            }
        } catch (IOException e) {
            // The peer's end is what a cut connection looks like.
            return;
        }
    }

    @Override
    public void close() throws Exception {
        // Before its far end's namespace, which would take it along at a time of its own.
        Command.of("ip", "link", "delete", "out0").runOrThrow();
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    /** A guest with its address and default route. */
    static final class Guest implements AutoCloseable {

        final Slot slot;
        final TestNamespace namespace;
        private final TestWire wire;

        Guest(Slot slot) throws Exception {
            this.slot = slot;
            this.namespace = TestNamespace.open();
            this.wire = new TestWire(slot.tap(), namespace, "eth0");
            // Otherwise a kernel says things of its own accord, and counters tell of them.
            ipv6(false);
            namespace.command("ip", "link", "set", "eth0", "address", slot.mac());
            namespace.command("ip", "addr", "add", slot.guest() + "/30", "dev", "eth0");
            namespace.command("ip", "link", "set", "eth0", "up");
            namespace.command("ip", "route", "add", "default", "via", slot.gateway());
        }

        void ipv6(boolean on) throws Exception {
            namespace.command("sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=" + (on ? 0 : 1));
        }

        /** Sends a UDP packet; gives back the answer, or what did not happen. */
        String ask(String address, int port) throws Exception {
            return ask(slot.guest(), address, port);
        }

        String ask(String source, String address, int port) throws Exception {
            try (DatagramSocket socket = namespace.in(() -> new DatagramSocket(new InetSocketAddress(source, 0)))) {
                return ask(socket, address, port);
            }
        }

        /** The same through a socket that is open. */
        static String ask(DatagramSocket socket, String address, int port) throws Exception {
            byte[] hello = {'h', 'e', 'l', 'l', 'o'};
            socket.send(new DatagramPacket(hello, hello.length, InetAddress.getByName(address), port));
            socket.setSoTimeout(MILLIS);
            DatagramPacket answer = new DatagramPacket(new byte[500], 500);
            try {
                socket.receive(answer);
                return new String(answer.getData(), 0, answer.getLength(), java.nio.charset.StandardCharsets.US_ASCII);
            } catch (SocketTimeoutException e) {
                return "no answer";
            }
        }

        /** Connects by TCP. */
        Socket connect(String address, int port) throws Exception {
            return namespace.in(() -> {
                Socket socket = new Socket();
                socket.connect(new InetSocketAddress(address, port), MILLIS);
                socket.setSoTimeout(MILLIS);
                return socket;
            });
        }

        @Override
        public void close() throws Exception {
            wire.close();
            namespace.close();
        }
    }

    /** Answers until it is closed. */
    static final class Echo implements AutoCloseable {

        final DatagramSocket socket;

        Echo(DatagramSocket socket) {
            this.socket = socket;
            Thread.ofPlatform().daemon(true).name("echo").start(this::run);
        }

        private void run() {
            DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
            while (!socket.isClosed()) {
                try {
                    socket.receive(packet);
                    byte[] from =
                            packet.getAddress().getHostAddress().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
                    socket.send(new DatagramPacket(from, from.length, packet.getSocketAddress()));
                } catch (IOException e) {
                    if (!socket.isClosed()) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}
