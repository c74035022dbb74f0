package dev.execlaw.http;

import dev.execlaw.problem.ErrorCode;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Words for what fails before or beside our own handlers: requests that are no HTTP, heads too large, shutdown. */
final class JettyErrors implements Request.Handler {

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        Object message = request.getAttribute(ErrorHandler.ERROR_MESSAGE);
        String title = HttpStatus.getMessage(status);
        String detail = message == null ? title : String.valueOf(message);
        Reply.problem(new ProblemJson("about:blank", title, status, code(status), detail, next(status)))
                .send(response, callback);
        return true;
    }

    private static ErrorCode code(int status) {
        if (status == 503) {
            return ErrorCode.SHUTTING_DOWN;
        }
        return status < 500 ? ErrorCode.INVALID_REQUEST : ErrorCode.INTERNAL;
    }

    private static String next(int status) {
        if (status == 503) {
            return "The server stops; try again when it is back.";
        }
        return status < 500 ? "Mend the request." : "Look into the server's log.";
    }
}
