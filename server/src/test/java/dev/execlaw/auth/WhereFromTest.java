package dev.execlaw.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Hosts, origins, proxies: where a request comes from and where it means to go. */
final class WhereFromTest {

    private static final String OWN = "http://127.0.0.1:8000";

    @Test
    void namesThatCannotBeRebound() {
        AllowedHosts local = new AllowedHosts("127.0.0.1", false, List.of("execlaw.example"));
        assertThat(List.of(
                        "localhost", "LOCALHOST.", "127.0.0.1", "127.1.2.3", "[::1]", "x.localhost", "execlaw.example"))
                .allMatch(local::allow);
        assertThat(List.of(
                        "evil.example", "192.0.2.1", "", "127.evil.example", "localhost.evil.example", "[2001:db8::1]"))
                .noneMatch(local::allow);
        AllowedHosts all = new AllowedHosts("0.0.0.0", true, List.of());
        assertThat(List.of("192.0.2.1", "[2001:db8::1]", "localhost")).allMatch(all::allow);
        assertThat(List.of("evil.example", "execlaw.example")).noneMatch(all::allow);
    }

    @Test
    void ownPagesMayAndOthersMayNot() {
        assertThat(Origins.refusal(Credential.COOKIE, OWN, OWN, "same-origin")).isEmpty();
        assertThat(Origins.refusal(Credential.COOKIE, OWN, null, "none")).isEmpty();
        assertThat(Origins.refusal(Credential.BEARER, OWN, null, null)).isEmpty();
        assertThat(Origins.refusal(Credential.COOKIE, OWN, null, null)).isPresent();
        assertThat(Origins.refusal(Credential.COOKIE, OWN, "http://127.0.0.1:8001", null))
                .isPresent();
        assertThat(Origins.refusal(Credential.COOKIE, OWN, "https://127.0.0.1:8000", null))
                .isPresent();
        assertThat(Origins.refusal(Credential.COOKIE, OWN, OWN, "cross-site")).isPresent();
        assertThat(Origins.refusal(Credential.COOKIE, OWN, OWN, "same-site")).isPresent();
        assertThat(Origins.refusal(Credential.NONE, OWN, "null", null)).isPresent();
    }

    @Test
    void forwardedAddressesCountFromTrustedProxiesOnly() {
        InetAddress proxy = InetAddress.ofLiteral("10.0.0.1");
        InetAddress stranger = InetAddress.ofLiteral("192.0.2.1");
        Proxies none = new Proxies(List.of());
        assertThat(none.client(proxy, "198.51.100.1")).isEqualTo(proxy);
        Proxies ten = new Proxies(List.of(Proxies.Network.parse("10.0.0.0/9"), Proxies.Network.parse("::1")));
        assertThat(ten.client(stranger, "198.51.100.1")).isEqualTo(stranger);
        assertThat(ten.client(proxy, null)).isEqualTo(proxy);
        assertThat(ten.client(proxy, "198.51.100.1")).isEqualTo(InetAddress.ofLiteral("198.51.100.1"));
        assertThat(ten.client(proxy, "1.1.1.1, 198.51.100.1, 10.0.0.7"))
                .as("what the client itself wrote is left out")
                .isEqualTo(InetAddress.ofLiteral("198.51.100.1"));
        assertThat(ten.client(proxy, "evil.example")).isEqualTo(proxy);
        assertThat(ten.trust(InetAddress.ofLiteral("10.127.255.255"))).isTrue();
        assertThat(ten.trust(InetAddress.ofLiteral("10.128.0.0"))).isFalse();
        assertThat(ten.trust(InetAddress.ofLiteral("::1"))).isTrue();
        assertThat(ten.trust(InetAddress.ofLiteral("::2"))).isFalse();
        assertThatThrownBy(() -> Proxies.Network.parse("10.0.0.0/33")).hasMessageContaining("0 to 32");
        assertThatThrownBy(() -> Proxies.Network.parse("proxy.example")).isInstanceOf(IllegalArgumentException.class);
    }
}
