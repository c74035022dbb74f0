package dev.execlaw.microvm.network.names;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One guest's place to ask, by UDP and TCP. What a guest may take of this host is bounded: queries per second, at once,
 * their size, connections and their life. What is beyond is not answered.
 */
final class Desk implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Desk.class);
    private static final int PER_SECOND = 50;
    private static final int BURST = 100;
    private static final int AT_ONCE = 32;
    private static final int CONNECTIONS = 8;
    private static final int LARGEST_QUERY = 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final UnaryOperator<byte[]> answers;
    private final Rate rate = new Rate(PER_SECOND, BURST, System::nanoTime);
    private final Semaphore queries = new Semaphore(AT_ONCE);
    private final Semaphore connections = new Semaphore(CONNECTIONS);

    private Desk(DatagramSocket udp, ServerSocket tcp, UnaryOperator<byte[]> answers) {
        this.udp = udp;
        this.tcp = tcp;
        this.answers = answers;
    }

    /**
     * Opens it and begins to answer.
     *
     * @param answers the answer to a query, empty for none; it may block
     */
    static Desk open(InetSocketAddress address, UnaryOperator<byte[]> answers) throws IOException {
        DatagramSocket udp = new DatagramSocket(address);
        ServerSocket tcp = new ServerSocket();
        try {
            tcp.setReuseAddress(true);
            tcp.bind(address, CONNECTIONS);
        } catch (IOException e) {
            udp.close();
            tcp.close();
            throw e;
        }
        Desk desk = new Desk(udp, tcp, answers);
        Thread.ofVirtual().name("dns-udp-" + address).start(desk::receive);
        Thread.ofVirtual().name("dns-tcp-" + address).start(desk::accept);
        return desk;
    }

    private void receive() {
        while (!udp.isClosed()) {
            DatagramPacket packet = new DatagramPacket(new byte[LARGEST_QUERY], LARGEST_QUERY);
            try {
                udp.receive(packet);
                byte[] query = Arrays.copyOf(packet.getData(), packet.getLength());
                if (rate.take() && queries.tryAcquire()) {
                    Thread.ofVirtual().name("dns-query").start(() -> answer(query, packet));
                }
            } catch (IOException e) {
                failed("receive", e);
            }
        }
    }

    private void answer(byte[] query, DatagramPacket from) {
        try {
            byte[] answer = answers.apply(query);
            if (answer.length > 0) {
                udp.send(new DatagramPacket(answer, answer.length, from.getSocketAddress()));
            }
        } catch (IOException e) {
            failed("send", e);
        } finally {
            queries.release();
        }
    }

    private void accept() {
        while (!tcp.isClosed()) {
            try {
                Socket guest = tcp.accept();
                if (connections.tryAcquire()) {
                    Thread.ofVirtual().name("dns-connection").start(() -> converse(guest));
                } else {
                    guest.close();
                }
            } catch (IOException e) {
                // As when descriptors are used up: what goes on is UDP, which needs none.
                failed("accept any more connections", e);
                return;
            }
        }
    }

    private void converse(Socket guest) {
        try (guest;
                DataInputStream in = new DataInputStream(guest.getInputStream());
                OutputStream out = guest.getOutputStream()) {
            guest.setSoTimeout((int) PATIENCE.toMillis());
            while (true) {
                int length = in.readUnsignedShort();
                if (length > LARGEST_QUERY || !rate.take()) {
                    return;
                }
                byte[] query = new byte[length];
                in.readFully(query);
                byte[] answer = answers.apply(query);
                if (answer.length == 0) {
                    return;
                }
                out.write(Upstream.framed(answer));
            }
        } catch (EOFException e) {
            LOG.trace("guest {} has asked all", guest.getRemoteSocketAddress(), e);
        } catch (IOException e) {
            LOG.debug("a connection of guest {} ended: {}", guest.getRemoteSocketAddress(), e.getMessage());
        } finally {
            connections.release();
        }
    }

    private void failed(String what, IOException e) {
        if (!udp.isClosed()) {
            LOG.warn("cannot {} at {}: {}", what, udp.getLocalSocketAddress(), e.getMessage());
        }
    }

    @Override
    public void close() {
        udp.close();
        try {
            tcp.close();
        } catch (IOException e) {
            LOG.warn("cannot close {}: {}", tcp.getLocalSocketAddress(), e.getMessage());
        }
    }
}
