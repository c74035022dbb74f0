/** The daemon: how the server's parts are made and joined. Everything else is in a package of its own. */
@NullMarked
package dev.execlaw;

import org.jspecify.annotations.NullMarked;
