package dev.execlaw.doctor.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.doctor.check.Finding.Verdict;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the leftovers check makes of real rules, in the network namespace that tests run in. */
class FirewallLeftoversTest {

    @TempDir
    Path directory;

    private TestHost host;

    @BeforeEach
    void create() {
        host = new TestHost(directory);
    }

    @AfterEach
    void removeTables() throws Exception {
        nft("table inet execlaw\ndelete table inet execlaw\ntable ip other\ndelete table ip other\n");
    }

    @Test
    void aTableWithoutElementsIsNone() throws Exception {
        nft("""
                table inet execlaw {
                    set allowed { type ifname . ipv4_addr; }
                    map verdicts { type ifname : verdict; }
                    chain forward {
                        type filter hook forward priority filter; policy accept;
                        iifname "fctap*" drop
                    }
                }
                """);
        assertThat(look()).isEqualTo(Finding.ok("nothing that the ledger does not know"));
    }

    @Test
    void elementsOfUnknownSlotsAreNamed() throws Exception {
        nft("""
                table inet execlaw {
                    set allowed { type ifname . ipv4_addr; elements = { "fctap7" . 192.0.2.1, "fctap7" . 192.0.2.2 }; }
                    map verdicts { type ifname : verdict; elements = { "fctap2" : accept, "fctap13" : drop }; }
                }
                """);
        host.ledger.add("fctap2");
        Finding found = look();
        assertThat(found.verdict()).isEqualTo(Verdict.WARN);
        assertThat(found.seen())
                .isEqualTo("rules for fctap13 in table inet execlaw, rules for fctap7 in table inet execlaw"
                        + " are not in the ledger");
        host.ledger.addAll(List.of("fctap7", "fctap13"));
        assertThat(look().verdict()).isEqualTo(Verdict.OK);
    }

    @Test
    void rulesInChainsOfOthersAreLeftWhenNobodyNeedsThem() throws Exception {
        nft("""
                table ip other {
                    chain DOCKER-USER {
                        iifname "fctap*" accept comment "execlaw"
                        iifname "eth9" accept comment "somebody else"
                    }
                }
                """);
        assertThat(look().seen()).isEqualTo("a rule in chain DOCKER-USER of table ip other is not in the ledger");
        host.ledger.add("fctap0");
        assertThat(look().verdict()).as("a slot is taken").isEqualTo(Verdict.OK);
        host.ledger.clear();
        host.ours = true;
        assertThat(look().verdict()).as("the server runs").isEqualTo(Verdict.OK);
    }

    private Finding look() throws IOException, InterruptedException {
        String ruleset = Command.of("nft", "list", "ruleset").runOrThrow().stdout();
        host.answer(0, ruleset, "nft", "list", "ruleset");
        return host.look(new LeftoversCheck());
    }

    private void nft(String script) throws Exception {
        Path file = Files.writeString(directory.resolve("rules"), script);
        Command.of("nft", "-f", file.toString()).runOrThrow();
    }
}
