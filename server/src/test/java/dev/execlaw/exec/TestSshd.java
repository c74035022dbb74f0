package dev.execlaw.exec;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import net.i2p.crypto.eddsa.EdDSAPublicKey;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.shell.ProcessShellFactory;

/** A guest's sshd in this process: the real wire, commands run by this host's bash. */
public final class TestSshd implements AutoCloseable {

    private final GuestKey hostKey = GuestKey.generate();
    private final SshServer server = SshServer.setUpDefaultServer();
    final AtomicInteger connections = new AtomicInteger();

    /** Lets in whoever has this key; null lets nobody in. */
    public volatile PublicKey admitted;

    public TestSshd() throws IOException {
        server.setHost("127.0.0.1");
        server.setPort(0);
        server.setKeyPairProvider(KeyPairProvider.wrap(hostKey.pair()));
        server.setPublickeyAuthenticator((_, key, _) -> key.equals(admitted));
        server.setCommandFactory((_, command) ->
                new ProcessShellFactory(command, List.of("/bin/bash", "-c", command)).createShell(null));
        server.addSessionListener(new SessionListener() {
            @Override
            public void sessionCreated(Session session) {
                connections.incrementAndGet();
            }
        });
        server.start();
    }

    public TestSshd admit(GuestKey key) {
        admitted = key.pair().getPublic();
        return this;
    }

    /** Lets in everybody who has a key at all. */
    public TestSshd admitAll() {
        server.setPublickeyAuthenticator((_, key, _) -> key instanceof EdDSAPublicKey);
        return this;
    }

    public HostKey hostKey() {
        return HostKey.of(((EdDSAPublicKey) hostKey.pair().getPublic()).getAbyte());
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort());
    }

    Door door(GuestKey key) {
        return new Door(key, hostKey(), () -> Optional.of(address()));
    }

    int sessions() {
        return server.getActiveSessions().size();
    }

    /** Cuts all connections, as the end of a machine does. */
    public void cut() {
        server.getActiveSessions().forEach(session -> session.close(true));
    }

    @Override
    public void close() throws IOException {
        server.stop(true);
    }
}
