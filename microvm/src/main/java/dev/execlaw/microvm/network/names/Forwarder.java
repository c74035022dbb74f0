package dev.execlaw.microvm.network.names;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers guests' DNS queries: listed names from the host's name servers, with the addresses let through before the guest
 * hears of them; every other name is refused. Any thread may use it; each guest is served on virtual threads.
 */
public final class Forwarder implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
    private static final int MOST_AT_ONCE = 256;
    private static final int MOST_ADDRESSES = 16;
    private static final long LEAST_SECONDS = 30;
    private static final long MOST_SECONDS = 3600;

    private final Admission admission;
    private final Upstream upstream;
    private final Semaphore slots = new Semaphore(MOST_AT_ONCE);
    private final Map<Integer, Desk> desks = new ConcurrentHashMap<>();

    /**
     * A forwarder that serves nobody yet.
     *
     * @param servers name servers; those of {@code /etc/resolv.conf} when empty
     */
    public Forwarder(Admission admission, List<InetSocketAddress> servers) {
        this.admission = admission;
        this.upstream = new Upstream(servers, new SecureRandom());
    }

    /**
     * Serves a guest at an address of this host, by UDP and TCP; does nothing when it is served already.
     *
     * @param guest number to tell the admission
     */
    public void serve(int guest, InetSocketAddress address) throws IOException {
        if (!desks.containsKey(guest)) {
            Desk desk = Desk.open(address, message -> answer(guest, message));
            Desk other = desks.putIfAbsent(guest, desk);
            if (other != null) {
                desk.close();
            }
        }
    }

    /** Whether a guest is served. */
    public boolean serves(int guest) {
        return desks.containsKey(guest);
    }

    /** Serves a guest no longer. */
    public void leave(int guest) {
        Desk desk = desks.remove(guest);
        if (desk != null) {
            desk.close();
        }
    }

    /** The answer to a query; empty where none is due. */
    private byte[] answer(int guest, byte[] message) {
        Question question;
        try {
            question = Question.parse(message);
        } catch (MalformedMessageException e) {
            LOG.debug("guest {} sent no DNS query: {}", guest, e.getMessage());
            return new byte[0];
        }
        if (!admission.lists(guest, question.name())) {
            return question.answer(Question.REFUSED, List.of(), 0);
        }
        return switch (question.type()) {
            case Question.TYPE_A -> resolve(guest, question);
            // The guest's network has no IPv6; an empty answer makes it ask for IPv4 at once.
            case Question.TYPE_AAAA, Question.TYPE_SVCB, Question.TYPE_HTTPS ->
                question.answer(Question.NO_ERROR, List.of(), 0);
            default -> question.answer(Question.NOT_IMPLEMENTED, List.of(), 0);
        };
    }

    private byte[] resolve(int guest, Question question) {
        if (!slots.tryAcquire()) {
            return question.answer(Question.SERVER_FAILURE, List.of(), 0);
        }
        try {
            Answer answer = upstream.ask(question);
            List<String> addresses =
                    answer.addresses().stream().distinct().limit(MOST_ADDRESSES).toList();
            long seconds = Math.clamp(answer.seconds(), LEAST_SECONDS, MOST_SECONDS);
            List<String> reached =
                    addresses.isEmpty() ? addresses : admission.admit(guest, question.name(), addresses, seconds);
            return question.answer(answer.status(), reached, seconds);
        } catch (IOException e) {
            LOG.warn("{} was not resolved for guest {}: {}", question.name(), guest, e.getMessage());
            return question.answer(Question.SERVER_FAILURE, List.of(), 0);
        } finally {
            slots.release();
        }
    }

    @Override
    public void close() {
        desks.keySet().forEach(this::leave);
    }
}
