package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.execlaw.agent.AgentSettings;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.gateway.Providers;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DraftTest {

    private static final Path ANY = Path.of("/nowhere");
    private static final Image IMAGE =
            new Image("0123456789abcdef", "debian", ANY, ANY, ANY, ANY, new Image.Agent("reference", "1"));

    private final Models models = new Models(
            new Providers(List.of(
                    new ProviderSettings("demo", "Demo", ProviderSettings.Kind.DEMO, null, false, List.of("demo")),
                    new ProviderSettings(
                            "paid",
                            "Paid",
                            ProviderSettings.Kind.OPENAI_COMPATIBLE,
                            "https://paid.example/v1",
                            true,
                            List.of("large")),
                    new ProviderSettings(
                            "ours",
                            "Ours",
                            ProviderSettings.Kind.OPENAI_COMPATIBLE,
                            "https://ours.example/v1",
                            true,
                            List.of("large")))),
            provider -> provider.equals("ours") ? Optional.of("server-key") : Optional.empty());

    private final Draft draft = new Draft(SessionDefaults.DEFAULT, models, new Names(new SplittableRandom(1)));

    private static CreateSession request(
            String name, String provider, String model, String agent, String key, Integer vcpus, Integer memory) {
        return new CreateSession(name, provider, model, agent, key, vcpus, memory, null, null, null, null, null);
    }

    private Problem refused(CreateSession request) {
        return catchThrowableOfType(ProblemException.class, () -> draft.settings(request, IMAGE))
                .problem();
    }

    @Test
    void theServersTimeWithoutWorkIsTakenWhereTheRequestNamesNone() {
        SessionDefaults lazy = new SessionDefaults("demo", "demo", "nullclaw", 1, 512, 30, NetworkPolicy.NONE);
        Draft other = new Draft(
                lazy,
                new Models(
                        new Providers(List.of(new ProviderSettings(
                                "demo", "Demo", ProviderSettings.Kind.DEMO, null, false, List.of("demo")))),
                        _ -> Optional.empty()),
                new Names(new SplittableRandom(1)));
        SessionSettings settings = other.settings(request(null, "demo", null, null, null, null, null), IMAGE);
        assertThat(settings.idleTimeoutMin()).isEqualTo(30);
        assertThat(settings.network()).isEqualTo(NetworkPolicy.NONE);
        CreateSession own = new CreateSession(
                null, "demo", null, null, null, null, null, null, null, null, 7, NetworkPolicy.INTERNET);
        assertThat(other.settings(own, IMAGE).idleTimeoutMin()).isEqualTo(7);
        assertThat(other.settings(own, IMAGE).network()).isEqualTo(NetworkPolicy.INTERNET);
        CreateSession never = new CreateSession(null, "demo", null, null, null, null, null, null, null, null, 0, null);
        assertThat(other.settings(never, IMAGE).idleTimeoutMin()).isNull();
    }

    @Test
    void aHostThatBootsSlowlyGetsTimeForEverything() {
        SessionTimings patient = SessionTimings.DEFAULT.withBoot(Duration.ofMinutes(15));
        assertThat(patient.boot()).isEqualTo(Duration.ofMinutes(15));
        assertThat(patient.agent())
                .isEqualTo(SessionTimings.DEFAULT.agent().multipliedBy(15).dividedBy(2));
        assertThat(SessionTimings.DEFAULT.withBoot(SessionTimings.DEFAULT.boot()))
                .isEqualTo(SessionTimings.DEFAULT);
        assertThat(SessionTimings.DEFAULT.withBoot(Duration.ofSeconds(30)).agent())
                .isEqualTo(SessionTimings.DEFAULT.agent());
    }

    @Test
    void fillsInDefaults() {
        SessionSettings settings = draft.settings(request(null, "demo", null, null, null, null, null), IMAGE);
        assertThat(settings.name()).matches("[a-z]+-[a-z]+");
        assertThat(settings.model()).isEqualTo("demo");
        assertThat(settings.agent()).isEqualTo("nullclaw");
        assertThat(settings.vcpus()).isEqualTo(2);
        assertThat(settings.memoryMiB()).isEqualTo(1024);
        assertThat(settings.image()).isEqualTo(IMAGE.id());
    }

    @Test
    void namesWhatIsUnknownAndQuotesLimits() {
        assertThat(refused(request(null, "nope", null, null, null, null, null)).code())
                .isEqualTo(ErrorCode.UNKNOWN_PROVIDER);
        assertThat(refused(request(null, "demo", "gpt", null, null, null, null)).code())
                .isEqualTo(ErrorCode.UNKNOWN_MODEL);
        Problem agent = refused(request(null, "demo", null, "clippy", null, null, null));
        assertThat(agent.code()).isEqualTo(ErrorCode.UNKNOWN_AGENT);
        assertThat(agent.detail() + agent.next()).contains("clippy").contains("nullclaw, reference");
        assertThat(refused(request(null, "demo", null, null, null, 9, null)).detail())
                .isEqualTo("vcpus is 9, allowed are 1 to 8");
        assertThat(refused(new CreateSession(null, "demo", null, null, null, null, null, null, null, null, 4, null))
                        .detail())
                .isEqualTo("idleTimeoutMin (0: never) is 4, allowed are 5 to 10080");
        assertThat(refused(request(null, "demo", null, null, null, null, 255)).detail())
                .isEqualTo("memoryMiB is 255, allowed are 256 to 16384");
        assertThat(refused(request("x".repeat(81), "demo", null, null, null, null, null))
                        .detail())
                .contains("81 characters")
                .contains("80");
        assertThat(refused(request("a\u0007b", "demo", null, null, null, null, null))
                        .code())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refused(request(null, null, null, null, null, null, null)).detail())
                .contains("provider");
        assertThat(refused(new CreateSession(null, "demo", null, null, null, null, null, null, 2.5, null, null, null))
                        .detail())
                .isEqualTo("temperature is 2.5, allowed are 0 to 2");
    }

    @Test
    void aKeyIsNeededWhereNobodyHasOne() {
        assertThat(refused(request(null, "paid", null, null, null, null, null)).code())
                .isEqualTo(ErrorCode.KEY_MISSING);
        assertThat(draft.settings(request(null, "paid", null, null, "sk-1", null, null), IMAGE)
                        .model())
                .isEqualTo("large");
        assertThat(draft.settings(request(null, "ours", "other/model", null, null, null, null), IMAGE)
                        .model())
                .isEqualTo("other/model");
        assertThat(refused(request(null, "paid", null, null, "sk 1", null, null))
                        .detail())
                .doesNotContain("sk 1");
    }

    private Problem refusedDirect(CreateSession request, boolean allowed, HostNetwork.Mode mode) {
        SessionSettings settings = draft.settings(request, IMAGE);
        ProviderSettings provider = models.providers().find(settings.provider()).orElseThrow();
        return catchThrowableOfType(ProblemException.class, () -> DirectKey.check(settings, provider, allowed, mode))
                .problem();
    }

    private static CreateSession direct(String provider, NetworkPolicy network, SessionPolicy policy) {
        return new CreateSession(
                null,
                provider,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                network,
                null,
                policy,
                KeyMode.DIRECT);
    }

    @Test
    void aKeyGoesIntoAMachineOnlyWhereThatIsAllowedAndCanWork() {
        CreateSession wanted = direct("ours", null, null);
        SessionSettings settings = draft.settings(wanted, IMAGE);
        assertThat(settings.keyMode()).isEqualTo(KeyMode.DIRECT);
        DirectKey.check(settings, models.providers().find("ours").orElseThrow(), true, HostNetwork.Mode.TAP);
        assertThat(refusedDirect(wanted, false, HostNetwork.Mode.TAP).detail())
                .contains("session.key_mode_direct_allowed");
        assertThat(refusedDirect(wanted, true, HostNetwork.Mode.USER).detail()).contains("gateway alone");
        assertThat(refusedDirect(direct("ours", NetworkPolicy.NONE, null), true, HostNetwork.Mode.TAP)
                        .detail())
                .contains("\"none\"");
        assertThat(refusedDirect(direct("demo", null, null), true, HostNetwork.Mode.TAP)
                        .detail())
                .contains("demo");
        SessionPolicy limited = new SessionPolicy(10L, null, null, null, null, null);
        assertThat(refusedDirect(direct("ours", null, limited), true, HostNetwork.Mode.TAP)
                        .detail())
                .contains("budgets");
        assertThat(draft.settings(request(null, "ours", null, null, null, null, null), IMAGE)
                        .keyMode())
                .isEqualTo(KeyMode.GATEWAY);
    }

    @Test
    void theAgentIsToldTheProviderItselfByNameWhereItKnowsIt() {
        SessionSettings settings = draft.settings(direct("ours", null, null), IMAGE);
        AgentSettings other = new DirectKey(models.providers().find("ours").orElseThrow(), () -> Optional.of("sk-real"))
                .agentSettings(settings);
        assertThat(other.baseUrl()).isEqualTo("https://ours.example/v1");
        assertThat(other.token()).isEqualTo("sk-real");
        assertThat(other.direct()).isEqualTo(new AgentSettings.Direct(null));
        assertThat(other.toString()).doesNotContain("sk-real");
        ProviderSettings known = new ProviderSettings(
                "openai",
                "OpenAI",
                ProviderSettings.Kind.OPENAI_COMPATIBLE,
                "https://api.openai.com/v1",
                true,
                List.of());
        assertThat(new DirectKey(known, () -> Optional.of("sk"))
                        .agentSettings(settings)
                        .direct())
                .isEqualTo(new AgentSettings.Direct("openai"));
        assertThat(new DirectKey(known, Optional::empty).agentSettings(settings).token())
                .isEmpty();
    }

    @Test
    void thereAreFortyTimesFortyNames() {
        assertThat(new HashSet<>(Names.ADJECTIVES)).hasSize(40);
        assertThat(new HashSet<>(Names.NOUNS)).hasSize(40);
    }
}
