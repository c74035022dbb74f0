package dev.execlaw.doctor.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.doctor.check.Finding.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checks of machines' network, on hosts where a server sees to it, where none does, and where it cannot. */
class NetworkChecksTest {

    private static final String DROPPING_CHAIN =
            " {\n\tchain FORWARD {\n\t\ttype filter hook forward priority filter; policy drop;\n";
    private static final String OPENED = "\t\tiifname \"fctap*\" accept comment \"execlaw\"\n";

    /** As the server makes it, without what these checks do not read. */
    private static final String OURS = """
            table inet execlaw {
            \tchain forward {
            \t\ttype filter hook forward priority filter - 5; policy accept;
            \t}
            \tchain outgoing {
            \t\ttype nat hook postrouting priority srcnat; policy accept;
            \t\tip saddr @guest_addresses oifname != @taps masquerade
            \t}
            }
            """;

    @TempDir
    Path directory;

    private TestHost host;

    @BeforeEach
    void create() {
        host = new TestHost(directory);
    }

    @Test
    void modeAndItsReason() throws Exception {
        assertFound(new NetworkModeCheck(), Verdict.OK, "tap");
        host.tapProblem = Optional.of("this process lacks CAP_NET_ADMIN");
        assertFound(new NetworkModeCheck(), Verdict.WARN, "user: ", "since this process lacks CAP_NET_ADMIN");
        host.settings.put("network.mode", "tap");
        assertFound(new NetworkModeCheck(), Verdict.FAIL, "lacks CAP_NET_ADMIN", "network.mode = \"auto\"");
        host.settings.put("network.mode", "user");
        assertFound(new NetworkModeCheck(), Verdict.OK, "user, as network.mode says");
    }

    @Test
    void userModeNeedsNoneOfIt() throws Exception {
        host.settings.put("network.mode", "user");
        host.remove("/dev/net/tun");
        host.absent.add("nft");
        host.answer(0, "3: br0    inet 10.200.7.1/8 scope global br0\n", "ip", "-4", "-o", "addr", "show");
        for (Check check : List.of(
                new TunCheck(),
                new NftablesCheck(),
                new IpForwardCheck(),
                new ForwardingCheck(),
                new MasqueradeCheck(),
                new AddressCheck())) {
            assertThat(host.look(check)).as(check.name()).returns(Verdict.OK, Finding::verdict);
        }
    }

    @Test
    void ipForwardIsTheServersOwnBusinessUntilMachinesLackIt() throws Exception {
        host.file("/proc/sys/net/ipv4/ip_forward", "0\n");
        assertFound(new IpForwardCheck(), Verdict.OK, "0; a server with TAP devices sets it");
        host.file("/sys/class/net/fctap0/ifindex", "7\n");
        assertFound(new IpForwardCheck(), Verdict.WARN, "0 while machines", "sysctl -w net.ipv4.ip_forward=1");
    }

    @Test
    void ourOwnTableIsNoOtherFirewall() throws Exception {
        rules("table inet execlaw" + DROPPING_CHAIN);
        assertFound(new ForwardingCheck(), Verdict.OK, "none");
        rules("table ip6 filter" + DROPPING_CHAIN);
        assertFound(new ForwardingCheck(), Verdict.OK, "none");
    }

    @Test
    void aTableThatDropsIsBadOnlyWhereTheServerPutNoRuleIntoIt() throws Exception {
        rules("table ip filter" + DROPPING_CHAIN);
        assertFound(new ForwardingCheck(), Verdict.OK, "ip filter drop", "puts rules of its own");
        rules("table ip filter" + DROPPING_CHAIN + "\t}\n}\n" + OURS);
        assertFound(new ForwardingCheck(), Verdict.WARN, "ip filter drop", "no rule of ours", "network.obstacles");
        rules("table ip filter" + DROPPING_CHAIN + OPENED + "\t}\n}\n" + OURS);
        assertFound(new ForwardingCheck(), Verdict.OK, "our rules in them");
    }

    @Test
    void theOldIptablesIsLeftToPeople() throws Exception {
        host.absent.remove("iptables-legacy");
        host.answer(0, "-P FORWARD DROP\n", "iptables-legacy", "-S", "FORWARD");
        assertFound(new ForwardingCheck(), Verdict.WARN, "iptables-legacy -I FORWARD -i fctap+");
        String open = "-A FORWARD -o fctap+ -j ACCEPT\n-A FORWARD -i fctap+ -j ACCEPT\n";
        host.answer(0, "-P FORWARD DROP\n" + open, "iptables-legacy", "-S", "FORWARD");
        assertFound(new ForwardingCheck(), Verdict.OK, "none");
    }

    @Test
    void masqueradeIsARuleOfOurTable() throws Exception {
        assertFound(new MasqueradeCheck(), Verdict.OK, "nothing to look at yet");
        rules(OURS);
        assertFound(new MasqueradeCheck(), Verdict.OK, "masquerades guests");
        String others = """
                table ip nat {
                \tchain POSTROUTING {
                \t\toifname "eth0" masquerade
                \t}
                }
                """;
        rules(OURS.replace("masquerade", "accept") + others);
        assertFound(new MasqueradeCheck(), Verdict.WARN, "no rule that masquerades", "nft delete table inet execlaw");
    }

    @Test
    void addressesWithinThePrefixCostTheirSlotsOnly() throws Exception {
        addresses("3: fctap0    inet 10.200.0.1/30 scope global fctap0\n");
        assertFound(new AddressCheck(), Verdict.OK, "nothing of this host is in 10.200.0.0/16");
        addresses("3: br0    inet 10.200.7.1/24 brd 10.200.7.255 scope global br0\n");
        routes("""
                default via 192.0.2.1 dev eth0
                0.0.0.0/1 dev tun1
                unreachable 10.200.8.0/24
                10.201.0.0/16 dev wg0
                local 10.200.7.1 dev br0 table local proto kernel scope host
                """);
        assertThat(assertFound(new AddressCheck(), Verdict.OK, "guests").seen())
                .isEqualTo("10.200.7.1/24 on br0, 10.200.8.0/24 on no device: within 10.200.0.0/16,"
                        + " guests get none of these addresses");
    }

    @Test
    void aPrefixWithinANetworkOfTheHostCannotBeUsed() throws Exception {
        routes("10.0.0.0/8 via 192.0.2.9 dev tun0\n");
        assertFound(
                new AddressCheck(), Verdict.WARN, "10.0.0.0/8 on tun0: the guests' 10.200.0.0/16", "network.prefix");
        host.settings.put("network.prefix", "172.30.0.0/16");
        assertFound(new AddressCheck(), Verdict.OK, "nothing of this host is in 172.30.0.0/16");
        routes("172.30.0.0/16 dev br1\n");
        assertFound(new AddressCheck(), Verdict.WARN, "172.30.0.0/16 on br1");
    }

    private void rules(String text) {
        host.answer(0, text, "nft", "list", "ruleset");
    }

    private void addresses(String text) {
        host.answer(0, text, "ip", "-4", "-o", "addr", "show");
    }

    private void routes(String text) {
        host.answer(0, text, "ip", "-4", "-o", "route", "show", "table", "all");
    }

    private Finding assertFound(Check check, Verdict verdict, String... said) throws IOException, InterruptedException {
        Finding finding = host.look(check);
        assertThat(finding).as(finding.toString()).returns(verdict, Finding::verdict);
        assertThat(finding.seen() + " -> " + finding.todo()).contains(said);
        return finding;
    }
}
