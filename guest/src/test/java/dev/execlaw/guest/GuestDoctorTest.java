package dev.execlaw.guest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guest's doctor as a process: a tree and a few programs of the test's own, a gateway on loopback. */
class GuestDoctorTest {

    private static final String SCRIPT = "/dev/execlaw/guest/overlay/usr/local/lib/execlaw/doctor";

    @TempDir
    private Path directory;

    private HttpServer gateway;
    private Path root;
    private String reach = "internet";
    private long hostTime = Instant.now().getEpochSecond();

    @BeforeEach
    void aMachineThatIsWell() throws IOException {
        gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        gateway.start();
        root = directory.resolve("root");
        file("etc/ssl/certs/ca-certificates.crt", "-----BEGIN CERTIFICATE-----\n".repeat(3));
        file("etc/resolv.conf", "# ours\nnameserver 8.8.8.8\nnameserver\t1.1.1.1 # second\n");
        file("etc/hosts", "127.0.0.1 localhost\n127.0.0.1\tgateway.execlaw gateway.local\n");
        file("proc/net/route", """
                Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
                eth0\t00000000\t0100007F\t0003\t0\t0\t0\t00000000\t0\t0\t0
                eth0\t0000C80A\t00000000\t0001\t0\t0\t0\tFCFFFFFF\t0\t0\t0
                """);
        file("proc/meminfo", "MemTotal:  512000 kB\nMemFree: 1 kB\nMemAvailable: 400000 kB\n");
        program("ip", "echo '2: eth0    inet 10.200.0.2/30 brd 10.200.0.3 scope global eth0'");
        program("getent", "echo '93.184.216.34 STREAM example.com'");
        program("curl", "printf 200");
        program(
                "df",
                "printf 'Filesystem 1024-blocks Used Available Capacity Mounted\\n/dev/vda 1 1 2048000 9%% /\\n'");
        program("nullclaw", "echo 'nullclaw 2026.5.29'");
        try (InputStream in = GuestDoctorTest.class.getResourceAsStream(SCRIPT)) {
            Files.copy(Objects.requireNonNull(in, SCRIPT), directory.resolve("doctor"));
        }
    }

    @AfterEach
    void stop() {
        gateway.stop(0);
    }

