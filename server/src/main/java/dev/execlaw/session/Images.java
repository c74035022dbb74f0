package dev.execlaw.session;

import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** The images of this server. Any thread may use it. */
public interface Images {

    /** The image for new sessions; empty when none was built. */
    Optional<Image> current();

    /** An image by its id. */
    Optional<Image> byId(String id);

    /** Images of a store; new sessions get the newest of a recipe, checked before its first use. */
    static Images of(ImageStore store, String recipe) {
        return new Images() {
            @Override
            public Optional<Image> current() {
                try {
                    return store.find(recipe).isEmpty() ? Optional.empty() : Optional.of(store.require(recipe));
                } catch (IOException e) {
                    throw new ProblemException(
                            ErrorCode.IMAGE_MISSING,
                            "the image " + recipe + " is not usable: " + e.getMessage(),
                            "build it again",
                            e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new ProblemException(
                            ErrorCode.SHUTTING_DOWN, "interrupted while the image was checked", "try again", e);
                }
            }

            @Override
            public Optional<Image> byId(String id) {
                try {
                    return store.find(id);
                } catch (IOException e) {
                    throw new UncheckedIOException("image " + id + " cannot be read: " + e.getMessage(), e);
                }
            }
        };
    }
}
