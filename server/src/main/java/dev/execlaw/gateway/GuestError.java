package dev.execlaw.gateway;

import tools.jackson.databind.node.ObjectNode;

/** A guest's request that is refused before any model is asked, in the form of OpenAI's errors. */
final class GuestError extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;

    GuestError(int status, String code, String message) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    byte[] body() {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.putObject("error")
                .put("message", getMessage())
                .put("type", status >= 500 ? "server_error" : "invalid_request_error")
                .put("code", code);
        return Json.MAPPER.writeValueAsBytes(body);
    }
}
