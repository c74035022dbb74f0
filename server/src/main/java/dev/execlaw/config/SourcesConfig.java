package dev.execlaw.config;

import dev.execlaw.microvm.image.source.AssetSources;
import java.net.URI;

/** Section {@code [sources]}: where the files of images come from. */
public record SourcesConfig(
        @Setting(
                meaning =
                        "S3 bucket of Firecracker's CI (kernels, root file systems), or a mirror with the same paths.",
                byDefault = "https://s3.amazonaws.com/spec.ccfc.min")
        String bucket,

        @Setting(
                meaning = "Releases page of nullclaw, or a mirror with the same paths.",
                byDefault = "https://github.com/nullclaw/nullclaw/releases")
        String nullclaw,

        @Setting(
                meaning = "Releases page of Firecracker, or a mirror with the same paths.",
                byDefault = "https://github.com/firecracker-microvm/firecracker/releases")
        String firecracker) {

    public SourcesConfig {
        AssetSources checked = sources(bucket, nullclaw, firecracker);
        bucket = checked.bucket().toString();
        nullclaw = checked.nullclaw().toString();
        firecracker = checked.firecracker().toString();
    }

    /** The same, checked. */
    public AssetSources sources() {
        return sources(bucket, nullclaw, firecracker);
    }

    private static AssetSources sources(String bucket, String nullclaw, String firecracker) {
        return new AssetSources(URI.create(bucket), URI.create(nullclaw), URI.create(firecracker));
    }
}
