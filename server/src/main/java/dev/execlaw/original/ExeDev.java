package dev.execlaw.original;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * exe.dev, a host of virtual machines: whether this server runs on one, and its command interface (exe.dev/docs/https-api),
 * which takes a line as its shell would. Any thread may use it.
 */
public final class ExeDev {

    /** Where exe.dev takes commands. */
    public static final URI COMMANDS = URI.create("https://exe.dev/exec");

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,29}");
    private static final String DOMAIN = ".exe.xyz";

    /** The whole command may have 64 KiB. */
    private static final int LONGEST_PROMPT = 60_000;

    private static final int LONGEST_COMMAND = 64_000;
    private static final String CUT = "\n\n[...transcript truncated due to size limit...]";

    /** exe.dev itself gives up after 30 s. */
    private static final Duration DEADLINE = Duration.ofSeconds(35);

    private final boolean here;
    private final URI commands;

    /**
     * exe.dev as seen from here.
     *
     * @param here whether this is one of its machines
     */
    public ExeDev(boolean here, URI commands) {
        this.here = here;
        this.commands = commands;
    }

    /** What became of a new machine. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record NewMachine(
            boolean ok,
            String vmName,
            String url,
            String shelleyUrl,
            @Nullable JsonNode exedev,
            @Nullable String raw) {}

    boolean here() {
        return here;
    }

    /** Whether a host's name, or what its file of names makes of it, ends in {@code .exe.xyz}. */
    public static boolean isMachine(Path hostname, Path hosts) throws IOException {
        String name = Files.exists(hostname) ? Files.readString(hostname).strip() : "";
        List<String> lines = Files.exists(hosts) ? Files.readAllLines(hosts) : List.of();
        return name.endsWith(DOMAIN)
                || lines.stream()
                        .map(line -> Arrays.asList(
                                line.replaceFirst("#.*", "").strip().split("\\s+", -1)))
                        .anyMatch(names -> names.contains(name) && names.contains(name + DOMAIN));
    }

    /** Makes a machine whose agent begins with a prompt. */
    NewMachine create(Bodies.NewMachine request) {
        if (!here) {
            throw new ProblemException(
                    ErrorCode.NOT_CONFIGURED,
                    "not running on exe.dev platform",
                    "Set original.exedev = \"on\" if this is a machine of exe.dev.");
        }
        String token = Bodies.required(request.token(), "exe.dev API token is required");
        if (token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw refused("the exe.dev API token has characters that no token has");
        }
        String name = Bodies.required(request.vmName(), "VM name is required");
        if (!NAME.matcher(name).matches()) {
            throw refused("VM name must be lowercase alphanumeric with hyphens, 1-30 chars,"
                    + " starting with a letter or digit");
        }
        String command = "new --json --name=" + name + " --prompt='"
                + shortened(request.prompt() == null ? "" : request.prompt()).replace("'", "'\\''") + "'";
        if (command.getBytes(UTF_8).length > LONGEST_COMMAND) {
            throw refused("session transcript too large for exe.dev API (max ~60KB). Try with a shorter session.");
        }
        return answer(name, send(command, token));
    }

    private HttpResponse<String> send(String command, String token) {
        HttpRequest request = HttpRequest.newBuilder(commands)
                .timeout(DEADLINE)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString(command))
                .build();
        try (HttpClient http =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build()) {
            return http.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new ProblemException(
                    ErrorCode.PROVIDER_DOWN, "exe.dev API request failed: " + e, "Try again later.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProblemException(ErrorCode.SHUTTING_DOWN, "the request was interrupted", "Try again later.", e);
        }
    }

    private static NewMachine answer(String name, HttpResponse<String> response) {
        String body = response.body();
        if (response.statusCode() == 401) {
            throw refused("Invalid or expired exe.dev API token. Generate a new one with: ssh exe.dev token");
        }
        if (response.statusCode() == 422) {
            throw refused("exe.dev command failed: " + body);
        }
        if (response.statusCode() >= 400) {
            throw new ProblemException(
                    ErrorCode.PROVIDER_DOWN,
                    "exe.dev answered " + response.statusCode() + ": " + body,
                    "Try again later.");
        }
        JsonNode json = null;
        try {
            json = JsonMapper.shared().readTree(body);
        } catch (JacksonException _) {
            // Some answers are text; they are passed on as that.
        }
        return new NewMachine(
                true,
                name,
                "https://" + name + DOMAIN + "/",
                "https://" + name + ".shelley" + DOMAIN + "/",
                json,
                json == null ? body : null);
    }

    /** Cut between two characters. */
    private static String shortened(String prompt) {
        byte[] bytes = prompt.getBytes(UTF_8);
        if (bytes.length <= LONGEST_PROMPT) {
            return prompt;
        }
        int end = LONGEST_PROMPT;
        while ((bytes[end] & 0xC0) == 0x80) {
            end--;
        }
        return new String(bytes, 0, end, UTF_8) + CUT;
    }

    private static ProblemException refused(String detail) {
        return new ProblemException(ErrorCode.INVALID_REQUEST, detail, "");
    }
}
