package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.key.MasterKey;
import dev.execlaw.key.Seal;
import dev.execlaw.store.Database;
import dev.execlaw.store.SecretTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code execlaw secrets}. */
@Command(
        name = "secrets",
        description = "Keep the key that all other keys are encrypted with.",
        subcommands = {SecretsCommand.Rotate.class, SecretsCommand.Forget.class})
final class SecretsCommand {

    private SecretsCommand() {}

    /** {@code execlaw secrets rotate}. */
    @Command(
            name = "rotate",
            description = {
                "Encrypt everything secret in the data directory anew: with a new key, or with the passphrase or the",
                "credential that is configured now. All or nothing. Needs the server stopped."
            })
    static final class Rotate implements Callable<Integer> {

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final ConfigOptions options = new ConfigOptions();

        @Option(
                names = "--old-passphrase-file",
                paramLabel = "FILE",
                description = "The passphrase until now (- asks for it), where it is not the configured one.")
        private @Nullable Path oldPassphrase;

        @Option(
                names = "--old-credential",
                paramLabel = "FILE",
                description = "The credential until now, where it is not the one that systemd hands over.")
        private @Nullable Path oldCredential;

        @Override
        public Integer call() throws IOException {
            Config config = options.loader().load();
            DataDirectory data = existing(config);
            MasterKey configured = MasterKey.of(data.root(), config.secrets().passphraseFile(), System.getenv());
            try (DataLock _ = DataLock.take(data);
                    Database database = Database.open(data.database())) {
                MasterKey old = old(data, configured);
                int count = Seal.rotate(old, configured, new SecretTable(database));
                PrintWriter out = spec.commandLine().getOut();
                out.println(count + " secrets are encrypted with " + configured.name() + " now");
                if (old instanceof MasterKey.Renewable file
                        && !(configured instanceof MasterKey.Renewable same
                                && same.file().equals(file.file()))) {
                    Files.deleteIfExists(file.file());
                    out.println(file.file() + " is of no use any more and was removed");
                }
                out.flush();
            }
            return 0;
        }

        /** What was named; else the key file where there is one; else what is configured. */
        private MasterKey old(DataDirectory data, MasterKey configured) {
            if (oldPassphrase != null) {
                return MasterKey.of(data.root(), oldPassphrase.toString(), Map.of());
            }
            if (oldCredential != null) {
                return new MasterKey.Credential(oldCredential);
            }
            MasterKey file = MasterKey.of(data.root(), "", Map.of());
            return file instanceof MasterKey.KeyFile key && Files.exists(key.file()) ? file : configured;
        }
    }

    private static DataDirectory existing(Config config) {
        DataDirectory data = ConfigOptions.dataDirectory(config);
        if (Files.notExists(data.database())) {
            throw new CliException(
                    "there is no database in " + data.root(), "give the server's own --data-dir or --config");
        }
        return data;
    }

    /** {@code execlaw secrets forget}. */
    @Command(
            name = "forget",
            description = {
                "Give up everything that is encrypted with a lost key, and begin with another one: the stored keys of",
                "providers and of sessions are gone. Sessions and what was said in them stay. Needs the server stopped."
            })
    static final class Forget implements Callable<Integer> {

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final ConfigOptions options = new ConfigOptions();

        @Option(names = "--yes", required = true, description = "Needed, as nothing brings these keys back.")
        private boolean yes;

        @Override
        public Integer call() throws IOException {
            Config config = options.loader().load();
            DataDirectory data = existing(config);
            MasterKey configured = MasterKey.of(data.root(), config.secrets().passphraseFile(), System.getenv());
            try (DataLock _ = DataLock.take(data);
                    Database database = Database.open(data.database())) {
                int sessions = Seal.forget(configured, new SecretTable(database));
                PrintWriter out = spec.commandLine().getOut();
                out.println("begun anew with " + configured.name() + "; enter the providers' keys again");
                if (sessions > 0) {
                    out.println("stop and start each of the " + sessions
                            + " sessions: its machine gets a new token with its next boot, and is not served before");
                }
                out.flush();
            }
            return 0;
        }
    }
}
