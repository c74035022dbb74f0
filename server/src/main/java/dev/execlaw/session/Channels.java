package dev.execlaw.session;

import dev.execlaw.agent.AgentChannel;
import dev.execlaw.agent.Agents;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Decides how messages get to new sessions' agents, and refuses what cannot work. */
record Channels(Agents agents, SessionDefaults defaults) {

    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)(?:\\.(\\d+))?.*");
    private static final String NEXT = "leave agentChannel out, or send \"console\"";

    /** The one that a session gets: what it asks for, else the default where its agent knows that. */
    AgentChannel of(CreateSession request, String agent, Image image) {
        AgentChannel wanted = request.agentChannel();
        boolean can =
                agents.find(agent, image.agent(), AgentChannel.A2A).isPresent() && request.keyMode() != KeyMode.DIRECT;
        if (wanted == null) {
            return can ? defaults.agentChannel() : AgentChannel.CONSOLE;
        }
        if (wanted == AgentChannel.A2A && !can) {
            throw refused(
                    request.keyMode() == KeyMode.DIRECT
                            ? "agentChannel is \"a2a\" and keyMode \"direct\": no model traffic would be seen, and A2A"
                                    + " tells neither thoughts nor what tools were given and returned"
                            : "agentChannel is \"a2a\", and the agent " + agent + " of image " + image.id()
                                    + " has no A2A endpoint: nullclaw from " + Agents.a2aSince() + " on has",
                    NEXT);
        }
        return wanted;
    }

    /** Refuses A2A where the image's agent is known to be too old; where it is not known, the guest finds out. */
    static void check(SessionSettings settings, AgentVersions versions) {
        if (settings.agentChannel() == AgentChannel.CONSOLE) {
            return;
        }
        String version = versions.of(settings.image()).orElse(null);
        if (version != null && older(version, Agents.a2aSince())) {
            throw refused(
                    "agentChannel is \"a2a\", and the nullclaw of image " + settings.image() + " is " + version
                            + ": its A2A endpoint can be used from " + Agents.a2aSince() + " on",
                    NEXT + "; or build an image with a newer nullclaw");
        }
    }

    /** Whether the first is the older one; what is no version is not. */
    static boolean older(String version, String than) {
        Matcher one = VERSION.matcher(version);
        Matcher other = VERSION.matcher(than);
        if (!one.matches() || !other.matches()) {
            return false;
        }
        for (int part = 1; part <= 3; part++) {
            int difference = Integer.compare(number(one.group(part)), number(other.group(part)));
            if (difference != 0) {
                return difference < 0;
            }
        }
        return false;
    }

    private static int number(@Nullable String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }

    private static ProblemException refused(String detail, String next) {
        return new ProblemException(ErrorCode.INVALID_REQUEST, detail, next);
    }
}
