package dev.execlaw.http;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Cuts clients that send a request so slowly that no idle timeout ever strikes. A connection must deliver its first
 * request's head within the request deadline, every further head within the idle timeout after the last response, and
 * a body within the request deadline. Any thread may use it.
 */
final class Deadlines implements Connection.Listener {

    private final Scheduler scheduler;
    private final Duration request;
    private final Duration idle;
    private final Map<EndPoint, Scheduler.Task> heads = new ConcurrentHashMap<>();

    Deadlines(Scheduler scheduler, HttpSettings settings) {
        this.scheduler = scheduler;
        this.request = settings.requestDeadline();
        this.idle = settings.idleTimeout();
    }

    @Override
    public void onOpened(Connection connection) {
        // Connections upgraded to WebSocket come by here too, and have no heads to wait for.
        if (connection instanceof ConnectionMetaData) {
            expectHead(connection.getEndPoint(), request);
        }
    }

    @Override
    public void onClosed(Connection connection) {
        cancel(heads.remove(connection.getEndPoint()));
    }

    /** The head is here; the next one is expected when the response is done. */
    void requestArrived(Request arrived, Response response) {
        EndPoint endPoint = arrived.getConnectionMetaData().getConnection().getEndPoint();
        cancel(heads.remove(endPoint));
        Request.addCompletionListener(arrived, _ -> {
            if (response.getStatus() != 101 && endPoint.isOpen()) {
                expectHead(endPoint, idle);
            }
        });
    }

    /** Cuts the connection unless the returned handle is closed within the request deadline. */
    Reading readingBody(Request body) {
        EndPoint endPoint = body.getConnectionMetaData().getConnection().getEndPoint();
        Scheduler.Task task = schedule(endPoint, request, "body");
        return task::cancel;
    }

    /** The reading of a body in progress. */
    interface Reading extends AutoCloseable {
        @Override
        void close();
    }

    private void expectHead(EndPoint endPoint, Duration within) {
        Scheduler.Task task = schedule(endPoint, within, "head");
        cancel(heads.put(endPoint, task));
        if (!endPoint.isOpen()) {
            cancel(heads.remove(endPoint));
        }
    }

    private Scheduler.Task schedule(EndPoint endPoint, Duration within, String part) {
        return scheduler.schedule(
                () -> {
                    heads.remove(endPoint);
                    endPoint.close(new TimeoutException(
                            "the request's " + part + " did not come within " + within.toMillis() + " ms"));
                },
                within.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private static void cancel(Scheduler.@Nullable Task task) {
        if (task != null) {
            task.cancel();
        }
    }
}
