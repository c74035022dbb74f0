package dev.execlaw.gateway;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/** The JSON of model APIs: long strings, bounded depth. */
final class Json {

    /** A message may be as long as the body limit allows. */
    private static final int LONGEST_STRING = 256 << 20;

    static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(LONGEST_STRING)
                            .maxNestingDepth(200)
                            .build())
                    .build())
            .build();

    private static final ObjectWriter ASCII = MAPPER.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII);

    private Json() {}

    /** As UTF-8; half a surrogate pair, which UTF-8 cannot say, as the escape that it came as. */
    static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JacksonException e) {
            return ASCII.writeValueAsBytes(node);
        }
    }

    /** Text of a {@code content} value: a string, or the text parts of an array, joined. */
    static String text(JsonNode content) {
        if (content.isString()) {
            return content.stringValue();
        }
        StringBuilder text = new StringBuilder();
        if (content.isArray()) {
            for (JsonNode part : content) {
                JsonNode piece = part.path("text");
                if (piece.isString()) {
                    text.append(piece.stringValue());
                }
            }
        }
        return text.toString();
    }

    /** The URL of an {@code image_url} part: an object, or the URL itself. */
    static String url(JsonNode part) {
        return part.isString() ? part.stringValue() : part.path("url").asString("");
    }
}
