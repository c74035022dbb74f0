package dev.execlaw.gateway;

import static dev.execlaw.gateway.FakeUpstream.end;
import static dev.execlaw.gateway.FakeUpstream.stream;
import static dev.execlaw.gateway.FakeUpstream.text;
import static dev.execlaw.gateway.FakeUpstream.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.BudgetWarning;
import dev.execlaw.event.EventPayload.Usage;
import dev.execlaw.gateway.GatewaySession.Route;
import dev.execlaw.gateway.Meter.Admission;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.ContentResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What a meter says to calls, and what it is told: no call ends in an error for it. */
class GatewayBudgetTest {

    private GatewayFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new GatewayFixture();
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCallThatMayNotGoIsAnsweredInTheModelsPlace(boolean streaming) throws Exception {
        fixture.meter.admissions.add(new Admission.No(ScriptedMeter.reached("Stopped: used up.")));
        ContentResponse answer = fixture.ask(streaming);
        assertThat(answer.getStatus()).isEqualTo(200);
        assertThat(GatewayFixture.text(answer)).isEqualTo("Stopped: used up.");
        assertThat(answer.getContentAsString()).contains("\"finish_reason\":\"stop\"");
        assertThat(fixture.upstream.requests).isEmpty();
        assertThat(fixture.traffic.log()).containsExactly("started m1", "reached tokens", "finished last");
        assertThat(fixture.meter.settled).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSummaryThatMayNotBeMadeIsRefusedAndNothingWeSayStandsForTheHistory(boolean streaming) throws Exception {
        fixture.meter.admissions.add(new Admission.No(ScriptedMeter.reached("Stopped: used up.")));
        ContentResponse answer = fixture.request("{\"stream\":" + streaming + ",\"messages\":["
                        + "{\"role\":\"system\",\"content\":\"You are a conversation compaction engine.\"},"
                        + "{\"role\":\"user\",\"content\":\"Summarize the following conversation history.\"}]}")
                .send();
        assertThat(answer.getStatus()).isEqualTo(402);
        assertThat(answer.getContentAsString()).contains("\"code\":\"no_summary\"", "Stopped: used up.");
        assertThat(answer.getMediaType()).isEqualTo("application/json");
        assertThat(fixture.gateway.refusals()).containsEntry("no_summary", 1L);
        assertThat(fixture.traffic.log())
                .containsExactly(
                        "side #1 compaction: Summarize the following conversation history.",
                        "reached tokens",
                        "side #1 stopped");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAnswerThatGetsTooLongIsCutAndItsTokensAreGuessed(boolean streaming) throws Exception {
        fixture.meter.most = 100;
        fixture.upstream.script((out, request) -> {
            stream(out);
            for (int i = 0; i < 100_000; i++) {
                text(out, "four");
            }
        });
        ContentResponse answer = fixture.ask(streaming);
        assertThat(answer.getStatus()).isEqualTo(200);
        assertThat(GatewayFixture.text(answer)).endsWith("Stopped: enough.");
        assertThat(fixture.upstream.hungUp.await(10, TimeUnit.SECONDS))
                .as("the provider was hung up on")
                .isTrue();
        Usage usage = fixture.meter.settled.getFirst();
        assertThat(usage.estimated()).isTrue();
        assertThat(usage.outputTokens()).isBetween(100L, 50_000L);
        assertThat(usage.inputTokens()).isEqualTo(fixture.meter.asked.getFirst().promptTokens());
        List<String> log = fixture.traffic.log();
        assertThat(log.subList(log.size() - 3, log.size()))
                .containsExactly(
                        "usage " + usage.inputTokens() + " " + usage.outputTokens(), "reached tokens", "finished last");
    }

    @Test
    void aCallWaitsForItsTurnAndTheGuestHearsThatItIsAlive() throws Exception {
        fixture.meter.admissions.add(new Admission.Wait(Duration.ofMillis(50), "Waiting 1 s."));
        fixture.meter.admissions.add(new Admission.Wait(Duration.ofMillis(50), "Waiting 1 s."));
        fixture.upstream.script((out, request) -> {
            stream(out);
            text(out, "at last");
            end(out, "stop");
        });
        ContentResponse answer = fixture.ask(true);
        assertThat(answer.getContentAsString())
                .startsWith(": waiting\n\n: waiting\n\n")
                .contains("at last");
        assertThat(fixture.meter.asked).hasSize(3);
        assertThat(fixture.meter.asked.getLast().waited()).isGreaterThanOrEqualTo(Duration.ofMillis(100));
        assertThat(fixture.traffic.log())
                .containsExactly("started m1", "notice Waiting 1 s.", "message at last", "usage 5 7", "finished last");
    }

    @Test
    void aCallThatWaitsCanBeInterrupted() throws Exception {
        for (int i = 0; i < 100; i++) { // asked again with every sign of life
            fixture.meter.admissions.add(new Admission.Wait(Duration.ofMinutes(1), "Waiting 60 s."));
        }
        try (InputStream in = fixture.open()) {
            await().until(() -> fixture.traffic.has("notice"));
            long began = System.nanoTime();
            fixture.gateway.interrupt("s1");
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).contains(Call.STOPPED);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
        }
        assertThat(fixture.upstream.requests).isEmpty();
    }

    @Test
    void aTurnWhoseTimeIsUpEndsWithThoseWords() throws Exception {
        fixture.upstream.script((out, request) -> {
            stream(out);
            text(out, "I think");
            new CountDownLatch(1).await(20, TimeUnit.SECONDS);
        });
        try (InputStream in = fixture.open()) {
            await().until(() -> fixture.traffic.has("message I think"));
            fixture.meter.over = "Stopped: the time is up.";
            fixture.gateway.interrupt("s1");
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).contains("Stopped: the time is up.");
        }
        assertThat(fixture.meter.settled)
                .singleElement()
                .satisfies(usage -> assertThat(usage.estimated()).isTrue());
    }

