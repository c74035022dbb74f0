package dev.execlaw.email;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of Markdown that answers are made of, as HTML: headings, lists, fenced code, paragraphs, and within them
 * code, bold text and links to web pages. All else stays as it was written. Every text is escaped before it is looked at.
 */
final class Markdown {

    private static final Pattern HEADING = Pattern.compile("(#{1,6})\\s+(.+)");
    private static final Pattern BULLET = Pattern.compile("\\s*([-*+]|\\d{1,9}[.)])\\s+(.*)");
    private static final Pattern FENCE = Pattern.compile("\\s*(```+|~~~+).*");

    /** On escaped text, in which there is no quote that could end an attribute. */
    private static final Pattern INLINE =
            Pattern.compile("`([^`]+)`|\\*\\*([^*]+)\\*\\*|\\[([^\\[\\]]+)\\]\\((https?://[^\\s()<>]+)\\)");

    private final StringBuilder html = new StringBuilder();
    private final List<String> lines = new ArrayList<>();
    private boolean list;

    private Markdown() {}

    /** The text as HTML. */
    static String html(String text) {
        Markdown markdown = new Markdown();
        markdown.blocks(text.split("\n", -1));
        return markdown.html.toString();
    }

    private void blocks(String[] source) {
        String fence = "";
        for (String line : source) {
            Matcher fenced = FENCE.matcher(line);
            if (!fence.isEmpty()) {
                if (line.strip().equals(fence)) {
                    endCode();
                    fence = "";
                } else {
                    lines.add(TranscriptHtml.escaped(line));
                }
            } else if (fenced.matches()) {
                endParagraph();
                fence = fenced.group(1);
            } else {
                line(line);
            }
        }
        if (fence.isEmpty()) {
            endParagraph();
        } else {
            endCode();
        }
    }

    private void line(String line) {
        Matcher heading = HEADING.matcher(line);
        Matcher bullet = BULLET.matcher(line);
        if (line.isBlank()) {
            endParagraph();
        } else if (heading.matches()) {
            endParagraph();
            html.append("<p><b>").append(inline(heading.group(2))).append("</b></p>\n");
        } else if (bullet.matches()) {
            if (!list) {
                endParagraph();
                html.append("<ul>");
                list = true;
            }
            String number = Character.isDigit(bullet.group(1).charAt(0)) ? bullet.group(1) + " " : "";
            html.append("<li>").append(number).append(inline(bullet.group(2))).append("</li>\n");
        } else {
            endList();
            lines.add(inline(line));
        }
    }

    private void endParagraph() {
        endList();
        if (!lines.isEmpty()) {
            html.append("<p>").append(String.join("<br>\n", lines)).append("</p>\n");
            lines.clear();
        }
    }

    private void endList() {
        if (list) {
            html.append("</ul>\n");
            list = false;
        }
    }

    private void endCode() {
        html.append("<pre style=\"background:#f6f8fa;padding:8px;white-space:pre-wrap\">");
        html.append(String.join("\n", lines)).append("</pre>\n");
        lines.clear();
    }

    private static String inline(String text) {
        return INLINE.matcher(TranscriptHtml.escaped(text)).replaceAll(found -> Matcher.quoteReplacement(span(found)));
    }

    private static String span(MatchResult found) {
        if (found.group(1) != null) {
            return "<code>" + found.group(1) + "</code>";
        }
        return found.group(2) != null
                ? "<b>" + found.group(2) + "</b>"
                : "<a href=\"" + found.group(4) + "\">" + found.group(3) + "</a>";
    }
}
