package dev.execlaw.email;

import java.time.Instant;

/** A transcript as HTML: no script, no image, nothing from elsewhere, every text escaped. */
final class TranscriptHtml {

    private static final String BOX = "margin:0 0 12px;padding:8px 12px;border-left:3px solid ";
    private static final String PRE = "<pre style=\"white-space:pre-wrap;margin:4px 0\">";

    private TranscriptHtml() {}

    /** The whole letter; see {@link TranscriptText#of}. */
    static String of(Transcript transcript, String introduction, Instant now) {
        StringBuilder html = new StringBuilder(4096);
        html.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
        html.append(escaped(transcript.session().name()));
        html.append("</title></head>\n<body style=\"font-family:sans-serif;max-width:48em;color:#1f2328\">\n");
        if (!introduction.isEmpty()) {
            html.append("<p>").append(escaped(introduction)).append("</p>\n");
        }
        html.append("<p style=\"color:#57606a\">");
        html.append(String.join(
                "<br>\n",
                TranscriptText.facts(transcript, now).stream()
                        .map(TranscriptHtml::escaped)
                        .toList()));
        html.append("</p>\n");
        transcript.entries().forEach(entry -> html.append(section(entry)));
        return html.append("</body></html>\n").toString();
    }

    private static String section(Transcript.Entry entry) {
        String text = TranscriptText.plain(entry.text());
        String body = switch (entry.kind()) {
            case ASSISTANT -> Markdown.html(text);
            case USER, TOOL, RESULT, NOTE -> PRE + escaped(text) + "</pre>";
        };
        return "<div class=\"" + TranscriptText.mark(entry.kind()) + "\" style=\"" + BOX + colour(entry.kind())
                + "\"><b>" + escaped(entry.heading()) + "</b>" + body + "</div>\n";
    }

    private static String colour(Transcript.Kind kind) {
        return switch (kind) {
            case USER -> "#0969da";
            case ASSISTANT -> "#1a7f37";
            case TOOL, RESULT -> "#8c959f";
            case NOTE -> "#bf8700";
        };
    }

    /** Text that means nothing but itself, between tags and in attributes. */
    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
