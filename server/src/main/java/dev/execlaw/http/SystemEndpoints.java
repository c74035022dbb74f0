package dev.execlaw.http;

import static dev.execlaw.http.Endpoint.endpoint;

import dev.execlaw.session.Sessions;
import java.util.List;
import java.util.function.Supplier;

/** The operations on the server itself. */
final class SystemEndpoints {

    private final Sessions sessions;
    private final Supplier<SystemInfo> system;
    private final Supplier<OpenApi> description;

    SystemEndpoints(Sessions sessions, Supplier<SystemInfo> system, Supplier<OpenApi> description) {
        this.sessions = sessions;
        this.system = system;
        this.description = description;
    }

    List<Endpoint> all() {
        return List.of(
                endpoint("GET", "/health", "health", "Whether the server works; needs no credential")
                        .openToAll()
                        .returns(200, Health.class)
                        .does(_ -> health()),
                endpoint("GET", "/system", "system", "What the server is and has")
                        .returns(200, SystemInfo.class)
                        .does(_ -> system.get()),
                endpoint("GET", "/openapi.json", "openapi", "This description")
                        .does(_ -> description.get().document()));
    }

    private Health health() {
        SystemInfo info = system.get();
        return new Health(
                "ok",
                info.version(),
                info.driver(),
                info.accelerator().kind(),
                sessions.list().size());
    }

    /** Response of {@code GET /health}. */
    record Health(String status, String version, String driver, String accelerator, int sessions) {}
}
