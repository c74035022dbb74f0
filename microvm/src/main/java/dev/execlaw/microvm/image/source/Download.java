package dev.execlaw.microvm.image.source;

import dev.execlaw.microvm.image.Progress;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Fetches one file: goes on where an attempt broke off, tries again for what may pass, and puts the file under its name
 * only when it is whole, of the right kind and has the expected hash. Any failure but a broken network leaves nothing
 * behind; a broken network may leave {@code NAME.part}, with which the next download of the same address goes on.
 *
 * <p>Runs on the caller's thread; an interrupt ends it. One object may serve many threads.
 */
public final class Download {

    /** What stays free on the disk whatever is fetched. */
    static final long FLOOR_BYTES = 256L << 20;

    private final Web web;
    private final Retry retry;
    private final FreeSpace freeSpace;

    /** Bytes that may still be written where a path is. */
    interface FreeSpace {
        long at(Path directory) throws IOException;
    }

    public Download(Web web) {
        this(web, Retry.standard(), directory -> Files.getFileStore(directory).getUsableSpace());
    }

    Download(Web web, Retry retry, FreeSpace freeSpace) {
        this.web = web;
        this.retry = retry;
        this.freeSpace = freeSpace;
    }

    Web web() {
        return web;
    }

    Retry retry() {
        return retry;
    }

