package dev.execlaw.doctor.check;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What this installation itself knows: its images, its ledger, its probe guest. */
public interface Installation {

    /** The images, each looked at as before a start. */
    List<ImageState> images() throws IOException, InterruptedException;

    /** Boots a probe guest with KVM, or tells the verdict of an earlier boot on this host. */
    Probe probe() throws IOException, InterruptedException;

    /** Why this user can have no network of TAP devices on this host; empty where it can. Changes nothing. */
    Optional<String> tapProblem();

    /**
     * Names of the TAP devices, ids of the processes and ids of the sessions that the ledger holds.
     *
     * @return e.g. {@code fctap3}, {@code 4711} and a session's id
     */
    Set<String> ledger() throws IOException;

    /**
     * One image.
     *
     * @param problem why it must not be used, or empty
     */
    record ImageState(String id, String recipe, String problem) {}

    /**
     * What executes guests here.
     *
     * @param accelerator {@code kvm} or {@code tcg}
     * @param reason in plain words
     */
    record Probe(String accelerator, String reason) {}
}
