package dev.execlaw.session;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** JSON of what is stored of a session. A field that a newer build wrote is ignored by an older one. */
final class Saved {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private Saved() {}

    static String encode(SessionSettings settings) {
        return MAPPER.writeValueAsString(settings);
    }

    static String encode(SavedStatus status) {
        return MAPPER.writeValueAsString(status);
    }

    static SessionSettings settings(String json) {
        return MAPPER.readValue(json, SessionSettings.class);
    }

    static SavedStatus status(String json) {
        return MAPPER.readValue(json, SavedStatus.class);
    }
}
