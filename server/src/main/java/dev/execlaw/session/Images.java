package dev.execlaw.session;

import dev.execlaw.microvm.image.Image;
import java.util.Optional;

/** The images of this server. Any thread may use it. */
public interface Images {

    /** The image for new sessions; empty when none was built. */
    Optional<Image> current();

    /** An image by its id. */
    Optional<Image> byId(String id);
}
