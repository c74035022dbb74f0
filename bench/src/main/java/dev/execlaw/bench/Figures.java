package dev.execlaw.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A table of measurements, printed with p50, p99 and n, and with the host they were taken on. */
public final class Figures {

    private final String title;
    private final List<String[]> rows = new ArrayList<>();

    public Figures(String title) {
        this.title = title;
        rows.add(new String[] {"what", "p50", "p99", "n", "target"});
    }

    /** Adds a row of samples, each in {@code unit}. */
    public Figures add(String what, double[] samples, String unit, String target) {
        double[] sorted = samples.clone();
        Arrays.sort(sorted);
        rows.add(new String[] {
            what,
            format(percentile(sorted, 0.50)) + " " + unit,
            format(percentile(sorted, 0.99)) + " " + unit,
            Integer.toString(sorted.length),
            target
        });
        return this;
    }

    /** Adds a row of one value. */
    public Figures add(String what, String value, String target) {
        rows.add(new String[] {what, value, "", "1", target});
        return this;
    }

    /** Prints the table as Markdown. */
    public void print() {
        System.out.println();
        System.out.println("## " + title);
        System.out.println();
        System.out.println("Host: " + Runtime.getRuntime().availableProcessors() + " CPUs, Linux "
                + System.getProperty("os.version") + ", Java " + Runtime.version());
        System.out.println();
        for (int i = 0; i < rows.size(); i++) {
            System.out.println("| " + String.join(" | ", rows.get(i)) + " |");
            if (i == 0) {
                System.out.println("|" + "---|".repeat(rows.getFirst().length));
            }
        }
    }

    /** The value below which the given share of the sorted samples lies (nearest rank). */
    public static double percentile(double[] sorted, double share) {
        if (sorted.length == 0) {
            throw new IllegalArgumentException("no samples");
        }
        int rank = (int) Math.ceil(share * sorted.length);
        return sorted[Math.max(0, rank - 1)];
    }

    private static String format(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.0f", value);
    }
}
