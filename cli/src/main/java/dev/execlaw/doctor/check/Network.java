package dev.execlaw.doctor.check;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Optional;

/** Asks the network, each question for a second or two at most. */
public interface Network {

    /** Why nothing can listen there, or empty when something can. */
    Optional<String> bindProblem(InetSocketAddress address);

    /** Whether a server of ours answers there. */
    boolean ours(InetSocketAddress address) throws InterruptedException;

    /** Why a name server does not answer, or empty when it does. */
    Optional<String> dnsProblem(String server);

    /** Why an address of the web does not answer, or empty when it does (with any status). */
    Optional<String> webProblem(URI uri) throws InterruptedException;
}
