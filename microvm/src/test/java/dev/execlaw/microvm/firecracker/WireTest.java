package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.firecracker.RawConnection.Answer;
import dev.execlaw.microvm.process.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firecracker's HTTP as bytes, on a process that has been configured with nothing. */
final class WireTest {

    private static final String MACHINE = "{\"vcpu_count\":1,\"mem_size_mib\":128}";

    @TempDir
    Path directory;

    private ApiProcess vmm;
    private RawConnection api;

    @BeforeEach
    void start() throws Exception {
        vmm = ApiProcess.ready(directory);
        api = new RawConnection(vmm.socket());
    }

    @AfterEach
    void stop() throws Exception {
        api.close();
        vmm.close();
    }

    @Test
    void aStatusLineHasAnEmptyReasonAndTwoHundredFourHasNoLength() throws Exception {
        Answer done = api.put("/machine-config", MACHINE);

        assertThat(done.statusLine()).isEqualTo("HTTP/1.1 204 ");
        assertThat(done.headers()).containsExactly("Server: Firecracker API", "Connection: keep-alive");
    }

    @Test
    void aBodyHasAlwaysItsLengthAndIsJson() throws Exception {
        Answer version = api.get("/version");

        assertThat(version.statusLine()).isEqualTo("HTTP/1.1 200 ");
        assertThat(version.header("Content-Type")).contains("application/json");
        assertThat(version.body()).matches("\\{\"firecracker_version\":\"1\\.\\d+\\.\\d+[^\"]*\"}");
    }

    @Test
    void aRequestMayComeInAnyPieces() throws Exception {
        String request = "PUT /machine-config HTTP/1.1\r\nContent-Length: " + MACHINE.length() + "\r\n\r\n" + MACHINE;
        for (int i = 0; i < request.length(); i++) {
            api.send(request.substring(i, i + 1));
        }

        assertThat(api.answer().status()).isEqualTo(204);
    }

    @Test
    void severalRequestsInOnePieceAreAnsweredInOrder() throws Exception {
        api.send("GET /version HTTP/1.1\r\n\r\nGET /machine-config HTTP/1.1\r\n\r\n");

        assertThat(api.answer().body()).contains("firecracker_version");
        assertThat(api.answer().body()).contains("vcpu_count");
    }

    @Test
    void theConnectionLivesOnAfterARefusal() throws Exception {
        assertThat(api.put("/machine-config", "{\"vcpu_count\":0,\"mem_size_mib\":128}")
                        .status())
                .isEqualTo(400);
        assertThat(api.put("/machine-config", MACHINE).status()).isEqualTo(204);
    }

    @Test
    void theEleventhConnectionIsRefusedWithAnAnswerOfItsOwn() throws Exception {
        List<RawConnection> ten = new ArrayList<>(List.of(api));
        try {
            while (ten.size() < 10) {
                ten.add(new RawConnection(vmm.socket()));
                ten.getLast().get("/");
            }
            api.get("/");
            try (RawConnection eleventh = new RawConnection(vmm.socket())) {
                Answer full = eleventh.answer();
                assertThat(full.statusLine()).isEqualTo("HTTP/1.1 503");
                assertThat(full.header("Connection")).contains("close");
                assertThat(full.body()).isEqualTo("{ \"error\": \"Too many open connections\" }");
                assertThat(eleventh.endsWithoutAnswer()).isTrue();
            }
        } finally {
            for (RawConnection connection : ten.subList(1, ten.size())) {
                connection.close();
            }
        }
    }

    @Test
    void anErrorOfTheTransportIsNotValidJson() throws Exception {
        api.send("POST / HTTP/1.1\r\n\r\n");
        Answer refused = api.answer();

        assertThat(refused.statusLine()).isEqualTo("HTTP/1.1 400 ");
        assertThat(refused.body())
                .isEqualTo("{ \"error\": \"Invalid HTTP Method: Unsupported HTTP method.\n"
                        + "All previous unanswered requests will be dropped.\" }");
    }

    @Test
    void aDeprecatedFieldIsFlagged() throws Exception {
        String deprecated = "{\"vcpu_count\":1,\"mem_size_mib\":128,\"cpu_template\":\"None\"}";

        assertThat(api.put("/machine-config", deprecated).header("Deprecation")).contains("true");
        assertThat(api.put("/machine-config", MACHINE).header("Deprecation")).isEmpty();
    }

    @Test
    void aHeaderLineOfMoreThanAKibibyteIsRefused() throws Exception {
        api.send("GET / HTTP/1.1\r\nX: " + "x".repeat(1100));
        Answer refused = api.answer();

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).startsWith("{ \"error\": \"Invalid header.");
    }

    @Test
    void aRequestLineOfMoreThanAKibibyteIsRefused() throws Exception {
        api.send("GET /" + "x".repeat(1100));

        assertThat(api.answer().body()).startsWith("{ \"error\": \"Invalid request.");
    }

    @Test
    void manyShortHeadersOfMoreThanAKibibyteTogetherAreTaken() throws Exception {
        api.send("GET /version HTTP/1.1\r\n" + ("X: " + "x".repeat(200) + "\r\n").repeat(20) + "\r\n");

        assertThat(api.answer().status()).isEqualTo(200);
    }

    @Test
    void aBodyOverTheLimitIsRefusedByItsLengthAlone() throws Exception {
        api.send("PUT /mmds HTTP/1.1\r\nContent-Length: 51201\r\n\r\n");
        Answer refused = api.answer();

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body())
                .contains("Request payload with size 51201 is larger than the limit of 51200 allowed by server.");
    }

    @Test
    void aBodyAtTheLimitIsTaken() throws Exception {
        String body = "{\"a\":\"" + "x".repeat(51200 - 8) + "\"}";

        assertThat(api.put("/mmds", body).status()).isEqualTo(204);
        assertThat(api.get("/mmds").body()).isEqualTo(body);
    }

    @Test
    void aChunkedBodyIsAnEmptyOne() throws Exception {
        api.send("PUT /machine-config HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");

        assertThat(api.answer().body()).isEqualTo("{\"fault_message\":\"Empty PUT request.\"}");
    }

    @Test
    void whoExpectsToContinueIsTold() throws Exception {
        api.send("PUT /machine-config HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: " + MACHINE.length()
                + "\r\n\r\n");
        assertThat(api.answer().statusLine()).isEqualTo("HTTP/1.1 100 ");

        api.send(MACHINE);
        assertThat(api.answer().status()).isEqualTo(204);
    }

    @Test
    void aRequestBeforeAHalfCloseIsDiscarded() throws Exception {
        try (RawConnection half = new RawConnection(vmm.socket())) {
            half.get("/");
            // Both must be there when the server looks.
            signal("-STOP");
            half.send("GET / HTTP/1.1\r\n\r\n");
            half.shutdownOutput();
            signal("-CONT");
            assertThat(half.endsWithoutAnswer()).isTrue();
        }
        assertThat(api.get("/").status()).isEqualTo(200);
    }

    private void signal(String name) throws Exception {
        Command.of("kill", name, Long.toString(vmm.process().pid())).runOrThrow();
    }

    @Test
    void aClientThatIsGoneIsNoHarm() throws Exception {
        try (RawConnection gone = new RawConnection(vmm.socket())) {
            gone.send("PUT /machine-config HTTP/1.1\r\nContent-Length: 1000\r\n\r\n{");
        }
        assertThat(api.get("/").status()).isEqualTo(200);
    }
}
