package dev.execlaw.http;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MimeTypes;
import org.eclipse.jetty.server.Request;

/** Reads request bodies within a size and a time. */
final class Bodies {

    /** How much of a body that is refused is still read, so that its sender gets to see why. */
    private static final long DRAIN = 64L << 20;

    private final int limit;
    private final Deadlines deadlines;

    Bodies(int limit, Deadlines deadlines) {
        this.limit = limit;
        this.deadlines = deadlines;
    }

    /** The whole body; a body that is not empty must be of this media type. */
    byte[] read(Request request, String mediaType) throws IOException {
        try (InputStream in = Request.asInputStream(request);
                var _ = deadlines.readingBody(request)) {
            byte[] body = request.getLength() > limit ? in.readNBytes(0) : in.readNBytes(limit + 1);
            if (request.getLength() > limit || body.length > limit) {
                drain(request, in);
                throw tooLarge(request.getLength());
            }
            if (body.length > 0) {
                requireType(request, mediaType);
            }
            return body;
        }
    }

    private static void drain(Request request, InputStream in) throws IOException {
        // Who asked first has sent nothing yet, and need not.
        if (!request.getHeaders().contains(HttpHeader.EXPECT)) {
            byte[] scrap = new byte[64 << 10];
            long left = DRAIN;
            for (int n = 0; n >= 0 && left > 0; left -= n) {
                n = in.read(scrap);
            }
        }
    }

    private ProblemException tooLarge(long length) {
        return new ProblemException(
                ErrorCode.BODY_TOO_LARGE,
                "The body " + (length > limit ? "has " + length + " bytes" : "is longer than the limit")
                        + "; the limit is " + limit + " bytes.",
                "Send less, or put large data into a file in the machine; the limit is limits.body_mib in the"
                        + " configuration.");
    }

    private static void requireType(Request request, String wanted) {
        String given = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        String base = given == null ? "" : MimeTypes.getBase(given);
        if (!wanted.equalsIgnoreCase(base)) {
            throw new ProblemException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    given == null ? "The body has no Content-Type." : "The body's Content-Type is \"" + given + "\".",
                    "Send it as " + wanted + ".");
        }
        String coding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
        if (coding != null && !coding.equalsIgnoreCase("identity")) {
            throw new ProblemException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "The body's Content-Encoding is \"" + coding + "\".",
                    "Send it without compression.");
        }
    }
}
