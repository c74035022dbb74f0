package dev.execlaw.web.stub;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** The mail of a server that may write to {@code me@example.org} and to everybody at {@code team.example.org}. Any thread may use it. */
final class StubMail {

    private final List<String> sent = new CopyOnWriteArrayList<>();
    private volatile boolean configured = true;

    void none() {
        configured = false;
    }

    List<String> sent() {
        return new ArrayList<>(sent);
    }

    Map<String, Object> json() {
        return Map.of(
                "available",
                configured,
                "recipients",
                configured ? List.of("me@example.org", "*@team.example.org") : List.of());
    }

    StubMoments.Answer send(String session, Object to) {
        if (!configured) {
            return StubMoments.Answer.problem(
                    409, "NOT_CONFIGURED", "This server sends no mail: email.via is none.", "Set email.via.");
        }
        String address = String.valueOf(to);
        if (!address.equals("me@example.org") && !address.endsWith("@team.example.org")) {
            return StubMoments.Answer.problem(
                    403,
                    "RECIPIENT_REFUSED",
                    "Mail to \"" + address + "\" is not allowed here.",
                    "Use one of: me@example.org, *@team.example.org.");
        }
        sent.add(session + " " + address);
        return new StubMoments.Answer(200, Map.of("to", address));
    }
}
