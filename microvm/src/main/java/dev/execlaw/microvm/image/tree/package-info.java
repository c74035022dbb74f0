/**
 * Root filesystem trees as streams of tar entries: read, checked, filtered, laid over. Names in them are bytes chosen by
 * strangers: they are kept as ISO 8859-1 strings, compared with an index of what the tree holds, and never handed to
 * the host's file system by our own code.
 */
@NullMarked
package dev.execlaw.microvm.image.tree;

import org.jspecify.annotations.NullMarked;
