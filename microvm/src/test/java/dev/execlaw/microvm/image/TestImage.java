package dev.execlaw.microvm.image;

import java.io.IOException;
import java.nio.file.Path;

/** The real image that tests boot. It is built beforehand, because tests have no network. */
public final class TestImage {

    private TestImage() {}

    /** The store of the data directory that {@code -Dexeclaw.test.image} names. */
    public static ImageStore store() {
        String cache = System.getProperty("user.home") + "/.cache/execlaw-test";
        return new ImageStore(Path.of(System.getProperty("execlaw.test.image", cache)));
    }

    /** The checked {@code debian} image. */
    public static Image debian() throws IOException, InterruptedException {
        try {
            return store().require("debian");
        } catch (ImageException e) {
            throw new ImageException(
                    "tests boot a real image, and there is none that can be used: " + e.getMessage()
                            + ". Build it once: ./execlaw image build debian --data-dir ~/.cache/execlaw-test (or run the"
                            + " tests by ./execlaw test, which does)",
                    e);
        }
    }
}
