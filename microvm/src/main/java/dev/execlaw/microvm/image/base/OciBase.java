package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.image.tree.EntryReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** An OCI image in its directory form, as {@code skopeo copy ... oci:DIR} and others write it. */
record OciBase(Path path) implements Base {

    @Override
    public String kind() {
        return "OCI image";
    }

    @Override
    public SortedMap<String, String> inputs() throws IOException {
        return new TreeMap<>(Map.of(
                "file",
                String.valueOf(path.toAbsolutePath().normalize().getFileName()),
                "manifest",
                OciLayout.read(path).manifest()));
    }

    @Override
    public EntryReader open(Path scratch, long limit) throws IOException, InterruptedException {
        List<Path> layers = OciLayout.read(path).layers();
        return new OciLayers(layers, layer -> {
            Compression compression = Compression.of(Magic.head(layer));
            return new TarBase(layer, compression).open(scratch, limit);
        });
    }
}
