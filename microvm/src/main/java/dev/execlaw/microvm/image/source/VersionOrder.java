package dev.execlaw.microvm.image.source;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Orders versions by their numbers, so that 6.1.155 comes after 6.1.9; text between numbers is compared as text. */
final class VersionOrder implements Comparator<String> {

    static final VersionOrder INSTANCE = new VersionOrder();

    private static final Pattern PART = Pattern.compile("\\d+|\\D+");

    private VersionOrder() {}

    @Override
    public int compare(String a, String b) {
        Matcher left = PART.matcher(a);
        Matcher right = PART.matcher(b);
        while (left.find()) {
            if (!right.find()) {
                return 1;
            }
            int order = part(left.group(), right.group());
            if (order != 0) {
                return order;
            }
        }
        return right.find() ? -1 : 0;
    }

    private static int part(String a, String b) {
        boolean numbers = Character.isDigit(a.charAt(0)) && Character.isDigit(b.charAt(0));
        if (!numbers) {
            return a.compareTo(b);
        }
        String left = a.replaceFirst("^0+(?=.)", "");
        String right = b.replaceFirst("^0+(?=.)", "");
        return left.length() == right.length() ? left.compareTo(right) : Integer.compare(left.length(), right.length());
    }
}
