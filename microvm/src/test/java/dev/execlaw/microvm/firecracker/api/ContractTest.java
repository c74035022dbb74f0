package dev.execlaw.microvm.firecracker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** All that this client can send, held against Firecracker's own description of its API. */
class ContractTest {

    private static final Path BESIDE =
            Path.of(System.getProperty("execlaw.root"), "..", "shared", "contracts", "firecracker.yaml");

    /** Served, but not described (src/firecracker/src/api_server/parsed_request.rs). */
    private static final Set<String> NOT_DESCRIBED =
            Set.of("DELETE /drives/dev_1", "DELETE /pmem/dev_1", "DELETE /network-interfaces/dev_1");

    /** Deprecated fields, which this client does not offer. */
    private static final Set<String> NOT_OFFERED = Set.of(
            "PUT /snapshot/load.enable_diff_snapshots",
            "PUT /snapshot/load.mem_file_path",
            "PUT /vsock.vsock_id",
            "PATCH /machine-config.cpu_template");

    private Description description;

    @BeforeEach
    void read() throws IOException {
        String named = System.getProperty("execlaw.firecracker.contract", "");
        Path file = named.isEmpty() ? BESIDE : Path.of(named);
        assumeTrue(
                Files.isRegularFile(file),
                () -> "Firecracker's description of its API is not at "
                        + file.toAbsolutePath().normalize()
                        + "; name it: -Dexeclaw.firecracker.contract=FILE (firecracker_spec-*.yaml of a release)");
        description = Description.read(file);
    }

    @Test
    void everyRequestIsAsDescribed() {
        List<String> faults = new ArrayList<>();
        for (ApiRequest request : Samples.all()) {
            String operation = description.operation(request.method().name(), request.path());
            if (operation.isEmpty()) {
                faults.add(request.operation() + " is not described");
                continue;
            }
            Object body = request.body();
            if (body == null) {
                if (description.bodyRequired(operation)) {
                    faults.add(operation + " needs a body");
                }
                continue;
            }
            // The description gives PATCH /machine-config the schema of the whole and means a part of it.
            boolean partial = operation.equals("PATCH /machine-config");
            faults.addAll(description.faults(
                    description.body(operation), FirecrackerClient.json(body), request.operation(), partial));
        }
        faults.removeIf(fault -> NOT_DESCRIBED.contains(fault.replace(" is not described", "")));
        assertThat(faults).isEmpty();
    }

    @Test
    void everythingDescribedCanBeSent() {
        Set<String> covered = new HashSet<>();
        for (ApiRequest request : Samples.all()) {
            if (!(request instanceof RawRequest)) {
                covered.add(description.operation(request.method().name(), request.path()));
            }
        }
        assertThat(covered).containsAll(description.operations());
        assertThat(description.operations()).hasSizeGreaterThan(30);
    }

    @Test
    void everyFieldDescribedCanBeGiven() {
        Map<String, Set<String>> given = new HashMap<>();
        for (ApiRequest request : Samples.all()) {
            Object body = request.body();
            if (body != null) {
                String operation = description.operation(request.method().name(), request.path());
                JsonNode json = FirecrackerClient.json(body);
                given.computeIfAbsent(operation, key -> new HashSet<>()).addAll(json.propertyNames());
            }
        }
        Set<String> missing = new TreeSet<>();
        given.forEach((operation, fields) -> description.fieldsOf(operation).stream()
                .filter(field -> !fields.contains(field))
                .forEach(field -> missing.add(operation + "." + field)));
        missing.removeAll(NOT_OFFERED);
        assertThat(missing).isEmpty();
    }

    @Test
    void requestsThatAreWrongAreFoundWrong() {
        Map<?, ?> drive = description.body("PUT /drives/{drive_id}");
        assertThat(description.faults(drive, FirecrackerClient.json(Map.of("drive_id", 1, "size", 2)), "d", false))
                .containsExactlyInAnyOrder(
                        "d.drive_id is 1, not of type string",
                        "d.size is not described",
                        "d.is_root_device is missing");
    }

    @Test
    void everyKindOfRequestHasASample() {
        Set<Class<?>> sampled = new HashSet<>();
        Samples.all().forEach(request -> sampled.add(request.getClass()));
        assertThat(sampled).containsAll(kinds(ApiRequest.class).toList());
    }

    @Test
    void samplesLeaveNoFieldOut() {
        Map<Class<?>, Set<String>> given = new HashMap<>();
        for (ApiRequest request : Samples.all()) {
            for (RecordComponent component : request.getClass().getRecordComponents()) {
                if (value(component, request) != null) {
                    given.computeIfAbsent(request.getClass(), key -> new HashSet<>())
                            .add(component.getName());
                }
            }
        }
        given.remove(RawRequest.class);
        given.forEach((kind, names) -> assertThat(names)
                .as(kind.getSimpleName())
                .containsExactlyInAnyOrderElementsOf(Stream.of(kind.getRecordComponents())
                        .map(RecordComponent::getName)
                        .toList()));
    }

    private static Object value(RecordComponent component, ApiRequest request) {
        try {
            return component.getAccessor().invoke(request);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    private static Stream<Class<?>> kinds(Class<?> type) {
        return type.isRecord()
                ? Stream.of(type)
                : Stream.of(type.getPermittedSubclasses()).flatMap(ContractTest::kinds);
    }
}