    /**
     * Fetches an address into a file, replacing what was there.
     *
     * @throws SourceException when the source does not give the expected file; the message says what to do
     */
    public void fetch(URI uri, Path target, Expected expected, Progress progress)
            throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(web.timeouts().total());
        try (PartFile part = PartFile.open(target, uri)) {
            Transfer transfer = new Transfer(uri, part, expected, progress, deadline);
            Optional<String> wrong = transfer.run();
            if (wrong.isPresent() && transfer.resumed) {
                progress.note(wrong.get() + "; parts of different versions may have met: fetching it from the start");
                part.restart(uri, null);
                wrong = transfer.run();
            }
            if (wrong.isPresent()) {
                throw new SourceException(wrong.get() + ": it is thrown away. Check the mirror, or lock again"
                        + " (execlaw image lock) if the change is meant");
            }
            part.publish();
        }
    }

    /** The transfer of one file over all its attempts. */
    private final class Transfer {

        private final URI uri;
        private final PartFile part;
        private final Expected expected;
        private final Progress progress;
        private final Deadline deadline;
        private boolean resumed;
        private boolean headChecked;
        private boolean broken;

        Transfer(URI uri, PartFile part, Expected expected, Progress progress, Deadline deadline) {
            this.uri = uri;
            this.part = part;
            this.expected = expected;
            this.progress = progress;
            this.deadline = deadline;
        }

        /** Brings all bytes; gives what is wrong with their hash, or empty. */
        Optional<String> run() throws IOException, InterruptedException {
            resumed = false;
            try {
                retry.run(uri.toString(), deadline, progress, () -> {
                    attempt();
                    return true;
                });
            } catch (SourceException e) {
                if (broken || deadline.left().isZero()) {
                    part.keep(expected.sha256() != null);
                }
                if (part.kept()) {
                    throw new SourceException(
                            e.getMessage() + " (" + part.size() + " bytes are kept: run it again to go on there)", e);
                }
                throw e;
            }
            checkHead(true);
            return wrongHash();
        }

        private void attempt() throws IOException, InterruptedException {
            long offset = part.validator() != null || expected.sha256() != null ? part.size() : 0;
            if (offset > 0 && offset == expected.size()) {
                resumed = true;
                return;
            }
            broken = false;
            try (Web.Answer answer = web.get(uri, range(offset))) {
                long total = begin(answer, offset);
                space(total);
                copy(answer, total);
            } catch (SourceException e) {
                throw e;
            } catch (IOException e) {
                broken = true;
                throw e;
            }
        }

        private Map<String, String> range(long offset) {
            Map<String, String> headers = new HashMap<>();
            if (offset > 0) {
                headers.put("Range", "bytes=" + offset + "-");
                String validator = part.validator();
                if (validator != null) {
                    headers.put("If-Range", validator);
                }
            }
            return headers;
        }

        /** Sets the part file to where the answer begins; gives the whole size, or -1. */
        private long begin(Web.Answer answer, long offset) throws IOException {
            long length = answer.headers().firstValueAsLong("Content-Length").orElse(-1);
            if (answer.status() == 416) {
                part.restart(uri, null);
                throw new PassingException(uri + " has nothing from byte " + offset + " on", Duration.ZERO);
            }
            if (offset > 0 && answer.status() == 206) {
                String range = answer.headers().firstValue("Content-Range").orElse("");
                if (!range.startsWith("bytes " + offset + "-")) {
                    part.restart(uri, null);
                    throw new PassingException(
                            uri + " was asked for bytes from " + offset + " and gives \"" + range + "\"",
                            Duration.ZERO);
                }
                resumed = true;
                return size(length < 0 ? -1 : offset + length);
            }
            answer.check(200);
            part.restart(uri, validator(answer).orElse(null));
            resumed = false;
            headChecked = false;
            return size(length);
        }

        /** A weak tag does not promise the same bytes. */
        private Optional<String> validator(Web.Answer answer) {
            return answer.headers().firstValue("ETag").filter(tag -> tag.startsWith("\""));
        }

        private long size(long told) throws SourceException {
            long most = expected.size() >= 0 ? expected.size() : Expected.MOST_BYTES;
            if (told > most || (expected.size() >= 0 && told >= 0 && told < most)) {
                throw new SourceException(
                        uri + " is " + told + " bytes, expected " + (expected.size() >= 0 ? "" : "at most ") + most
                                + ": it is another file than the locked one. Check the mirror, or lock again"
                                + " (execlaw image lock) if the change is meant");
            }
            return told >= 0 ? told : expected.size();
        }

        private void space(long total) throws IOException {
            long needed = Math.max(0, total - part.size()) + FLOOR_BYTES;
            Path directory = part.directory();
            long free = freeSpace.at(directory);
            if (free < needed) {
                throw new SourceException("no space for " + uri + " in " + directory + ": " + (free >> 20)
                        + " MiB are free, " + (needed >> 20) + " MiB are needed (" + (FLOOR_BYTES >> 20)
                        + " of them stay free). Free some, or use another directory");
            }
        }

        private void copy(Web.Answer answer, long total) throws IOException, InterruptedException {
            long most = total >= 0 ? total : Expected.MOST_BYTES;
            Optional<ByteBuffer> bytes = read(answer);
            while (bytes.isPresent()) {
                if (bytes.get().remaining() > most - part.size()) {
                    throw new SourceException(
                            uri + " gives more than the " + most + " bytes it should have: check the address");
                }
                write(bytes.get());
                checkHead(false);
                progress.advance(part.size(), total, Progress.Unit.BYTES);
                bytes = read(answer);
            }
            if (total >= 0 && part.size() < total) {
                throw new IOException(uri + " ended after " + part.size() + " of " + total + " bytes");
            }
        }

        private Optional<ByteBuffer> read(Web.Answer answer) throws IOException, InterruptedException {
            deadline.check(uri.toString());
            try {
                return answer.read(deadline.left());
            } catch (HttpTimeoutException e) {
                deadline.check(uri.toString());
                throw e;
            }
        }

        private void write(ByteBuffer bytes) throws SourceException {
            try {
                part.append(bytes);
            } catch (IOException e) {
                // Not the network's fault: trying again would not help.
                throw new SourceException("cannot write " + part.path() + ": " + e.getMessage(), e);
            }
        }

        private void checkHead(boolean whole) throws IOException {
            if (!headChecked && (whole || part.size() >= FileKind.HEAD_BYTES)) {
                expected.kind().check(part.head(), expected.architecture(), uri.toString());
                headChecked = true;
            }
        }

        private Optional<String> wrongHash() throws IOException {
            String wanted = expected.sha256();
            if (wanted == null) {
                return Optional.empty();
            }
            String got = Sha256.of(part.path());
            return got.equals(wanted)
                    ? Optional.empty()
                    : Optional.of(uri + " has SHA-256 " + got + ", expected " + wanted);
        }
    }
}
