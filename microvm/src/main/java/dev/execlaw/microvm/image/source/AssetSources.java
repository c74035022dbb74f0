package dev.execlaw.microvm.image.source;

import java.net.URI;

/**
 * Where each source lives; a mirror has the same paths below its own base.
 *
 * @param bucket the S3 bucket of Firecracker's CI: kernels and root filesystems
 * @param nullclaw the releases page of nullclaw
 * @param firecracker the releases page of Firecracker
 */
public record AssetSources(URI bucket, URI nullclaw, URI firecracker) {

    /** The public places. */
    public static final AssetSources DEFAULT = new AssetSources(
            URI.create("https://s3.amazonaws.com/spec.ccfc.min"),
            URI.create("https://github.com/nullclaw/nullclaw/releases"),
            URI.create("https://github.com/firecracker-microvm/firecracker/releases"));

    public AssetSources {
        bucket = base("bucket", bucket);
        nullclaw = base("nullclaw", nullclaw);
        firecracker = base("firecracker", firecracker);
    }

    /** The address of a path below the base of a source. */
    public URI address(AssetName name, String path) {
        return URI.create(base(name) + "/" + path);
    }

    URI base(AssetName name) {
        return switch (name) {
            case KERNEL, ROOTFS -> bucket;
            case NULLCLAW -> nullclaw;
            case FIRECRACKER -> firecracker;
        };
    }

    private static URI base(String key, URI uri) {
        String scheme = uri.getScheme();
        if (scheme == null || !(scheme.equals("https") || scheme.equals("http")) || uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "the base address \"" + uri + "\" of " + key + " is not of the form https://HOST/PATH");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "the base address \"" + uri + "\" of " + key + " must have no query and no fragment");
        }
        String text = uri.toString();
        return text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : uri;
    }
}
