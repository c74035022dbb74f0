package dev.execlaw.exec;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Standard error of a command, whose process id stands on a line in it behind a word that only we know. The line is taken
 * out; what a guest's shell writes before it stays. Used by one thread, but for {@link #group}.
 */
final class ProcessLine extends FilterInputStream {

    /** How much is looked through for the line: it comes before anything of the command's own. */
    private static final int HEAD = 8 * 1024;

    private final Pattern line;
    private boolean looked;

    private final CompletableFuture<Long> group = new CompletableFuture<>();

    ProcessLine(InputStream from, String word) {
        super(new PushbackInputStream(from, HEAD));
        this.line = Pattern.compile("(?:^|\\n)" + word + " (\\d{1,9})\\n");
    }

    /** The command's process group; 0 where it told none. Completes when the head of the output has been read. */
    CompletableFuture<Long> group() {
        return group.copy();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (!looked) {
            look();
        }
        return super.read(buffer, offset, length);
    }

    private void look() throws IOException {
        looked = true;
        try {
            find();
        } finally {
            group.complete(0L);
        }
    }

    private void find() throws IOException {
        byte[] head = new byte[HEAD];
        int filled = 0;
        int count = 0;
        while (count >= 0 && filled < HEAD) {
            count = in.read(head, filled, HEAD - filled);
            filled += Math.max(0, count);
            // Latin-1 keeps one character for each byte.
            Matcher found = line.matcher(new String(head, 0, filled, StandardCharsets.ISO_8859_1));
            if (found.find()) {
                long told = Long.parseLong(found.group(1));
                group.complete(told > 1 ? told : 0);
                int from = found.start() == 0 && head[0] != '\n' ? 0 : found.start() + 1;
                System.arraycopy(head, found.end(), head, from, filled - found.end());
                filled -= found.end() - from;
                break;
            }
        }
        ((PushbackInputStream) in).unread(Arrays.copyOf(head, filled));
    }
}
