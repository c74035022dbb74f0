package dev.execlaw.gateway;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Cuts guests that send so slowly that no idle timeout ever strikes: a head must be whole within the request's time after
 * the connection was made or the last response ended, a body within that time after its head. (Jetty's least data rate
 * of requests is a setting that Jetty 12.1 never reads.) Any thread may use it.
 */
final class GuestDeadlines implements Connection.Listener {

    private final Scheduler scheduler;
    private final Duration within;
    private final Refusals refusals;
    private final Map<EndPoint, Scheduler.Task> heads = new ConcurrentHashMap<>();

    GuestDeadlines(Scheduler scheduler, Duration within, Refusals refusals) {
        this.scheduler = scheduler;
        this.within = within;
        this.refusals = refusals;
    }

    @Override
    public void onOpened(Connection connection) {
        expectHead(connection.getEndPoint());
    }

    @Override
    public void onClosed(Connection connection) {
        cancel(heads.remove(connection.getEndPoint()));
    }

    /** A head is whole; the next one is expected when the response is done. */
    void arrived(Request request) {
        EndPoint endPoint = endPoint(request);
        cancel(heads.remove(endPoint));
        Request.addCompletionListener(request, _ -> expectHead(endPoint));
    }

    /** Cuts the connection unless the returned handle is closed in time. */
    Reading body(Request request) {
        EndPoint endPoint = endPoint(request);
        Scheduler.Task task = scheduler.schedule(() -> cut(endPoint, "body"), within.toMillis(), TimeUnit.MILLISECONDS);
        return task::cancel;
    }

    /** The reading of a body in progress. */
    interface Reading extends AutoCloseable {
        @Override
        void close();
    }

    private static EndPoint endPoint(Request request) {
        ConnectionMetaData connection = request.getConnectionMetaData();
        return connection.getConnection().getEndPoint();
    }

    private void expectHead(EndPoint endPoint) {
        if (!endPoint.isOpen()) {
            return;
        }
        cancel(heads.put(
                endPoint,
                scheduler.schedule(
                        () -> {
                            heads.remove(endPoint);
                            cut(endPoint, "head");
                        },
                        within.toMillis(),
                        TimeUnit.MILLISECONDS)));
        if (!endPoint.isOpen()) {
            cancel(heads.remove(endPoint));
        }
    }

    private void cut(EndPoint endPoint, String part) {
        refusals.count(Refusals.TOO_SLOW);
        endPoint.close(
                new TimeoutException("the request's " + part + " did not come within " + within.toMillis() + " ms"));
    }

    private static void cancel(Scheduler.@Nullable Task task) {
        if (task != null) {
            task.cancel();
        }
    }
}
