package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.process.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A clone of a machine that is still there gets a TAP device of its own. */
final class NetworkOverrideTest {

    @TempDir
    Path directory;

    @BeforeEach
    void makeDevices() throws Exception {
        for (int i = 0; i < 2; i++) {
            ip("tuntap", "add", "dblnet" + i, "mode", "tap");
            ip("addr", "add", "10.200.6." + (4 * i + 1) + "/30", "dev", "dblnet" + i);
            ip("link", "set", "dblnet" + i, "up");
        }
    }

    @AfterEach
    void removeDevices() throws Exception {
        ip("link", "del", "dblnet0");
        ip("link", "del", "dblnet1");
    }

    private static void ip(String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of("ip"));
        line.addAll(List.of(arguments));
        Command.of(line).runOrThrow();
    }

    private static String load(String more) {
        return "{\"snapshot_path\":\"../state\",\"resume_vm\":true,\"mem_backend\":{\"backend_type\":\"File\","
                + "\"backend_path\":\"../memory\"}" + more + "}";
    }

    @Test
    void theCloneSpeaksThroughTheDeviceThatTheLoadNames() throws Exception {
        Path sourceDirectory = Files.createDirectory(directory.resolve("source"));
        Path cloneDirectory = Files.createDirectory(directory.resolve("clone"));
        Path busyDirectory = Files.createDirectory(directory.resolve("busy"));
        try (ApiProcess source = ApiProcess.ready(sourceDirectory);
                RawConnection api = source.connect()) {
            ApiProcess.expect204(api.put(
                    "/network-interfaces/eth0",
                    "{\"iface_id\":\"eth0\",\"host_dev_name\":\"dblnet0\",\"guest_mac\":\"02:FC:00:00:00:06\"}"));
            SerialLine line = source.boot(api);
            line.run("ifconfig eth0 10.200.6.2 netmask 255.255.255.252 up");
            assertThat(line.run("ping -c 1 -W 20 10.200.6.1")).contains("1 packets received");
            ApiProcess.expect204(api.patch("/vm", "{\"state\":\"Paused\"}"));
            ApiProcess.expect204(
                    api.put("/snapshot/create", "{\"snapshot_path\":\"../state\",\"mem_file_path\":\"../memory\"}"));
            ApiProcess.expect204(api.patch("/vm", "{\"state\":\"Resumed\"}"));

            try (ApiProcess busy = ApiProcess.ready(busyDirectory);
                    RawConnection busyApi = busy.connect()) {
                assertThat(busyApi.put("/snapshot/load", load("")).body())
                        .as("the source has its device still")
                        .contains("Device or resource busy");
                assertThat(busy.exit()).isEqualTo(1);
            }
            try (ApiProcess clone = ApiProcess.ready(cloneDirectory);
                    RawConnection cloneApi = clone.connect()) {
                ApiProcess.expect204(cloneApi.put(
                        "/snapshot/load",
                        load(",\"network_overrides\":[{\"iface_id\":\"eth0\",\"host_dev_name\":\"dblnet1\"}]")));
                SerialLine own = clone.serial();
                own.run("ifconfig eth0 10.200.6.6 netmask 255.255.255.252 up");

                assertThat(own.run("ping -c 1 -W 20 10.200.6.5")).contains("1 packets received");
                assertThat(line.run("ping -c 1 -W 20 10.200.6.1")).contains("1 packets received");
            }
        }
    }
}
