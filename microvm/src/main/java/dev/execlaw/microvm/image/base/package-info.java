/**
 * What people bring as a root filesystem: an archive, a squashfs, a directory, an OCI image. Each becomes a stream of
 * tree entries; nothing here unpacks anything on this host, and nothing here talks to the network.
 */
@NullMarked
package dev.execlaw.microvm.image.base;

import org.jspecify.annotations.NullMarked;
