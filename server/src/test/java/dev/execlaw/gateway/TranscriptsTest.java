package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.GatewaySession.Route;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.http.HttpVersion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every transcript, played to the whole gateway: in one piece and byte by byte, to guests that stream and guests that do
 * not, over HTTP/1.1 and HTTP/2, compressed and not. Each time the same is told.
 */
class TranscriptsTest {

    private static SecureUpstream secure;
    private static GatewayFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        secure = new SecureUpstream();
        fixture = new GatewayFixture(GatewayFixture.QUICK, secure.url(), secure.trust());
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
        secure.close();
    }

    static Stream<Transcript> all() {
        return Transcript.all().stream();
    }

    private static String kind(Transcript transcript) {
        return switch (transcript.provider()) {
            case "anthropic" -> "anthropic";
            case "openrouter" -> "openrouter";
            default -> "openai_compatible";
        };
    }

    @ParameterizedTest
    @MethodSource("all")
    void itIsToldAsItIsOverPlainHttp(Transcript transcript) throws Exception {
        String provider = kind(transcript);
        for (int size : new int[] {1 << 20, 7, 1}) {
            for (boolean streaming : new boolean[] {true, false}) {
                fixture.upstream.script((out, _) -> transcript.play(out, size, ""));
                check(transcript, provider, streaming, "pieces of " + size + ", streaming " + streaming);
            }
        }
        for (String coding : List.of("gzip", "deflate")) {
            fixture.upstream.script((out, _) -> transcript.play(out, 16, coding));
            check(transcript, provider, true, coding);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void itIsToldAsItIsOverHttp2(Transcript transcript) throws Exception {
        secure.versions.clear();
        for (int size : new int[] {1 << 20, 5}) {
            secure.play(transcript, size, "");
            check(transcript, "secure-" + kind(transcript), true, "pieces of " + size);
        }
        secure.play(transcript, 32, "gzip");
        check(transcript, "secure-" + kind(transcript), false, "gzip");
        assertThat(new HashSet<>(secure.versions)).isEqualTo(Set.of(HttpVersion.HTTP_2));
        // Only an answer that fails on its way is cut off; the connection itself serves all calls.
        if (!transcript.seen().getLast().startsWith("failed ")) {
            assertThat(secure.failures).isEmpty();
        }
        secure.failures.clear();
        assertThat(secure.connections).hasSize(1);
    }

    private static void check(Transcript transcript, String provider, boolean streaming, String how) throws Exception {
        fixture.route = new Route(provider, "m", GatewayFixture.KEY, null, null, null);
        int told = fixture.traffic.log().size();
        int events = fixture.traffic.events().size();
        ContentResponse answer = fixture.ask(streaming);
        assertThat(answer.getStatus()).isEqualTo(200);
        List<String> log = new ArrayList<>();
        int number = 0;
        for (String line :
                fixture.traffic.log().subList(told, fixture.traffic.log().size())) {
            if (line.startsWith("usage ")) {
                usage(events).ifPresent(log::add);
            } else if (line.startsWith("tool_call ")) {
                log.add(line.replaceFirst("#\\d+", "#" + ++number));
            } else if (!line.startsWith("started ")) {
                log.add(line);
            }
        }
        assertThat(log).as(how).isEqualTo(transcript.seenOf(provider));
        boolean failed = log.getLast().startsWith("failed ");
        String text = GatewayFixture.text(answer);
        log.stream()
                .filter(line -> line.startsWith("message ") && (streaming || !failed))
                .forEach(line -> assertThat(text).as(how).startsWith(line.substring(8)));
    }

    /** As the provider told it; empty where it did not come to, and the tokens are guessed. */
    private static Optional<String> usage(int from) {
        List<EventPayload> events = fixture.traffic.events();
        EventPayload.Usage usage = events.subList(from, events.size()).stream()
                .filter(EventPayload.Usage.class::isInstance)
                .map(EventPayload.Usage.class::cast)
                .findFirst()
                .orElseThrow();
        if (usage.estimated() != null) {
            return Optional.empty();
        }
        return Optional.of("usage " + usage.inputTokens() + " " + usage.outputTokens() + " "
                + Objects.toString(usage.cachedInputTokens(), "-") + " "
                + Objects.toString(usage.reasoningTokens(), "-") + " " + Objects.toString(usage.cost(), "-"));
    }
}
