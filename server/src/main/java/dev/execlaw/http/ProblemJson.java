package dev.execlaw.http;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import org.eclipse.jetty.http.HttpStatus;

/** A problem as a response body: RFC 9457 with {@code code} and {@code next} added. */
record ProblemJson(String type, String title, int status, ErrorCode code, String detail, String next) {

    static final String MEDIA_TYPE = "application/problem+json";

    static ProblemJson of(Problem problem) {
        int status = problem.code().status();
        return new ProblemJson(
                "about:blank", HttpStatus.getMessage(status), status, problem.code(), problem.detail(), problem.next());
    }
}