    private void file(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private void program(String name, String body) throws IOException {
        Path file = Files.createDirectories(directory.resolve("bin")).resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    /** One line of each check by its name: verdict, seen, to do. */
    private Map<String, List<String>> examine() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                "sh",
                directory.resolve("doctor").toString(),
                "10.200.0.2",
                "127.0.0.1",
                Integer.toString(gateway.getAddress().getPort()),
                Long.toString(hostTime),
                reach,
                "nullclaw");
        builder.environment().put("EXECLAW_DOCTOR_ROOT", root.toString());
        builder.environment().merge("PATH", "", (path, _) -> directory.resolve("bin") + ":" + path);
        Path output = directory.resolve("output");
        Path errors = directory.resolve("errors");
        Process process = builder.redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the doctor did not end within 30 s: " + Files.readString(output));
        }
        assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
        List<String> lines = new ArrayList<>(
                Files.readString(output, StandardCharsets.US_ASCII).lines().toList());
        assertThat(lines.removeFirst()).isEmpty();
        assertThat(lines.removeLast()).isEqualTo("execlaw-doctor\tend\t" + lines.size());
        Map<String, List<String>> checks = new LinkedHashMap<>();
        for (String line : lines) {
            assertThat(line).matches("execlaw-doctor\t[a-z ]+\t(ok|warn|fail)\t[ -~]{1,300}\t[ -~]{0,300}");
            String[] fields = line.split("\t", -1);
            assertThat(fields[2].equals("ok")).as(line).isEqualTo(fields[4].isEmpty());
            checks.put(fields[1], List.of(fields).subList(2, 5));
        }
        return checks;
    }

    private void only(String check, String verdict, String seen) throws IOException, InterruptedException {
        examine().forEach((name, fields) -> {
            assertThat(fields.getFirst()).as(name + ": " + fields).isEqualTo(name.equals(check) ? verdict : "ok");
            if (name.equals(check)) {
                assertThat(fields.get(1)).contains(seen);
            }
        });
    }

    @Test
    void allIsWell() throws Exception {
        Map<String, List<String>> checks = examine();
        assertThat(checks.keySet())
                .containsExactly(
                        "ca bundle",
                        "name servers",
                        "address",
                        "route",
                        "gateway",
                        "dns",
                        "https",
                        "agent",
                        "clock",
                        "disk",
                        "memory");
        assertThat(checks.values()).extracting(List::getFirst).containsOnly("ok");
        assertThat(checks.get("name servers").get(1)).contains("8.8.8.8 1.1.1.1");
        assertThat(checks.get("agent").get(1)).isEqualTo("nullclaw 2026.5.29");
    }

    @Test
    void noCertificates() throws Exception {
        file("etc/ssl/certs/ca-certificates.crt", "nothing\n");
        only("ca bundle", "fail", "holds no certificate");
        Files.delete(root.resolve("etc/ssl/certs/ca-certificates.crt"));
        only("ca bundle", "fail", "missing");
    }

    @Test
    void noNameServers() throws Exception {
        file("etc/resolv.conf", "# nameserver 8.8.8.8\nsearch example.com\n");
        only("name servers", "fail", "names no name server");
        Files.delete(root.resolve("etc/resolv.conf"));
        only("name servers", "fail", "names no name server");
    }

    @Test
    void anotherAddress() throws Exception {
        program("ip", "echo 'Device \"eth0\" does not exist.' >&2; exit 1");
        only("address", "fail", "does not exist");
    }

    @Test
    void anotherRoute() throws Exception {
        file("proc/net/route", "eth1\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\n");
        only("route", "fail", "eth1 0100000A");
        file("proc/net/route", "Iface\n");
        only("route", "fail", "no default route");
    }

    @Test
    void aGatewayThatIsNotKnownByItsName() throws Exception {
        file("etc/hosts", "127.0.0.1 localhost\n10.200.0.9 gateway.execlaw\n");
        only("gateway", "fail", "gateway.execlaw is \"10.200.0.9\" in /etc/hosts, not 127.0.0.1");
        Files.delete(root.resolve("etc/hosts"));
        only("gateway", "fail", "is \"\" in");
    }

    @Test
    void noGateway() throws Exception {
        gateway.stop(0);
        only("gateway", "fail", "refused");
    }

    @Test
    void namesAndHttpsThatFailAreOnlyWarnedOfWhereTheNetworkIsClosed() throws Exception {
        program("getent", "exit 2");
        only("dns", "fail", "does not resolve");
        program("curl", "echo 'curl: (7) refused' >&2; printf 000; exit 7");
        assertThat(examine().get("https").getFirst()).isEqualTo("fail");
        reach = "gateway";
        Map<String, List<String>> checks = examine();
        for (String name : List.of("dns", "https")) {
            assertThat(checks.get(name).getFirst()).isEqualTo("warn");
            assertThat(checks.get(name).get(1)).contains("leads to the model gateway and nothing else");
        }
        assertThat(checks.get("https").get(1)).contains("curl: (7) refused").doesNotContain("000");
    }

    @Test
    void aCertificateThatIsNotTrustedIsNoMatterOfTheNetwork() throws Exception {
        reach = "gateway";
        program("curl", "echo 'curl: (60) SSL certificate problem' >&2; printf 000; exit 60");
        only("https", "fail", "certificate problem");
    }

    @Test
    void anAgentThatDoesNotStart() throws Exception {
        program("nullclaw", "printf 'no\\tgood\\n\\033[31m' >&2; exit 3");
        only("agent", "fail", "ended with 3: no good");
    }

    @Test
    void aWrongClock() throws Exception {
        hostTime -= 60;
        only("clock", "warn", "s against the host");
        hostTime += 7200;
        only("clock", "fail", "-7");
    }

    @Test
    void aFullDisk() throws Exception {
        program("df", "printf 'Filesystem\\n/dev/vda 1 1 102400 9%% /\\n'");
        only("disk", "warn", "100 MiB free");
        program("df", "printf 'Filesystem\\n/dev/vda 1 1 1024 9%% /\\n'");
        only("disk", "fail", "1 MiB free");
    }

    @Test
    void noMemory() throws Exception {
        file("proc/meminfo", "MemTotal:  512000 kB\nMemAvailable: 40000 kB\n");
        only("memory", "warn", "39 of 500 MiB");
        file("proc/meminfo", "MemTotal:  512000 kB\nMemAvailable: 9000 kB\n");
        only("memory", "fail", "8 of 500 MiB");
    }

    @Test
    void aCheckThatBreaksIsSaidAndTheOthersGoOn() throws Exception {
        program("df", "exit 1");
        only("disk", "fail", "the check itself failed");
    }
}
