package dev.execlaw.microvm.template;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * All that a template depends on. Where anything of it differs, another template is needed.
 *
 * @param image id of the image
 * @param vcpus of the machine
 * @param memoryMiB of the machine
 * @param nic kind of the network card: {@code tap} or {@code user}
 * @param agent what was typed to start the agent that waits in it; empty for none
 * @param signature {@link dev.execlaw.microvm.machine.Driver#signature}
 */
public record TemplateKey(String image, int vcpus, int memoryMiB, String nic, String agent, String signature) {

    /** Name of the template by content: 32 hexadecimal digits. */
    public String id() {
        String all = String.join("\n", image, String.valueOf(vcpus), String.valueOf(memoryMiB), nic, agent, signature);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
