package dev.execlaw.microvm.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.process.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a process says that may not, or cannot, make networks. */
@Timeout(60)
class RequirementsTest {

    @TempDir
    private Path state;

    @Test
    void hereAllIsThere() {
        assertThat(TapNetwork.unusable()).isEmpty();
    }

    @Test
    void withoutTheCapabilityItSaysSo() throws Exception {
        assertThat(said(List.of("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", "--"), Map.of()))
                .contains("lacks CAP_NET_ADMIN", "run it as root");
    }

    @Test
    void withoutItsProgramsItSaysSo() throws Exception {
        assertThat(said(List.of(), Map.of("PATH", "/nonexistent"))).contains("program nft does not run", "nftables");
    }

    @Test
    void withoutTheTunDeviceItSaysSo() throws Exception {
        assertThat(said(
                        List.of(
                                "unshare",
                                "--mount",
                                "--",
                                "sh",
                                "-c",
                                "mount -t tmpfs none /dev/net && exec \"$0\" \"$@\""),
                        Map.of()))
                .contains("TAP devices cannot be made", "/dev/net/tun", "ENOENT");
    }

    private String said(List<String> wrapper, Map<String, String> environment) throws Exception {
        List<String> argv = new ArrayList<>(wrapper);
        argv.addAll(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                state.toString()));
        String said = Command.of(argv).environment(environment).runOrThrow().stdout();
        assertThat(Command.of("nft", "list", "ruleset").runOrThrow().stdout()).doesNotContain("execlaw");
        return said;
    }

    /** Opens a network and prints why it cannot. */
    static final class Child {

        private Child() {}

        public static void main(String[] args) {
            try (TapNetwork network = TapNetwork.open(TapSettings.of(NetworkPrefix.DEFAULT, Path.of(args[0])))) {
                System.out.println("opened, attached: " + network.attached());
            } catch (NetworkException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
