package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.execlaw.microvm.firecracker.RawConnection.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each endpoint takes before and after the start, and the words of its refusals. */
final class EndpointTest {

    private static final String TOO_EARLY = "The requested operation is not supported before starting the microVM.";
    private static final String TOO_LATE = "The requested operation is not supported after starting the microVM.";

    @TempDir
    static Path directory;

    private static ApiProcess fresh;
    private static ApiProcess started;
    private static RawConnection before;
    private static RawConnection after;

    @BeforeAll
    static void start() throws Exception {
        fresh = ApiProcess.ready(Files.createDirectory(directory.resolve("fresh")));
        before = new RawConnection(fresh.socket());
        started = ApiProcess.ready(Files.createDirectory(directory.resolve("started")));
        after = new RawConnection(started.socket());
        Files.write(directory.resolve("disk"), new byte[1 << 20]);
        started.boot(after);
    }

    @AfterAll
    static void stop() throws IOException {
        before.close();
        after.close();
        fresh.close();
        started.close();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "PUT   | /boot-source           | {\"kernel_image_path\":\"k\"}",
                "PUT   | /machine-config        | {\"vcpu_count\":1,\"mem_size_mib\":128}",
                "PATCH | /machine-config        | {\"vcpu_count\":1}",
                "PUT   | /cpu-config            | {}",
                "PUT   | /drives/d              | {\"drive_id\":\"d\",\"is_root_device\":false,\"path_on_host\":\"x\"}",
                "PUT   | /network-interfaces/n  | {\"iface_id\":\"n\",\"host_dev_name\":\"tapx\"}",
                "PUT   | /vsock                 | {\"guest_cid\":3,\"uds_path\":\"v\"}",
                "PUT   | /entropy               | {}",
                "PUT   | /serial                | {}",
                "PUT   | /logger                | {\"level\":\"Info\"}",
                "PUT   | /metrics               | {\"metrics_path\":\"m\"}",
                "PUT   | /mmds/config           | {\"network_interfaces\":[\"n\"]}",
                "PUT   | /balloon               | {\"amount_mib\":1,\"deflate_on_oom\":true}",
                "PUT   | /hotplug/memory        | {\"total_size_mib\":128}",
                "PUT   | /snapshot/load | {\"snapshot_path\":\"s\",\"mem_backend\":{\"backend_type\":\"File\",\"backend_path\":\"m\"}}",
                "PUT   | /actions               | {\"action_type\":\"InstanceStart\"}",
            })
    void isForBeforeTheStart(String method, String path, String body) throws Exception {
        Answer late = after.request(method, path, body);

        assertThat(late.status()).isEqualTo(400);
        assertThat(late.body()).isEqualTo("{\"fault_message\":\"" + TOO_LATE + "\"}");
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "PATCH | /vm                    | {\"state\":\"Paused\"}",
                "PATCH | /vm                    | {\"state\":\"Resumed\"}",
                "PUT   | /snapshot/create       | {\"snapshot_path\":\"s\",\"mem_file_path\":\"m\"}",
                "PUT   | /actions               | {\"action_type\":\"FlushMetrics\"}",
                "PUT   | /actions               | {\"action_type\":\"SendCtrlAltDel\"}",
                "PATCH | /drives/d              | {\"drive_id\":\"d\",\"path_on_host\":\"x\"}",
                "PATCH | /network-interfaces/n  | {\"iface_id\":\"n\"}",
                "PATCH | /balloon               | {\"amount_mib\":1}",
                "PATCH | /balloon/statistics    | {\"stats_polling_interval_s\":1}",
                "PATCH | /hotplug/memory        | {\"requested_size_mib\":128}",
            })
    void isForAfterTheStart(String method, String path, String body) throws Exception {
        Answer early = before.request(method, path, body);

        assertThat(early.status()).isEqualTo(400);
        assertThat(early.body()).isEqualTo("{\"fault_message\":\"" + TOO_EARLY + "\"}");
    }

    @ParameterizedTest
    @CsvSource({"/,state", "/version,firecracker_version", "/vm/config,machine-config", "/machine-config,vcpu_count"})
    void canBeReadAtAnyTime(String path, String field) throws Exception {
        assertThat(before.get(path).body()).contains("\"" + field + "\":");
        assertThat(after.get(path).body()).contains("\"" + field + "\":");
    }

    @Test
    void theStateIsTold() throws Exception {
        assertThat(before.get("/").body()).contains("\"state\":\"Not started\"", "\"app_name\":\"Firecracker\"");
        assertThat(after.get("/").body()).contains("\"state\":\"Running\"");
    }

    @ParameterizedTest(name = "{0} {1} {2} -> {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "PUT | /drives/a-b | {\"drive_id\":\"a-b\",\"is_root_device\":false} | API Resource IDs can only contain alphanumeric characters and underscores.",
                "PUT | /drives | {\"drive_id\":\"a\",\"is_root_device\":false} | The ID cannot be empty.",
                "PUT | /drives/a | {\"drive_id\":\"b\",\"is_root_device\":false,\"path_on_host\":\"x\"} | The id from the path [a] does not match the id from the body [b]!",
                "PUT | /machine-config | {\"vcpu_count\":1,\"mem_size_mib\":128,\"ram\":1} | unknown field `ram`, expected one of `vcpu_count`, `mem_size_mib`",
                "PUT | /machine-config | {\"mem_size_mib\":128} | missing field `vcpu_count` at line 1 column",
                "PUT | /machine-config | {\"vcpu_count\":1,\"mem_size_mib\":128,\"smt\":null} | invalid type: null, expected a boolean",
                "PUT | /machine-config | {\"vcpu_count\":\"1\",\"mem_size_mib\":128} | expected u8",
                "PUT | /machine-config | {\"vcpu_count\":33,\"mem_size_mib\":128} | The number of vCPUs must be greater than 0, less than 32",
                "PUT | /machine-config | {\"vcpu_count\":1,\"mem_size_mib\":0} | The memory size (MiB) is either 0, or not a multiple of the configured page size.",
                "PATCH | /machine-config | {} | Empty PATCH request.",
                "PUT | /actions | {\"action_type\":\"Stop\"} | unknown variant `Stop`, expected one of",
                "PUT | /vsock | {\"guest_cid\":2,\"uds_path\":\"v\"} | Vsock config error",
                "PUT | /snapshot/load | {\"snapshot_path\":\"s\"} | missing field: either `mem_backend` or `mem_file_path` is required",
                "PUT | /boot-source | {\"kernel_image_path\":\"none\"} | The kernel file cannot be opened: No such file or directory (os error 2)",
                "PUT | /drives/a | {\"drive_id\":\"a\",\"is_root_device\":false,\"path_on_host\":\"none\"} | Error manipulating the backing file: No such file or directory (os error 2) none",
                "PUT | /network-interfaces/n | {\"iface_id\":\"n\",\"host_dev_name\":\"a_name_that_is_too_long\"} | Could not create the network device",
                "PUT | /machine-config | not json | An error occurred when deserializing the json body of a request",
                "PATCH | /boot-source | {} | Invalid request method and/or path: PATCH boot-source.",
                "GET | /nowhere | '' | Invalid request method and/or path: GET nowhere.",
                "GET | /version | {} | GET request cannot have a body.",
                "PUT | /version | '' | Empty PUT request.",
            })
    void refusesWithThatText(String method, String path, String body, String text) throws Exception {
        Answer refused = before.request(method, path, body);

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).startsWith("{\"fault_message\":\"").contains(text);
    }

    @Test
    void optionalFieldsMayBeNull() throws Exception {
        assertThat(before.put("/entropy", "{\"rate_limiter\":null}").status()).isEqualTo(204);
    }

    @Test
    void whatIsConfiguredIsToldBack() throws Exception {
        String body =
                "{\"drive_id\":\"data_1\",\"is_root_device\":false,\"is_read_only\":true,\"path_on_host\":\"%s\",\"rate_limiter\":{\"ops\":{\"size\":5,\"refill_time\":100}}}"
                        .formatted(directory.resolve("disk"));
        assertThat(before.put("/drives/data_1", body).status()).isEqualTo(204);

        assertThat(before.get("/vm/config").body())
                .contains(
                        "\"drive_id\":\"data_1\"", "\"is_read_only\":true", "\"cache_type\":\"Unsafe\"", "\"size\":5");
    }

    @Test
    void theMetadataStoreIsMergedAndLimited() throws Exception {
        assertThat(before.get("/mmds").body()).isEqualTo("{}");
        assertThat(before.put("/mmds", "{\"a\":1,\"b\":{\"c\":2}}").status()).isEqualTo(204);
        assertThat(before.patch("/mmds", "{\"a\":null,\"b\":{\"d\":3}}").status())
                .isEqualTo(204);
        assertThat(before.get("/mmds").body()).isEqualTo("{\"b\":{\"c\":2,\"d\":3}}");
        assertThat(before.patch("/mmds", "{\"x\":\"" + "x".repeat(51180) + "\"}")
                        .status())
                .isEqualTo(413);
    }

    @Test
    void aKernelThatIsNoneIsRefusedAtTheStartAndCanBeMended() throws Exception {
        Path own = Files.createDirectory(directory.resolve("mended"));
        Files.writeString(own.resolve("kernel"), "this is no kernel".repeat(100));
        try (ApiProcess vmm = ApiProcess.ready(own);
                RawConnection api = new RawConnection(vmm.socket())) {
            assertThat(api.put("/actions", "{\"action_type\":\"InstanceStart\"}")
                            .body())
                    .contains("Cannot start microvm without kernel configuration.");
            ApiProcess.expect204(api.put("/boot-source", "{\"kernel_image_path\":\"kernel\"}"));
            assertThat(api.put("/actions", "{\"action_type\":\"InstanceStart\"}")
                            .body())
                    .contains("Invalid Elf magic number");
            vmm.boot(api);
        }
    }

    @Test
    void metricsAreFlushedOnDemandAndOpenedOnce() throws Exception {
        Path own = Files.createDirectory(directory.resolve("metrics"));
        Files.writeString(own.resolve("m"), "x".repeat(20_000));
        try (ApiProcess vmm = ApiProcess.ready(own);
                RawConnection api = new RawConnection(vmm.socket())) {
            ApiProcess.expect204(api.put("/metrics", "{\"metrics_path\":\"m\"}"));
            assertThat(api.put("/metrics", "{\"metrics_path\":\"m\"}").body()).contains("Metrics error");
            vmm.boot(api);
            ApiProcess.expect204(api.put("/actions", "{\"action_type\":\"FlushMetrics\"}"));
            assertThat(Files.readString(own.resolve("m")))
                    .as("an old file is written over from its start")
                    .startsWith("{\"utc_timestamp_ms\":")
                    .hasSize(20_000);
        }
    }

    @Test
    void everyPathNamesTheDoubleOrIsReal() throws Exception {
        assumeTrue(ApiProcess.BINARIES.isDouble(), "only the double says that it is one");
        assertThat(Files.readString(started.path("vmm.log"))).contains("double of Firecracker");
    }
}
