package dev.execlaw.exec;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;

/** The one SSH client of this server, made when a guest is first entered. Any thread may use it. */
public final class SshGuests implements AutoCloseable {

    private static final long WINDOW = 256 * 1024;

    private final Object lock = new Object();
    private final GuestShell.Patience patience;
    private @Nullable SshClient client;
    private boolean closed;

    public SshGuests() {
        this(GuestShell.Patience.DEFAULT);
    }

    /** With other deadlines, for tests. */
    SshGuests(GuestShell.Patience patience) {
        this.patience = patience;
    }

    /** The way into one machine; connects when it is first used. */
    public GuestShell shell(String name, Door door) {
        return new GuestShell(name, door, this::client, patience);
    }

    /** Whether it was needed so far. */
    boolean started() {
        synchronized (lock) {
            return client != null;
        }
    }

    private SshClient client() throws IOException {
        synchronized (lock) {
            if (closed) {
                throw new IOException("the server is shutting down");
            }
            SshClient known = client;
            if (known == null) {
                known = start();
                client = known;
            }
            return known;
        }
    }

    /** Knows no algorithm but those of today, no file of the user's, no password, and no server's key but the given. */
    private static SshClient start() {
        SshClient made = ClientBuilder.builder()
                .keyExchangeFactories(List.of(
                        ClientBuilder.DH2KEX.apply(BuiltinDHFactories.curve25519),
                        ClientBuilder.DH2KEX.apply(BuiltinDHFactories.curve25519_libssh)))
                .cipherFactories(
                        List.of(BuiltinCiphers.aes128gcm, BuiltinCiphers.aes256gcm, BuiltinCiphers.cc20p1305_openssh))
                .macFactories(List.of(BuiltinMacs.hmacsha256etm, BuiltinMacs.hmacsha512etm))
                .signatureFactories(List.of(BuiltinSignatures.ed25519))
                .compressionFactories(List.of(BuiltinCompressions.none))
                .hostConfigEntryResolver(HostConfigEntryResolver.EMPTY)
                .serverKeyVerifier(GuestShell::verify)
                .build();
        made.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        made.setPasswordIdentityProvider(null);
        made.setUserAuthFactoriesNames("publickey");
        CoreModuleProperties.NIO_WORKERS.set(made, 2);
        CoreModuleProperties.WINDOW_SIZE.set(made, WINDOW);
        CoreModuleProperties.IDLE_TIMEOUT.set(made, Duration.ZERO); // a silent command is not an idle one
        CoreModuleProperties.NIO2_READ_TIMEOUT.set(made, Duration.ZERO);
        CoreModuleProperties.TCP_NODELAY.set(made, true);
        made.start();
        return made;
    }

    @Override
    public void close() {
        SshClient last;
        synchronized (lock) {
            closed = true;
            last = client;
        }
        if (last != null) {
            last.stop();
        }
    }
}
