package dev.execlaw.exec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostKeyTest {

    @TempDir
    private Path directory;

    private String keygen(String... options) throws Exception {
        Path file = directory.resolve("key");
        Files.deleteIfExists(file);
        String[] command = {"ssh-keygen", "-q", "-N", "", "-C", "a comment", "-f", file.toString(), "-t", options[0]};
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
        return Files.readString(directory.resolve("key.pub"));
    }

    @Test
    void whatOpensshMakesIsReadAndKnownAgain() throws Exception {
        HostKey key = HostKey.parse(keygen("ed25519"));
        assertThat(key.line())
                .startsWith("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI")
                .doesNotContain("comment");
        assertThat(HostKey.parse(key.line())).isEqualTo(key);
        assertThat(key.is(GuestKey.generate().pair().getPublic())).isFalse();
    }

    @Test
    void whatOpensshReadsIsWhatWeWrite() throws Exception {
        GuestKey key = GuestKey.generate();
        Path file = Files.writeString(directory.resolve("authorized"), key.authorizedKey() + "\n");
        Process keygen = new ProcessBuilder("ssh-keygen", "-l", "-f", file.toString())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(keygen.getInputStream().readAllBytes(), UTF_8))
                .startsWith("256 SHA256:")
                .contains("(ED25519)");
        assertThat(keygen.waitFor()).isZero();
        assertThat(HostKey.parse(key.authorizedKey()).is(key.pair().getPublic()))
                .isTrue();
        assertThat(GuestKey.parse(key.text()).pair().getPrivate())
                .isEqualTo(key.pair().getPrivate());
        assertThat(key.toString()).doesNotContain(key.text());
    }

    @Test
    void everythingElseIsRefusedInWords() throws Exception {
        String good = HostKey.parse(keygen("ed25519")).line();
        String blob = good.substring("ssh-ed25519 ".length());
        byte[] bytes = Base64.getDecoder().decode(blob);
        byte[] longer = bytes.clone();
        longer[18] = 33;
        byte[] other = bytes.clone();
        other[5] = 'x';
        for (String bad : new String[] {
            "",
            "ssh-ed25519",
            "ssh-rsa " + blob,
            "ssh-ed25519 " + blob.substring(4),
            "ssh-ed25519 " + blob.substring(0, 60) + "!!!!!!!!",
            "ssh-ed25519 " + Base64.getEncoder().encodeToString(longer),
            "ssh-ed25519 " + Base64.getEncoder().encodeToString(other),
            keygen("rsa"),
        }) {
            assertThatThrownBy(() -> HostKey.parse(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> GuestKey.parse("AAAA")).hasMessageContaining("has 3");
    }
}
