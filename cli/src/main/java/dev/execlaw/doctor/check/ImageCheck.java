package dev.execlaw.doctor.check;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** Whether there is an image, and every one is sound. */
final class ImageCheck implements Check {

    @Override
    public String name() {
        return "image";
    }

    @Override
    public Finding run(HostFacts host) throws IOException, InterruptedException {
        List<Installation.ImageState> images = host.installation().images();
        if (images.isEmpty()) {
            return Finding.warn(
                    "there is none", "build one: execlaw image build debian (execlaw up does it by itself)");
        }
        List<Installation.ImageState> broken =
                images.stream().filter(image -> !image.problem().isEmpty()).toList();
        if (!broken.isEmpty()) {
            return Finding.fail(
                    broken.stream()
                            .map(image -> image.id() + " (" + image.recipe() + "): " + image.problem())
                            .collect(Collectors.joining("; ")),
                    "remove and build again: execlaw image rm "
                            + broken.getFirst().id() + " && execlaw image build "
                            + broken.getFirst().recipe());
        }
        return Finding.ok(images.stream()
                        .map(image -> image.id() + " (" + image.recipe() + ")")
                        .collect(Collectors.joining(", "))
                + " verified");
    }
}
