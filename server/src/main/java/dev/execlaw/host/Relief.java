package dev.execlaw.host;

import java.util.function.Consumer;

/**
 * What is done about pressure: idle sessions give way, one at a time, or up to four when it is severe; the next is asked
 * when one is gone and the pressure is still there. What is kept ready is given up before.
 */
public final class Relief implements Consumer<Pressure.Report> {

    private static final int AT_ONCE = 4;

    private final Evictions evictions;
    private final Consumer<Pressure.Level> pool;

    /**
     * Relief by these.
     *
     * @param pool told the level before any session is asked: what keeps machines ready makes none from {@code SOME} on,
     *     gives all up at {@code SEVERE}, and fills up again at {@code NONE}. Must not block
     */
    public Relief(Evictions evictions, Consumer<Pressure.Level> pool) {
        this.evictions = evictions;
        this.pool = pool;
    }

    @Override
    public void accept(Pressure.Report report) {
        pool.accept(report.level());
        int wanted = switch (report.level()) {
            case NONE -> 0;
            case SOME -> 1;
            case SEVERE -> AT_ONCE;
        };
        String why = "the host is short: " + String.join("; ", report.reasons());
        for (int i = evictions.underWay(); i < wanted; i++) {
            if (evictions.begin(why).isEmpty()) {
                return;
            }
        }
    }
}