    @Test
    void whatTheProviderCountsIsToldWithItsDetails() throws Exception {
        fixture.meter.warnings = List.of(new BudgetWarning("usd", 4, 5, "soon"));
        fixture.upstream.script((out, request) -> {
            stream(out);
            text(out, "x");
            write(
                    out,
                    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                            + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":50,\"completion_tokens\":7,"
                            + "\"prompt_tokens_details\":{\"cached_tokens\":40},"
                            + "\"completion_tokens_details\":{\"reasoning_tokens\":3},\"cost\":0.0125}}\n\ndata: [DONE]\n\n");
        });
        fixture.ask(true);
        assertThat(fixture.traffic.events())
                .contains((EventPayload) new Usage("up", 50, 7, 40L, 3L, 0.0125, "up", null));
        assertThat(fixture.traffic.log())
                .containsExactly("started m1", "message x", "usage 50 7", "warning usd", "finished last");
    }

    @Test
    void aProviderThatRefusesCostsNothing() throws Exception {
        fixture.upstream.script((out, request) -> FakeUpstream.status(out, "400 Bad Request", "", "{}"));
        fixture.ask(true);
        assertThat(fixture.meter.asked).hasSize(1);
        assertThat(fixture.meter.settled).isEmpty();
    }

    @Test
    void aProviderThatDoesNotCountIsGuessed() throws Exception {
        fixture.upstream.script((out, request) -> {
            stream(out);
            text(out, "12345678");
            write(out, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        });
        fixture.ask(true);
        assertThat(fixture.meter.settled).singleElement().satisfies(usage -> {
            assertThat(usage.estimated()).isTrue();
            assertThat(usage.outputTokens()).isEqualTo(2);
        });
    }

    @Test
    void aSessionThatIsClosedInTheMidstHasSpentAllTheSame() throws Exception {
        fixture.upstream.script((out, request) -> {
            stream(out);
            text(out, "I think");
            new CountDownLatch(1).await(20, TimeUnit.SECONDS);
        });
        try (InputStream _ = fixture.open()) {
            await().until(() -> fixture.traffic.has("message I think"));
            fixture.gateway.close("s1");
            await().until(() -> !fixture.meter.settled.isEmpty());
        }
        assertThat(fixture.meter.settled.getFirst().estimated()).isTrue();
    }

    @Test
    void theNextCallOfATurnGoesToTheModelThatWasChosenMeanwhile() throws Exception {
        fixture.upstream.script((out, request) -> {
            stream(out);
            text(out, "x");
            end(out, "stop");
        });
        fixture.ask(true);
        fixture.route = new Route("up", "other", GatewayFixture.KEY, "be brief", 0.5, 9, "low");
        fixture.ask(true);
        JsonNode second = fixture.upstream.requests.getLast();
        assertThat(fixture.upstream.requests.getFirst().path("model").asString())
                .isEqualTo("big");
        assertThat(second.path("model").asString()).isEqualTo("other");
        assertThat(second.path("reasoning_effort").asString()).isEqualTo("low");
        assertThat(second.path("messages").get(0).path("content").asString()).isEqualTo("be brief");
        assertThat(fixture.meter.asked.getLast().model()).isEqualTo("other");
    }

    @Test
    void whatACallCostIsToldByOpenRouterAlone() {
        ProviderSettings router = Providers.defaults().find("openrouter").orElseThrow();
        ProviderSettings other = Providers.defaults().find("openai").orElseThrow();
        assertThat(router.tellsCost()).isTrue();
        assertThat(other.tellsCost()).isFalse();
    }
}
