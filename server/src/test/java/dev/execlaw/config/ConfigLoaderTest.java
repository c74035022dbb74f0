package dev.execlaw.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigLoaderTest {

    @TempDir
    private Path directory;

    @Test
    void defaultsAreValid() {
        Config config = ConfigLoader.withoutFile().load();
        assertThat(config.server().listen()).isEqualTo(new ListenAddress("127.0.0.1", 8000));
        assertThat(config.vm().driver()).isEqualTo(VmConfig.Driver.AUTO);
        assertThat(config.provider().keySet()).containsExactly("demo", "openrouter", "openai", "anthropic");
        assertThat(config.provider().get("demo").needsKey()).isFalse();
        assertThat(config.provider().values())
                .extracting(ProviderConfig::kind)
                .containsExactly(
                        ProviderConfig.Kind.DEMO,
                        ProviderConfig.Kind.OPENROUTER,
                        ProviderConfig.Kind.OPENAI,
                        ProviderConfig.Kind.ANTHROPIC);
    }

    @Test
    void fileThenEnvironmentThenCommandLine() throws IOException {
        Path file = write("""
                [server]
                listen = "127.0.0.1:1"
                [session]
                vcpus = 3
                memory_mib = 512
                """);
        Config config = ConfigLoader.file(file)
                .environment(Map.of(
                        "EXECLAW_SERVER_LISTEN", "127.0.0.1:2",
                        "EXECLAW_SESSION_VCPUS", "4",
                        "EXECLAW_SERVER_HOSTS", "a.example, b.example",
                        "EXECLAW_TOKEN", "not a key"))
                .override("server.listen", "127.0.0.1:3")
                .override("session.agent", null)
                .load();
        assertThat(config.server().listen().port()).isEqualTo(3);
        assertThat(config.server().hosts()).containsExactly("a.example", "b.example");
        assertThat(config.session().vcpus()).isEqualTo(4);
        assertThat(config.session().memoryMib()).isEqualTo(512);
        assertThat(config.session().agent()).isEqualTo("nullclaw");
    }

    @Test
    void ownProvidersComeAfterTheBuiltInOnesWhichCanBeChanged() throws IOException {
        Path file = write("""
                [provider.local]
                base_url = "http://127.0.0.1:11434/v1"
                models = ["small", "large"]
                needs_key = false
                [provider.openai]
                models = ["one"]
                """);
        Map<String, ProviderConfig> providers = ConfigLoader.file(file).load().provider();
        assertThat(providers.keySet()).containsExactly("demo", "openrouter", "openai", "anthropic", "local");
        assertThat(providers.get("local").models()).containsExactly("small", "large");
        assertThat(providers.get("local").name()).isEqualTo("local");
        assertThat(providers.get("openai").baseUrl()).isEqualTo("https://api.openai.com/v1");
        assertThat(providers.get("openai").models()).isEqualTo(List.of("one"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [server]\\nlistn = "x:1"                | server.listn     | line 2 | listen
            [servr]\\nlisten = "x:1"                | servr            | line 1 | server
            \\n[session]\\n\\nvcpu = 1              | session.vcpu     | line 4 | vcpus
            [provider.x]\\nbase_ulr = "http://h/v1" | provider.x.base_ulr | line 2 | base_url
            [vm]\\nzzzzzzzzzz = 1                   | vm.zzzzzzzzzz    | line 2 | driver
            """)
    void anUnknownKeyIsFatalWithItsLineAndItsNeighbour(String toml, String key, String line, String near)
            throws IOException {
        assertRefused(toml)
                .hasMessageContaining(key)
                .hasMessageContaining(line)
                .satisfies(e -> assertThat(((ConfigException) e).next()).contains(near));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [session]\\nvcpus = 9                    | session.vcpus is 9; allowed are 1 to 8
            [session]\\nvcpus = "2"                  | session.vcpus is ""2""; it must be a whole number
            [session]\\nmemory_mib = 99999999999     | it must be a whole number
            [session]\\nprovider = "nowhere"         | session.provider is "nowhere", but there are only demo
            [server]\\nlisten = "8000"               | it must be of the form HOST:PORT
            [server]\\nlisten = "127.0.0.1:70000"    | is 70000; allowed are 0 to 65535
            [server]\\nhosts = "a"                   | it must be a list of strings
            [vm]\\ndriver = "vmware"                 | vm.driver is "vmware"; allowed are auto, firecracker, qemu
            [vm]\\nfirst_uid = 10                   | vm.first_uid is "10"; it must be 0, or 1000 to
            [session]\\nidle_timeout_min = 4        | session.idle_timeout_min is "4"; it must be 0, or 5 to 10080
            [network]\\nprefix = "10.0.0.0/8"       | network.prefix: network prefix "10.0.0.0/8" is not of the form A.B.0.0/16
            [network]\\npolicy = "all"              | network.policy is "all"; allowed are internet, allowlist, none
            [network]\\npolicy = "allowlist"\\nallow = ["a b"] | network.allow: "a b" is neither a host's name
            [network]\\nallow = ["a.example"]       | network.allow has 1 entries, but network.policy is internet
            [log]\\njson = 1                         | it must be true or false
            [provider.x]\\nkind = "claude"             | provider.x.kind is "claude"; allowed are openai, openrouter
            [provider.local]\\nneeds_key = false     | provider.local.base_url is ""; it must be the URL of its API
            [provider.l]\\nbase_url = "ftp://h/"     | is "ftp://h/"; it must be an http or https URL
            [provider."a b"]\\nbase_url = "http://h" | provider name "a b"
            server = 1                               | it must be a section: [server]
            [server\\nlisten = 1                     | is not valid TOML, line
            """)
    void aWrongValueIsQuotedWithWhatIsAllowed(String toml, String message) throws IOException {
        assertRefused(toml).hasMessageContaining(message);
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> ConfigLoader.file(directory.resolve("none.toml")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("none.toml");
    }

    private AbstractThrowableAssert<?, ?> assertRefused(String escaped) throws IOException {
        Path file = write(escaped.replace("\\n", "\n"));
        return assertThatThrownBy(() -> ConfigLoader.file(file).load()).isInstanceOf(ConfigException.class);
    }

    private Path write(String toml) throws IOException {
        return Files.writeString(directory.resolve("execlaw.toml"), toml);
    }
}
