package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.config.DataDirectory;
import dev.execlaw.microvm.image.SparseFile;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.template.Template;
import dev.execlaw.microvm.template.TemplateKey;
import dev.execlaw.microvm.template.TemplateStore;
import dev.execlaw.store.CheckpointRow;
import dev.execlaw.store.CheckpointTable;
import dev.execlaw.store.Database;
import dev.execlaw.store.SessionRow;
import dev.execlaw.store.SessionTable;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code execlaw template} on templates that are there. Builds are tested with the builder. */
class TemplateCommandTest {

    @TempDir
    private Path data;

    private final StringWriter out = new StringWriter();
    private TemplateStore store;

    @BeforeEach
    void open() {
        store = new TemplateStore(data);
    }

    @Test
    void ofNoTemplatesAllAreWell() {
        assertThat(run("list")).isZero();
        assertThat(out.toString()).isEmpty();
        assertThat(run("list", "--json")).isZero();
        assertThat(out.toString()).isEqualToIgnoringWhitespace("[]");
        assertThat(run("verify")).isZero();
        assertThat(out.toString()).contains("there is no template in", "execlaw template build");
        assertThat(run("gc")).isZero();
    }

    @Test
    void aTemplateThatIsNotThereIsRefused() {
        assertThat(run("rm", "abcd")).isEqualTo(1);
        assertThat(out.toString()).contains("there is no template \"abcd\"", "execlaw template list");
        assertThat(run("build", "nothing")).isEqualTo(1);
        assertThat(out.toString()).contains("there is no image \"nothing\"", "execlaw image build");
    }

    @Test
    void itIsListedVerifiedAndRemoved() throws Exception {
        Template template = lay();

        assertThat(run("list")).isZero();
        assertThat(out.toString())
                .startsWith(template.name())
                .contains("2 vCPUs  1024 MiB", "user  agent waits  unused");
        assertThat(run("list", "--json")).isZero();
        assertThat(out.toString()).contains("\"image\" : \"0123456789abcdef\"", "\"bytesOnDisk\" : ");
        assertThat(run("verify")).isZero();
        assertThat(out.toString()).isEqualToIgnoringWhitespace(template.name() + " ok");
        assertThat(ImagesInUse.of(new DataDirectory(data))).isEmpty();
        assertThat(run("rm", template.name().substring(0, 8))).isZero();
        assertThat(out.toString()).contains("removed " + template.name());
        assertThat(store.list()).isEmpty();
    }

    @Test
    void aDamagedOneIsTold() throws Exception {
        Template template = lay();
        Files.writeString(template.state().devices(), "DEVICES");

        assertThat(run("verify")).isEqualTo(1);
        assertThat(out.toString()).contains("DAMAGED: devices has the hash");
    }

    @Test
    void oneUnderAMachinesDiskStays() throws Exception {
        Template template = lay();
        Path machine = Files.createDirectories(data.resolve("machines/s"));
        Command.of(
                        "qemu-img",
                        "create",
                        "-q",
                        "-f",
                        "qcow2",
                        "-F",
                        "raw",
                        "-b",
                        template.disk().path().toString(),
                        machine.resolve("layer-0000.qcow2").toString())
                .runOrThrow();

        assertThat(run("rm", template.name())).isEqualTo(1);
        assertThat(out.toString()).contains("is in use by sessions");
        assertThat(store.list()).containsExactly(template);
    }

    @Test
    void oneUnderTheMemoryOfACheckpointStays() throws Exception {
        Template template = lay();
        CheckpointRow row = new CheckpointRow(
                "s", 9, 0, "turn", null, template.directory().toString(), "changes", "disk", "RAW", "[]", 1, 2);
        try (Database database = Database.open(new DataDirectory(data).database())) {
            new SessionTable(database).insert(new SessionRow("s", 0, "{}", "{}", null));
            new CheckpointTable(database).put(row);
        }

        assertThat(run("list")).isZero();
        assertThat(out.toString()).contains("agent waits  in use");
        assertThat(ImagesInUse.of(new DataDirectory(data))).contains("0123456789abcdef");
        assertThat(run("rm", template.name())).isEqualTo(1);
        assertThat(out.toString()).contains("is in use by sessions");
        String status = "{\"memory\":{\"template\":\"" + template.directory() + "\"}}";
        try (Database database = Database.open(new DataDirectory(data).database())) {
            new CheckpointTable(database).delete("s", 9);
            new SessionTable(database).insert(new SessionRow("t", 0, "{}", status, null));
        }
        assertThat(run("rm", template.name())).isEqualTo(1);
        try (Database database = Database.open(new DataDirectory(data).database())) {
            new SessionTable(database).delete("t");
            new CheckpointTable(database).delete("s", 9);
            new SessionTable(database).delete("s");
        }
        assertThat(run("rm", template.name())).isZero();
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        String[] line = new String[arguments.length + 3];
        line[0] = "template";
        System.arraycopy(arguments, 0, line, 1, arguments.length);
        line[arguments.length + 1] = "--data-dir";
        line[arguments.length + 2] = data.toString();
        PrintWriter writer = new PrintWriter(out, true);
        return Main.run(writer, writer, line);
    }

    /** What a builder leaves, in the form of its manifest. */
    private Template lay() throws Exception {
        TemplateKey key = new TemplateKey("0123456789abcdef", 2, 1024, "user", "agent\n", "double");
        Path directory = Files.createDirectories(store.directory().resolve(key.id() + "-00000001"));
        Files.write(directory.resolve("memory"), new byte[4096]);
        Files.writeString(directory.resolve("devices"), "devices");
        Files.write(directory.resolve("disk.raw"), new byte[1 << 16]);
        Files.writeString(directory.resolve("manifest.json"), """
                {"schema": 1, "createdAt": "2026-01-02T03:04:05Z", "agentWaits": true, "memory": 4096,
                 "key": {"image": "0123456789abcdef", "vcpus": 2, "memoryMiB": 1024, "nic": "user",
                         "agent": "agent\\n", "signature": "double"},
                 "devices": {"size": 7, "digest": "%s"}, "disk": {"size": 65536, "digest": "%s"},
                 "diskFile": "disk.raw", "diskFormat": "RAW"}
                """.formatted(
                SparseFile.digest(directory.resolve("devices")), SparseFile.digest(directory.resolve("disk.raw"))));
        return store.find(key).orElseThrow();
    }
}
